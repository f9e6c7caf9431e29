//! Gemma 3's text models (Gemma Team 2025, arXiv 2503.19786): five layers with a window, one without.

use serde::Deserialize;

use super::Architecture;
use super::gated::windows;
use super::gemma::{as_gemma, keys, plus_one};
use super::gemma2::{Caps, WINDOW, as_gemma2};
use crate::blueprint::{Blueprint, NormSpec};
use crate::config::Config;
use crate::error::Result;
use crate::rope::{Rotary, rotation};

pub(super) const GEMMA3: Architecture = Architecture {
    model_type: "gemma3_text",
    summary: "Gemma 3 (text): as Gemma 2 without caps, norms on queries and keys, two rotations",
    blueprint,
};

/// Bases of the rotations in layers without a window and in layers with one.
const THETA: f64 = 1_000_000.0;
const LOCAL_THETA: f64 = 10_000.0;

#[derive(Deserialize)]
struct Layers {
    sliding_window_pattern: Option<i64>,
    #[serde(rename = "_sliding_window_pattern")]
    pattern: Option<i64>,
    rope_local_base_freq: Option<f64>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = keys(config)?;
    let layers: Layers = config.read()?;
    let turned = keys.turned(config, THETA)?;
    let full = rotation(config, Some("full_attention"), turned)?;
    let nested = config.json.pointer("/rope_parameters/sliding_attention").is_some();
    let local = match nested {
        true => rotation(config, Some("sliding_attention"), keys.turned(config, LOCAL_THETA)?)?.rotary,
        false => {
            let theta = layers.rope_local_base_freq.unwrap_or(LOCAL_THETA);
            config.base("rope_local_base_freq", theta)?;
            Rotary::plain(turned.features, theta)
        }
    };
    let mut model = keys.with_rotaries(config, vec![full.rotary, local], full.context)?;
    as_gemma(config, &keys, &mut model)?;
    let caps: Caps = config.read()?;
    as_gemma2(config, &keys, &caps, &mut model)?;
    let pattern = layers.pattern.or(layers.sliding_window_pattern).unwrap_or(6);
    config.size("sliding_window_pattern", pattern)?;
    let windows =
        windows(config, keys.num_hidden_layers, config.window(WINDOW)?, |index| (index + 1) % pattern != 0)?;
    for (index, (block, window)) in model.blocks.iter_mut().zip(windows).enumerate() {
        // Gemma 3's attention ignores the key that Gemma 2 reads.
        block.attention.softcap = None;
        block.attention.window = window;
        block.attention.rotary = Some(usize::from(window.is_some()));
        let norm = |name: &str| {
            let mut norm = Some(NormSpec::rms(
                &format!("model.layers.{index}.self_attn.{name}"),
                keys.head_dim(),
                keys.rms_norm_eps,
            ));
            plus_one(&mut norm);
            norm
        };
        block.attention.query_norm = norm("q_norm");
        block.attention.key_norm = norm("k_norm");
    }
    Ok(model)
}
