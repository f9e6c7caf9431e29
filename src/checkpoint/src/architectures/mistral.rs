//! Mistral 7B and its kin (Jiang et al. 2023, arXiv 2310.06825): Llama with a window on attention.

use super::Architecture;
use super::gated::{Keys, windows};
use crate::blueprint::Blueprint;
use crate::config::Config;
use crate::error::Result;

pub(super) const MISTRAL: Architecture = Architecture {
    model_type: "mistral",
    summary: "Mistral 7B, Nemo, Ministral: as Llama, attention may see a sliding window only",
    blueprint,
};

/// Positions that attention sees where the config does not say.
const WINDOW: i64 = 4096;

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = Keys::read(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    let window = config.window(WINDOW)?;
    let windows = windows(config, keys.num_hidden_layers, window, |_| true)?;
    for (block, window) in model.blocks.iter_mut().zip(windows) {
        block.attention.window = window;
    }
    Ok(model)
}
