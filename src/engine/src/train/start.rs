//! What a training starts from: random weights of a new model, or a checkpoint of any architecture.

use harness_checkpoint::{Blueprint, Checkpoint, Config, architectures};
use harness_protocol::{END_ID, ModelSource, Start, TrainModel, TrainSpec};
use serde_json::json;
use tch::{Device, Kind};

use super::{check, lora};
use crate::error::{EngineError, Result};
use crate::model::supply::{Made, Supply, Unpacked};
use crate::model::{self, Model};

/// A model before its first step.
pub struct Started {
    /// With adapters where the spec asks for them.
    pub model: Model,
    /// The config of the folder that is written.
    pub config: Config,
    /// The tensors of that folder.
    pub blueprint: Blueprint,
}

/// Builds the model; refused before its weights are read where it does not fit the spec.
pub fn start(spec: &TrainSpec, device: Device) -> Result<Started> {
    let mut started = match &spec.start {
        Start::New(new) => random(spec, new, device)?,
        Start::Checkpoint { source, .. } => loaded(spec, source, device)?,
    };
    started.model.reserve(i64::from(spec.sequence));
    if let Some(asked) = &spec.lora {
        lora::attach(&mut started.model, &started.blueprint, asked, spec.seed)?;
    }
    Ok(started)
}

fn random(spec: &TrainSpec, new: &TrainModel, device: Device) -> Result<Started> {
    check::last_exit(&spec.exits, new.layers as usize)?;
    let config = new_config(new, &spec.exits);
    let blueprint = architectures::blueprint(&config).map_err(|error| EngineError::request(error.message))?;
    fits(spec, &blueprint)?;
    let made = Made::random(&blueprint, spec.seed);
    let model = model::build(blueprint.clone(), &made, kind(spec), device)?;
    Ok(Started { model, config, blueprint })
}

fn loaded(spec: &TrainSpec, source: &ModelSource, device: Device) -> Result<Started> {
    let checkpoint = Checkpoint::open(source)?;
    let found = checkpoint.blueprint()?;
    check::last_exit(&spec.exits, found.blocks.len())?;
    fits(spec, &found)?;
    let config = kept_config(&checkpoint, spec);
    let blueprint = architectures::blueprint(&config)?;
    let model = match checkpoint.tensors(&found)? {
        Some(tensors) => model::build(found, &Unpacked(&tensors) as &dyn Supply, kind(spec), device)?,
        None => model::build(found.clone(), &Made::random(&found, spec.seed), kind(spec), device)?,
    };
    Ok(Started { model, config, blueprint })
}

/// Weights that are trained are f32 whatever the spec says of the others.
fn kind(spec: &TrainSpec) -> Kind {
    if spec.dtype == "bf16" { Kind::BFloat16 } else { Kind::Float }
}

fn fits(spec: &TrainSpec, blueprint: &Blueprint) -> Result<()> {
    let context = blueprint.shape.context;
    if i64::from(spec.sequence) > context {
        return Err(EngineError::request(format!(
            "a sequence of {} does not fit a context of {context}",
            spec.sequence
        )));
    }
    Ok(())
}

/// The checkpoint's config with the exits that it learns, and with the format of the weights that are written.
fn kept_config(checkpoint: &Checkpoint, spec: &TrainSpec) -> Config {
    let config = checkpoint.config();
    let mut json = config.json.clone();
    json["exit_layers"] = json!(spec.exits);
    let written = if spec.saved_dtype == "bf16" { "bfloat16" } else { "float32" };
    let key = if json.get("torch_dtype").is_some() { "torch_dtype" } else { "dtype" };
    json[key] = json!(written);
    // A file may hold a model without a vocabulary, which then names no end token either.
    let eos = checkpoint.eos().unwrap_or_default();
    if let Some(eos) = eos.first().filter(|_| json.get("eos_token_id").is_none_or(serde_json::Value::is_null))
    {
        json["eos_token_id"] = json!(eos);
    }
    Config { json, origin: config.origin.clone() }
}

/// The config of a new model, as its folder will hold it.
pub fn new_config(model: &TrainModel, exits: &[u32]) -> Config {
    let json = json!({
        "model_type": "llama",
        "hidden_size": model.width,
        "intermediate_size": model.ffn,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.kv_heads,
        "vocab_size": model.vocabulary,
        "max_position_embeddings": model.context,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "tie_word_embeddings": true,
        "eos_token_id": END_ID,
        "attention_bias": false,
        "mlp_bias": false,
        "hidden_act": "silu",
        "exit_layers": exits,
    });
    Config { json, origin: "the spec".to_owned() }
}
