//! Gemma and CodeGemma (Gemma Team 2024, arXiv 2403.08295): norms by weight plus one, scaled embeddings.

use serde::Deserialize;

use super::gated::Keys;
use super::{Architecture, activation};
use crate::blueprint::{Blueprint, MlpSpec, NormRule, NormSpec};
use crate::config::Config;
use crate::error::Result;

pub(super) const GEMMA: Architecture = Architecture {
    model_type: "gemma",
    summary: "Gemma 1, CodeGemma: as Llama, norms by weight plus one, embeddings times the root of the width",
    blueprint,
};

#[derive(Deserialize)]
struct Act {
    hidden_act: Option<String>,
    hidden_activation: Option<String>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = keys(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    as_gemma(config, &keys, &mut model)?;
    Ok(model)
}

/// The shared keys, with the head tied where the config does not say so.
pub(super) fn keys(config: &Config) -> Result<Keys> {
    let mut keys = Keys::read(config)?;
    keys.tie_word_embeddings.get_or_insert(true);
    Ok(keys)
}

/// Makes a Llama a Gemma: norms, activation, embedding.
pub(super) fn as_gemma(config: &Config, keys: &Keys, model: &mut Blueprint) -> Result<()> {
    let Act { hidden_act, hidden_activation } = config.read()?;
    // Gemma 1 was published with `hidden_act: gelu` and trained with the other one.
    let name = match (hidden_activation, hidden_act) {
        (Some(name), _) => name,
        (None, Some(name)) if name != "gelu" => name,
        _ => "gelu_pytorch_tanh".to_owned(),
    };
    let act = activation(config, &name)?;
    model.embedding.scale = Some((keys.hidden_size as f64).sqrt());
    for block in &mut model.blocks {
        let norms = [&mut block.attention_norm, &mut block.mlp_norm];
        norms.into_iter().for_each(plus_one);
        if let MlpSpec::Gated { activation, .. } = &mut block.mlp {
            *activation = act;
        }
    }
    plus_one(&mut model.norm);
    Ok(())
}

/// Reads a norm's tensor as weights less 1.
pub(super) fn plus_one(norm: &mut Option<NormSpec>) {
    if let Some(norm) = norm {
        norm.rule = NormRule::RmsPlusOne;
    }
}
