//! Whether the numbers of a blueprint make sense, whatever its architecture has checked.

use crate::blueprint::{AttentionSpec, Blueprint, NormSpec};
use crate::config::Config;
use crate::error::Result;
use crate::limits::{MOST_ENTRIES, MOST_FEATURES, is_positive};
use crate::rope::Rotary;

/// Checks every number that a model computes with.
///
/// # Errors
/// One of them is none, 0 or negative, or so large that no model has it.
pub fn check(config: &Config, blueprint: &Blueprint) -> Result<()> {
    let fault = shape(blueprint)
        .or_else(|| blueprint.norms().into_iter().find_map(norm))
        .or_else(|| blueprint.rotaries.iter().find_map(rotary))
        .or_else(|| blueprint.blocks.iter().find_map(|block| attention(&block.attention, blueprint)));
    fault.map_or(Ok(()), |fault| Err(config.damaged(fault)))
}

fn shape(blueprint: &Blueprint) -> Option<String> {
    let (shape, embedding) = (&blueprint.shape, &blueprint.embedding);
    let size = |name: &str, size: i64, most: i64| {
        (!(1..=most).contains(&size)).then(|| format!("the {name} is {size}, expected 1 to {most}"))
    };
    size("width", shape.width, MOST_FEATURES)
        .or_else(|| size("vocabulary", shape.vocabulary, MOST_ENTRIES))
        .or_else(|| size("longest context", shape.context, MOST_ENTRIES))
        .or_else(|| embedding.scale.and_then(|scale| factor("factor of embeddings", scale)))
        .or_else(|| blueprint.head.softcap.and_then(|cap| factor("soft cap of logits", cap)))
}

fn norm(norm: &NormSpec) -> Option<String> {
    factor("number that a norm adds", norm.eps)
}

fn rotary(rotary: &Rotary) -> Option<String> {
    let frequency = rotary.frequencies.iter().find(|frequency| !is_positive(**frequency));
    let frequency = frequency.map(|frequency| {
        format!("its rotary positions have a frequency of {frequency:e}, expected a number above 0")
    });
    frequency.or_else(|| factor("magnitude of rotary positions", rotary.magnitude))
}

fn attention(spec: &AttentionSpec, blueprint: &Blueprint) -> Option<String> {
    if spec.kv_heads < 1 || spec.heads % spec.kv_heads != 0 || spec.head_dim < 1 {
        let (heads, kv_heads) = (spec.heads, spec.kv_heads);
        return Some(format!("{heads} heads of {} features cannot share {kv_heads}", spec.head_dim));
    }
    if spec.window.is_some_and(|window| window < 1) {
        return Some("attention sees no position".to_owned());
    }
    let rotary = spec.rotary.map(|index| blueprint.rotaries.get(index));
    if rotary
        .is_some_and(|rotary| rotary.is_none_or(|rotary| 2 * rotary.frequencies.len() as i64 > spec.head_dim))
    {
        return Some(format!("a head of {} features has fewer than are rotated", spec.head_dim));
    }
    factor("factor of attention's scores", spec.scale)
        .or_else(|| spec.softcap.and_then(|cap| factor("soft cap of attention's scores", cap)))
}

fn factor(name: &str, value: f64) -> Option<String> {
    (!is_positive(value)).then(|| format!("the {name} is {value:e}, expected a number above 0"))
}
