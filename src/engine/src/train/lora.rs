//! Low-rank adaptation: thin matrices beside some projections are trained, the model's weights stay.
//!
//! Hu et al. 2021, arXiv 2106.09685. A begins with Kaiming's uniform distribution and B with zeros, as in the
//! reference implementation, so that the first step starts from the model as it was.

use std::collections::BTreeSet;

use harness_checkpoint::Blueprint;
use harness_protocol::Lora;
use tch::{Device, Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::linear::{Adapted, Adapter, Linear, Weight};
use crate::model::Model;

/// Puts adapters beside the projections that `lora` names, by their names in `blueprint`.
///
/// # Errors
/// A name is none of the model's; the projection's weights are those of the embedding.
pub fn attach(model: &mut Model, blueprint: &Blueprint, lora: &Lora, seed: u64) -> Result<()> {
    let places = places(blueprint, lora)?;
    tch::manual_seed(seed.cast_signed());
    let device = model.device();
    for ((_, linear), places) in model.linears_mut().into_iter().zip(places) {
        if places.is_empty() {
            continue;
        }
        let Weight::Dense(base) = &linear.weight else {
            return Err(EngineError::weights("weights that are packed cannot be adapted"));
        };
        let inputs = base.weight.size()[1];
        let base = base.rows(0, base.weight.size()[0]);
        let adapters = places.into_iter().map(|place| adapter(place, inputs, lora, device)).collect();
        linear.weight = Weight::Adapted(Adapted { base, adapters });
    }
    Ok(())
}

/// Adds every adapter to the weights that it stands beside.
pub fn merge(model: &mut Model) {
    let _guard = tch::no_grad_guard();
    for (_, linear) in model.linears_mut() {
        if let Weight::Adapted(adapted) = &linear.weight {
            *linear = Linear { weight: Weight::Dense(adapted.merged()), bias: linear.bias.take() };
        }
    }
}

/// Output rows of one target, with its name.
struct Place {
    name: String,
    start: i64,
    count: i64,
}

/// The places of each projection, in the order of the blueprint.
fn places(blueprint: &Blueprint, lora: &Lora) -> Result<Vec<Vec<Place>>> {
    let mut known = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut all = Vec::new();
    for linear in blueprint.linears() {
        let tied = blueprint.head.tied && std::ptr::eq(linear, &blueprint.head.linear);
        let (mut start, mut places) = (0, Vec::new());
        for piece in linear.weights.iter().filter(|_| !tied) {
            let name = piece.tensor.strip_suffix(".weight").unwrap_or(&piece.tensor);
            let last = name.rsplit('.').next().unwrap_or(name);
            known.insert(last.to_owned());
            if lora.targets.iter().any(|target| target == last) {
                found.insert(last.to_owned());
                places.push(Place { name: name.to_owned(), start, count: piece.count() });
            }
            start += piece.count();
        }
        all.push(places);
    }
    match lora.targets.iter().find(|target| !found.contains(*target)) {
        None => Ok(all),
        Some(target) => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            Err(EngineError::request(format!(
                "`lora.targets` names `{target}`, which is no projection of this model; it has {}",
                known.join(", ")
            )))
        }
    }
}

fn adapter(place: Place, inputs: i64, lora: &Lora, device: Device) -> Adapter {
    let rank = i64::from(lora.rank);
    let spread = 1.0 / (inputs as f64).sqrt(); // Kaiming's bound with a slope of √5
    let down = (Tensor::rand([rank, inputs], (Kind::Float, Device::Cpu)) * 2.0 - 1.0) * spread;
    Adapter {
        name: place.name,
        start: place.start,
        down: down.to_device(device),
        up: Tensor::zeros([place.count, rank], (Kind::Float, device)),
        scale: lora.alpha / f64::from(lora.rank),
    }
}
