//! Writes an agent: its weights, its learning curve, and last its manifest.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use harness_protocol::AgentManifest;
use harness_protocol::reply::AgentStep;
use harness_text::{atomic, hash};
use tch::{Device, Tensor};

use crate::error::{EngineError, Result};

/// Writes `NAME.safetensors`, `NAME.csv` (where there is a curve) and `NAME.json`, each whole or not at all; the
/// manifest with the hash of the weights.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(
    out: &Path,
    mut manifest: AgentManifest,
    tensors: &[(String, Tensor)],
    curve: &[AgentStep],
) -> Result<AgentManifest> {
    let failed = |error: &dyn std::fmt::Display| {
        EngineError::internal(format!("cannot write into `{}`: {error}", out.display()))
    };
    std::fs::create_dir_all(out).map_err(|error| failed(&error))?;
    let tensors: Vec<(&str, Tensor)> = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor.to_device(Device::Cpu).contiguous()))
        .collect();
    let write = |part: &Path| {
        let told = |error| io::Error::other(EngineError::from(error).message);
        Tensor::write_safetensors(&tensors, part).map_err(told)
    };
    let weights = out.join(&manifest.weights);
    atomic::replace(&weights, write).map_err(|error| failed(&error))?;
    manifest.weights_sha256 = hash::file(&weights).map_err(|error| failed(&error))?;
    if !curve.is_empty() {
        let path = out.join(format!("{}.csv", manifest.name));
        atomic::write(&path, csv(curve).as_bytes()).map_err(|error| failed(&error))?;
    }
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| failed(&error))? + "\n";
    atomic::write(&out.join(format!("{}.json", manifest.name)), text.as_bytes())
        .map_err(|error| failed(&error))?;
    Ok(manifest)
}

/// A learning curve, one update a line.
fn csv(curve: &[AgentStep]) -> String {
    let mut text =
        "step,episodes,reward,depth,agreement,policy_loss,value_loss,entropy,clip_fraction\n".to_owned();
    for AgentStep {
        step,
        episodes,
        reward,
        depth,
        agreement,
        policy_loss,
        value_loss,
        entropy,
        clip_fraction,
    } in curve
    {
        let _ = writeln!(
            text,
            "{step},{episodes},{reward:.5},{depth:.4},{agreement:.4},{policy_loss:.6},{value_loss:.6},{entropy:.5},{clip_fraction:.4}"
        );
    }
    text
}
