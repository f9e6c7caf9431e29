//! The trained tensors of a model as optimiser slots.

use tch::Tensor;

use super::adamw::Slot;
use crate::linear::Weight;
use crate::model::Model;

/// What is trained: the adapters where there are any, else every tensor.
pub fn slots(model: &Model) -> Vec<Slot> {
    let thin = adapters(model);
    if thin.is_empty() { all(model) } else { thin }
}

/// Both matrices of every adapter.
fn adapters(model: &Model) -> Vec<Slot> {
    let mut slots = Vec::new();
    for linear in model.linears() {
        let Weight::Adapted(adapted) = &linear.weight else { continue };
        for adapter in &adapted.adapters {
            for (part, tensor) in [("lora_A", &adapter.down), ("lora_B", &adapter.up)] {
                let name = format!("{}.{part}", adapter.name);
                slots.push(Slot::new(name, tensor.set_requires_grad(true), true));
            }
        }
    }
    slots
}

/// Every tensor once, marked to receive gradients; a tied head is its embedding.
fn all(model: &Model) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut add = |name: &str, tensor: &Tensor, decays: bool| {
        slots.push(Slot::new(name.to_owned(), tensor.set_requires_grad(true), decays));
    };
    let blueprint = &model.blueprint;
    if let Some(tokens) = model.embedding.tokens.as_dense() {
        add(&blueprint.embedding.tokens, tokens, true);
    }
    if let Some(positions) = model.embedding.learned() {
        add("positions", positions, true);
    }
    let norms = model.blocks.iter().flat_map(|block| block.norms()).chain(&model.head.norm);
    for (spec, norm) in blueprint.norms().into_iter().zip(norms) {
        add(&spec.weight, &norm.weight, false);
        if let Some((name, bias)) = spec.bias.as_ref().zip(norm.bias.as_ref()) {
            add(name, bias, false);
        }
    }
    for (spec, linear) in blueprint.linears().into_iter().zip(model.linears()) {
        let tied = blueprint.head.tied && std::ptr::eq(spec, &blueprint.head.linear);
        if let Some(weight) = linear.as_dense().filter(|_| !tied) {
            add(&spec.name, weight, true);
        }
        if let Some(bias) = &linear.bias {
            add(&format!("{}.bias", spec.name), bias, false);
        }
    }
    slots
}
