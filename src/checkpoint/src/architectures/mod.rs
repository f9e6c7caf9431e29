//! The board of architectures: one file each, from a config to a blueprint.

mod codegen;
mod gated;
mod gemma;
mod gemma2;
mod gemma3;
mod gpt2;
mod gpt_bigcode;
mod gpt_neox;
mod gptj;
mod llama;
mod mistral;
mod opt;
mod phi3;
mod qwen2;
mod qwen3;
mod refused;
mod smollm3;
mod stablelm;
mod starcoder2;
mod xglm;

use crate::blueprint::{Activation, Blueprint};
use crate::config::{Config, clip};
use crate::error::{CheckpointError, Result};
use crate::sound;

/// A family of decoders: how its configs and checkpoints are to be read.
pub struct Architecture {
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// Models that have it, and what is special about it, in one sentence.
    pub summary: &'static str,
    /// Assembles the decoder that a config describes.
    pub blueprint: fn(&Config) -> Result<Blueprint>,
}

/// Every architecture, by name.
pub const ARCHITECTURES: &[Architecture] = &[
    codegen::CODEGEN,
    gemma::GEMMA,
    gemma2::GEMMA2,
    gemma3::GEMMA3,
    gpt2::GPT2,
    gpt_bigcode::GPT_BIGCODE,
    gpt_neox::GPT_NEOX,
    gptj::GPTJ,
    llama::LLAMA,
    mistral::MISTRAL,
    opt::OPT,
    phi3::PHI3,
    qwen2::QWEN2,
    qwen3::QWEN3,
    smollm3::SMOLLM3,
    stablelm::STABLELM,
    starcoder2::STARCODER2,
    xglm::XGLM,
];

/// The blueprint of the architecture that a config names.
///
/// # Errors
/// The architecture is not on the board, with the reason where it is a known one; or the config does not fit it.
pub fn blueprint(config: &Config) -> Result<Blueprint> {
    let model_type = config.model_type()?;
    if let Some(why) = refused::why(config, model_type) {
        return Err(CheckpointError::unsupported(
            format!("`{}`: model type `{model_type}` is not run here: {why}", config.origin),
            "take a dense text model of an architecture of `harness list architectures`",
        ));
    }
    let entry = ARCHITECTURES.iter().find(|entry| entry.model_type == model_type).ok_or_else(|| {
        let known: Vec<String> =
            ARCHITECTURES.iter().map(|entry| format!("`{}`", entry.model_type)).collect();
        config.refuse(format!(
            "model type `{}` is not known, expected one of {}",
            clip(model_type),
            known.join(", ")
        ))
    })?;
    let blueprint = (entry.blueprint)(config)?;
    sound::check(config, &blueprint)?;
    Ok(blueprint)
}

/// The activation that a config names under any of its published names.
fn activation(config: &Config, name: &str) -> Result<Activation> {
    Ok(match name {
        "silu" | "swish" => Activation::Silu,
        "gelu" => Activation::Gelu,
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Activation::GeluTanh,
        "relu" => Activation::Relu,
        other => {
            return Err(config.refuse(format!(
                "activation `{other}` is not known, expected `silu`, `gelu`, `gelu_new`, `gelu_pytorch_tanh` or `relu`"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(text: &str) -> Config {
        Config::parse(text, Path::new("config.json")).unwrap()
    }

    #[test]
    fn the_board_is_sorted_and_every_entry_says_what_it_is() {
        assert!(ARCHITECTURES.is_sorted_by(|a, b| a.model_type < b.model_type));
        for entry in ARCHITECTURES {
            assert!(!entry.summary.is_empty());
            assert!(
                refused::why(&parse("{}"), entry.model_type).is_none(),
                "{} is refused too",
                entry.model_type
            );
        }
    }

    #[test]
    fn an_empty_config_of_every_architecture_names_what_it_lacks() {
        for entry in ARCHITECTURES {
            let config = parse(&format!(r#"{{"model_type":"{}"}}"#, entry.model_type));
            let error = blueprint(&config).unwrap_err();
            assert!(error.message.contains("missing field"), "{}: {error}", entry.model_type);
        }
    }

    #[test]
    fn what_is_not_run_here_is_refused_by_name_with_the_reason() {
        for (text, words) in [
            (r#"{"model_type":"mixtral"}"#, "mixture of experts"),
            (r#"{"model_type":"mamba2"}"#, "state space"),
            (r#"{"model_type":"llava"}"#, "images"),
            (r#"{"model_type":"t5"}"#, "encoder"),
            (r#"{"model_type":"llama","num_local_experts":8}"#, "mixture of experts"),
            (r#"{"model_type":"gemma3","vision_config":{}}"#, "images"),
            (r#"{"model_type":"lamma"}"#, "is not known, expected one of"),
            (r#"{}"#, "no `model_type`"),
            (r#"{"model_type":"llama","quantization_config":{"quant_method":"awq"}}"#, "`awq`"),
            (r#"{"model_type":"llama","quantization":{"bits":4}}"#, "MLX"),
        ] {
            let error = blueprint(&parse(text)).unwrap_err();
            assert!(error.message.contains(words), "{text}: {error}");
        }
    }
}
