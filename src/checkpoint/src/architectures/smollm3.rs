//! SmolLM3 (Hugging Face 2025): Llama in which some layers have no positions.

use serde::Deserialize;

use super::Architecture;
use super::gated::{Keys, windows};
use super::llama::add_biases;
use crate::blueprint::Blueprint;
use crate::config::Config;
use crate::error::Result;

pub(super) const SMOLLM3: Architecture = Architecture {
    model_type: "smollm3",
    summary: "SmolLM3: as Llama, every fourth layer without rotary positions",
    blueprint,
};

/// Which layers rotate, and which see a window only.
#[derive(Deserialize)]
struct Layers {
    /// 1 where a layer rotates, whatever the key's name suggests.
    no_rope_layers: Option<Vec<i64>>,
    no_rope_layer_interval: Option<i64>,
    #[serde(default)]
    use_sliding_window: bool,
    sliding_window: Option<i64>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let mut keys = Keys::read(config)?;
    keys.tie_word_embeddings.get_or_insert(true);
    let layers: Layers = config.read()?;
    let interval = layers.no_rope_layer_interval.unwrap_or(4);
    config.size("no_rope_layer_interval", interval)?;
    let turns = match layers.no_rope_layers {
        Some(list) if !list.is_empty() => list,
        _ => (1..=keys.num_hidden_layers).map(|layer| i64::from(layer % interval != 0)).collect(),
    };
    if turns.len() as i64 != keys.num_hidden_layers {
        return Err(config.damaged(format!(
            "`no_rope_layers` names {} layers of {}",
            turns.len(),
            keys.num_hidden_layers
        )));
    }
    if let Some(other) = turns.iter().find(|turns| !(0..=1).contains(*turns)) {
        return Err(config.damaged(format!("`no_rope_layers` holds {other}, expected 0 or 1")));
    }
    let mut model = keys.decoder(config, 2_000_000.0)?;
    add_biases(config, &mut model)?;
    let window = layers.sliding_window.filter(|_| layers.use_sliding_window);
    let windows = windows(config, keys.num_hidden_layers, window, |index| turns[index as usize] == 0)?;
    for ((block, turns), window) in model.blocks.iter_mut().zip(&turns).zip(windows) {
        block.attention.rotary = (*turns != 0).then_some(0);
        block.attention.window = window;
    }
    Ok(model)
}
