//! Removes whole feed-forward neurons, so that the matrices shrink and every kernel gains.

use serde_json::{Map, Value};
use tch::{Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::linear::Linear;
use crate::model::Model;
use crate::parameter;

pub(super) fn apply(model: &mut dyn Model, parameters: &Map<String, Value>) -> Result<()> {
    let ratio = parameter::number(parameters, "ratio")?;
    if !(0.0..1.0).contains(&ratio) {
        return Err(EngineError::request(format!("`ratio` is {ratio}, expected at least 0 and less than 1")));
    }
    let by = parameter::word(parameters, "by")?.unwrap_or("magnitude");
    if by != "magnitude" {
        return Err(EngineError::request(format!("`by` is `{by}`, expected `magnitude`")));
    }
    prune(model.linears_mut(), ratio)
}

/// Shrinks each `gate_up_proj` together with the `down_proj` that follows it.
fn prune(linears: Vec<(String, &mut Linear)>, ratio: f64) -> Result<()> {
    let mut gate_up: Option<(String, &mut Linear)> = None;
    let mut pruned = false;
    for (name, linear) in linears {
        if name.ends_with(".gate_up_proj") {
            gate_up = Some((name, linear));
        } else if name.ends_with(".down_proj") {
            let (_, gate_up) =
                gate_up.take().ok_or_else(|| EngineError::unsupported(format!("`{name}` has no gate")))?;
            remove(gate_up, linear, ratio).ok_or_else(|| {
                EngineError::unsupported(format!("`{name}` is quantized: put `prune` before `quantize`"))
            })?;
            pruned = true;
        }
    }
    if let Some((name, _)) = gate_up {
        return Err(EngineError::unsupported(format!("`{name}` has no `down_proj` after it")));
    }
    if !pruned {
        return Err(EngineError::unsupported(
            "`ffn-neurons` found nothing to prune: the model has no `gate_up_proj` and `down_proj`",
        ));
    }
    Ok(())
}

/// Keeps the neurons of largest worth, in their old order; None where the weights are not dense.
fn remove(gate_up: &mut Linear, down: &mut Linear, ratio: f64) -> Option<()> {
    let halves = gate_up.dense()?.chunk(2, 0); // [ffn, width] each
    let columns = down.dense()?; // [width, ffn]
    let neurons = columns.size()[1];
    let keep = ((neurons as f64 * (1.0 - ratio)).round() as i64).max(1);
    // A neuron writes silu(g·x) (u·x) d: its largest effect grows with each of the three norms.
    let norm = |x: &Tensor, dim: i64| x.to_kind(Kind::Float).norm_scalaropt_dim(2, [dim], false);
    let worth = norm(&halves[0], 1) * norm(&halves[1], 1) * norm(columns, 0);
    let kept = worth.topk(keep, 0, true, true).1.sort(0, false).0;
    let rows = [halves[0].index_select(0, &kept), halves[1].index_select(0, &kept)];
    let columns = columns.index_select(1, &kept).contiguous();
    *gate_up = Linear::Dense { weight: Tensor::cat(&rows, 0) };
    *down = Linear::Dense { weight: columns };
    Some(())
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn the_neurons_of_least_worth_go_and_the_others_keep_their_order() {
        let worths = Tensor::from_slice(&[1.0_f32, 5.0, 2.0, 4.0]);
        let rows = worths.unsqueeze(1) * Tensor::ones([4, 3], (Kind::Float, Device::Cpu));
        let mut gate_up = Linear::Dense { weight: Tensor::cat(&[&rows, &rows], 0) };
        let mut down = Linear::Dense { weight: Tensor::ones([3, 4], (Kind::Float, Device::Cpu)) };
        remove(&mut gate_up, &mut down, 0.5).unwrap();
        let first: Vec<f32> = Vec::try_from(gate_up.dense().unwrap().select(1, 0)).unwrap();
        assert_eq!(first, [5.0, 4.0, 5.0, 4.0]);
        assert_eq!(down.dense().unwrap().size(), [3, 2]);
    }

    #[test]
    fn a_model_without_gated_feed_forward_layers_is_refused() {
        let names = |names: &[&str]| {
            let weight = || Tensor::ones([4, 2], (Kind::Float, Device::Cpu));
            let mut linears: Vec<(String, Linear)> =
                names.iter().map(|name| ((*name).to_owned(), Linear::Dense { weight: weight() })).collect();
            let linears = linears.iter_mut().map(|(name, linear)| (name.clone(), linear)).collect();
            prune(linears, 0.5).unwrap_err().message
        };
        assert!(names(&["0.fc1", "0.fc2", "lm_head"]).contains("found nothing to prune"));
        assert!(names(&["0.gate_up_proj", "lm_head"]).contains("no `down_proj`"));
        assert!(names(&["0.down_proj"]).contains("has no gate"));
    }

    #[test]
    fn removing_silent_neurons_changes_no_output() {
        tch::manual_seed(1);
        let options = (Kind::Float, Device::Cpu);
        let (gate, up, down) =
            (Tensor::randn([6, 4], options), Tensor::randn([6, 4], options), Tensor::randn([4, 6], options));
        let silent = Tensor::from_slice(&[1.0_f32, 0.0, 1.0, 0.0, 1.0, 0.0]);
        let down = down * silent.unsqueeze(0);
        let run = |gate_up: &Linear, down: &Linear, x: &Tensor| {
            let halves = gate_up.forward(x).chunk(2, -1);
            down.forward(&(halves[0].silu() * &halves[1]))
        };
        let mut gate_up = Linear::Dense { weight: Tensor::cat(&[gate, up], 0) };
        let mut down = Linear::Dense { weight: down };
        let x = Tensor::randn([9, 4], options);
        let before = run(&gate_up, &down, &x);
        remove(&mut gate_up, &mut down, 0.5).unwrap();
        let difference = (run(&gate_up, &down, &x) - before).abs().max().double_value(&[]);
        assert!(difference < 1e-5, "{difference}");
    }
}
