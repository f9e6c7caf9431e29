//! Qwen2 and Qwen2.5 (Yang et al. 2024, arXiv 2407.10671, 2412.15115): Llama with biases before attention.

use serde::Deserialize;

use super::Architecture;
use super::gated::{Keys, windows};
use crate::blueprint::Blueprint;
use crate::config::Config;
use crate::error::Result;
use crate::limits::MOST_LAYERS;

pub(super) const QWEN2: Architecture = Architecture {
    model_type: "qwen2",
    summary: "Qwen2, Qwen2.5, Qwen2.5-Coder: as Llama, with biases on queries, keys and values",
    blueprint,
};

/// Which layers see a window only.
#[derive(Deserialize)]
struct Windows {
    #[serde(default)]
    use_sliding_window: bool,
    sliding_window: Option<i64>,
    max_window_layers: Option<i64>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = Keys::read(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    add_windows(config, &keys, &mut model)?;
    for block in &mut model.blocks {
        block.attention.query_key_value = block.attention.query_key_value.clone().with_bias();
    }
    Ok(model)
}

/// Windows on the blocks from `max_window_layers` on, where `use_sliding_window` says so.
pub(super) fn add_windows(config: &Config, keys: &Keys, model: &mut Blueprint) -> Result<()> {
    let Windows { use_sliding_window, sliding_window, max_window_layers } = config.read()?;
    let first = max_window_layers.unwrap_or(28);
    if !(0..=MOST_LAYERS).contains(&first) {
        return Err(config.unfit("max_window_layers", &first.into(), &format!("0 to {MOST_LAYERS}")));
    }
    let window = sliding_window.filter(|_| use_sliding_window);
    let windows = windows(config, keys.num_hidden_layers, window, |index| index >= first)?;
    for (block, window) in model.blocks.iter_mut().zip(windows) {
        block.attention.window = window;
    }
    Ok(())
}
