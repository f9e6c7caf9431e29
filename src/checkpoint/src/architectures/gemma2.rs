//! Gemma 2 (Gemma Team 2024, arXiv 2408.00118): norms before and behind, squeezed scores and logits.

use serde::Deserialize;

use super::Architecture;
use super::gated::{Keys, windows};
use super::gemma::{as_gemma, keys, plus_one};
use crate::blueprint::{Blueprint, NormSpec};
use crate::config::Config;
use crate::error::Result;

pub(super) const GEMMA2: Architecture = Architecture {
    model_type: "gemma2",
    summary: "Gemma 2: as Gemma, norms behind each part too, soft caps, every second layer with a window",
    blueprint,
};

/// Positions that attention sees where the config does not say.
pub(super) const WINDOW: i64 = 4096;

/// What attention and head have beyond Gemma's.
#[derive(Deserialize)]
pub(super) struct Caps {
    query_pre_attn_scalar: Option<f64>,
    attn_logit_softcapping: Option<f64>,
    final_logit_softcapping: Option<f64>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = keys(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    as_gemma(config, &keys, &mut model)?;
    let caps: Caps = config.read()?;
    as_gemma2(config, &keys, &caps, &mut model)?;
    let windows = windows(config, keys.num_hidden_layers, config.window(WINDOW)?, |index| index % 2 == 0)?;
    for (block, window) in model.blocks.iter_mut().zip(windows) {
        block.attention.window = window;
    }
    Ok(model)
}

/// Makes a Gemma a Gemma 2 but for its windows.
pub(super) fn as_gemma2(config: &Config, keys: &Keys, caps: &Caps, model: &mut Blueprint) -> Result<()> {
    let scalar = caps.query_pre_attn_scalar.unwrap_or(keys.head_dim() as f64);
    config.above_zero("query_pre_attn_scalar", scalar)?;
    for (key, cap) in [
        ("attn_logit_softcapping", caps.attn_logit_softcapping),
        ("final_logit_softcapping", caps.final_logit_softcapping),
    ] {
        cap.map_or(Ok(()), |cap| config.above_zero(key, cap))?;
    }
    for (index, block) in model.blocks.iter_mut().enumerate() {
        let norm = |name: &str| {
            let mut norm = Some(NormSpec::rms(
                &format!("model.layers.{index}.{name}"),
                keys.hidden_size,
                keys.rms_norm_eps,
            ));
            plus_one(&mut norm);
            norm
        };
        block.attention_post_norm = norm("post_attention_layernorm");
        block.mlp_norm = norm("pre_feedforward_layernorm");
        block.mlp_post_norm = norm("post_feedforward_layernorm");
        block.attention.softcap = caps.attn_logit_softcapping;
        block.attention.scale = 1.0 / scalar.sqrt();
    }
    model.head.softcap = caps.final_logit_softcapping;
    Ok(())
}
