//! The model folder that a training leaves.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use harness_checkpoint::COMPANIONS;
use harness_text::printable::Shown;

use super::curve::CURVE;

/// Copies what a model folder needs; the weights last, so that a folder with weights is whole. `work` holds tokenizer
/// and what stands beside it, `model` what the engine wrote, and the curve.
pub(super) fn publish(out: &Path, work: &Path, model: &Path, card: &str) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot create `{}`", out.shown()))?;
    let weights = out.join("model.safetensors");
    if weights.is_file() {
        fs::remove_file(&weights).with_context(|| format!("cannot replace `{}`", weights.shown()))?;
    }
    fs::write(out.join("README.md"), card).with_context(|| format!("cannot write into `{}`", out.shown()))?;
    let copy = |folder: &Path, name: &str| {
        let partial = out.join(format!("{name}.partial"));
        fs::copy(folder.join(name), &partial)
            .and_then(|_| fs::rename(&partial, out.join(name)))
            .with_context(|| format!("cannot write `{name}` into `{}`", out.shown()))
    };
    for name in COMPANIONS.iter().filter(|name| work.join(name).is_file()) {
        copy(work, name)?;
    }
    for name in [CURVE, "config.json", "model.safetensors"] {
        copy(model, name)?;
    }
    Ok(())
}
