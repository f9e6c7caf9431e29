//! What a training's spec must fulfil before anything is read.

use harness_protocol::{Lora, TrainSpec};

use crate::error::{EngineError, Result};

/// Refuses what needs neither model nor stream to be seen.
pub fn check(spec: &TrainSpec) -> Result<()> {
    exits(spec)?;
    // Accuracy is measured in windows that overlap by half a sequence.
    let counts = [
        ("batch", u64::from(spec.batch), 1),
        ("accumulate", u64::from(spec.accumulate), 1),
        ("tokens", spec.tokens, 1),
        ("threads", u64::from(spec.threads), 1),
        ("sequence", u64::from(spec.sequence), 2),
        ("evaluate_steps", spec.evaluate_steps.unwrap_or(1), 1),
    ];
    if let Some((name, value, least)) = counts.iter().find(|(_, value, least)| value < least) {
        return refuse(format!("`{name}` is {value}, expected at least {least}"));
    }
    let rates = [("learning_rate", spec.learning_rate), ("clip", spec.clip)];
    if let Some((name, value)) = rates.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
        return refuse(format!("`{name}` is {value}, expected a number above 0"));
    }
    if !["f32", "bf16"].contains(&spec.saved_dtype.as_str()) {
        return refuse(format!("`saved_dtype` is `{}`, expected `f32` or `bf16`", spec.saved_dtype));
    }
    match spec.dtype.as_str() {
        "f32" => {}
        "bf16" if spec.lora.is_some() => {}
        "bf16" => {
            return refuse(
                "`dtype` is `bf16`, whose steps are coarser than what a learning rate adds; take `f32`, or train with `lora`",
            );
        }
        other => return refuse(format!("`dtype` is `{other}`, expected `f32` or `bf16`")),
    }
    spec.lora.as_ref().map_or(Ok(()), lora)
}

/// Refuses exits that rise not to the last of `layers` blocks.
pub fn last_exit(exits: &[u32], layers: usize) -> Result<()> {
    if exits.last().is_some_and(|last| *last as usize == layers) {
        return Ok(());
    }
    refuse(format!("`exits` must rise from 1 or more to {layers}"))
}

fn exits(spec: &TrainSpec) -> Result<()> {
    if spec.exits.len() != spec.exit_weights.len() || spec.exits.is_empty() {
        return refuse("`exits` and `exit_weights` need the same length, at least 1");
    }
    if !spec.exits.windows(2).all(|pair| pair[0] < pair[1]) || spec.exits[0] == 0 {
        return refuse("`exits` must rise from 1 or more, each named once");
    }
    let usable = |weight: &f64| *weight >= 0.0 && weight.is_finite();
    if !spec.exit_weights.iter().all(usable) || spec.exit_weights.last() == Some(&0.0) {
        return refuse("`exit_weights` must be at least 0, the last one above");
    }
    Ok(())
}

fn lora(lora: &Lora) -> Result<()> {
    if lora.rank == 0 || lora.targets.is_empty() || !(lora.alpha.is_finite() && lora.alpha > 0.0) {
        return refuse(
            "`lora` needs a `rank` of at least 1, an `alpha` above 0 and at least one of `targets`",
        );
    }
    Ok(())
}

fn refuse(message: impl Into<String>) -> Result<()> {
    Err(EngineError::request(message))
}
