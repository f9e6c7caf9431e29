//! The training loop: from a spec to a model folder, resumable after a kill.

use std::path::Path;
use std::time::{Duration, Instant};

use harness_checkpoint::{Config, architectures};
use harness_protocol::{END_ID, Reply, TrainModel, TrainSpec, now_ns};
use serde_json::json;
use tch::Kind;

use super::adamw::{AdamW, Slot, gradient_norm};
use super::batches::Batches;
use super::{checkpoint, evaluate, exits, parameters, precision, schedule};
use crate::device;
use crate::error::{EngineError, Result};
use crate::model::supply::Made;
use crate::model::{self, Model};
use crate::part::Products;

/// Trains, tells `emit` every step, writes `config.json` and `model.safetensors` into `out`.
pub fn run(spec: &TrainSpec, out: &Path, resume: bool, emit: &mut dyn FnMut(Reply)) -> Result<()> {
    check(spec)?;
    let device = device::find(&spec.device)?;
    let products = precision::products(spec.matmul, device)?;
    tch::set_num_threads(spec.threads.cast_signed());
    let config = new_config(&spec.model, &spec.exits);
    let blueprint = architectures::blueprint(&config).map_err(|error| EngineError::request(error.message))?;
    // Read before hours are spent on a training that could not be evaluated.
    let streams = evaluate::read(&spec.evaluate, blueprint.shape.vocabulary)?;
    let made = Made::random(&blueprint, spec.seed);
    let mut model = model::build(blueprint, &made, Kind::Float, device)?;
    drop(made);
    model.reserve(i64::from(spec.sequence));
    let mut slots = parameters::slots(&model);
    let parameters: u64 = slots.iter().map(|slot| slot.parameter.numel() as u64).sum();
    let state = out.join("checkpoint.safetensors");
    let mut batches =
        Batches::read(Path::new(&spec.stream), spec.model.vocabulary, spec.sequence, spec.batch, spec.seed)?;
    let tokens_per_step = u64::from(spec.sequence) * u64::from(spec.batch);
    let steps = spec.tokens.div_ceil(tokens_per_step);
    let done = if resume { checkpoint::restore(&state, &mut slots)?.unwrap_or(0) } else { 0 };
    let mut saved = Instant::now();
    for step in done + 1..=steps {
        let per_exit = train_step(&model, products, spec, &mut slots, &mut batches, step, steps)?;
        let loss = weighted(spec, &per_exit);
        emit(Reply::Step { step, tokens: step * tokens_per_step, loss, per_exit, t_ns: now_ns() });
        if saved.elapsed() >= Duration::from_secs(spec.checkpoint_seconds) || step == steps {
            checkpoint::save(&state, &slots, step)?;
            saved = Instant::now();
        }
    }
    checkpoint::write(&out.join("model.safetensors"), &model::checkpoint(&model))?;
    let text = serde_json::to_string_pretty(&config.json)
        .map_err(|error| EngineError::internal(error.to_string()))?;
    std::fs::write(out.join("config.json"), text + "\n")
        .map_err(|error| EngineError::internal(format!("cannot write into `{}`: {error}", out.display())))?;
    // Of what was written, not of what was in memory: the file is rounded to bf16.
    let (weights_sha256, accuracy) = evaluate::measure(out, &streams, spec.sequence, device)?;
    emit(Reply::Trained { weights_sha256, steps, tokens: steps * tokens_per_step, parameters, accuracy });
    Ok(())
}

fn train_step(
    model: &Model,
    products: Products,
    spec: &TrainSpec,
    slots: &mut [Slot],
    batches: &mut Batches,
    step: u64,
    steps: u64,
) -> Result<Vec<(u32, f64)>> {
    let (inputs, targets) = batches.step(step - 1, model.device());
    let drawn = exits::draw(spec, step);
    let mut hidden = model.embed(&inputs, 0);
    let mut losses = Vec::new();
    for index in 0..model.layers() {
        hidden = model.block(index, &hidden, None, products);
        if let Some((exit, weight)) = drawn.iter().find(|(exit, _)| *exit as usize == index + 1) {
            let logits = model.head(&hidden, products).flatten(0, 1); // [batch * sequence, vocabulary]
            losses.push((*exit, *weight, logits.cross_entropy_for_logits(&targets.flatten(0, 1))));
        }
    }
    let total = losses.iter().map(|(_, weight, loss)| loss * *weight).reduce(|sum, loss| sum + loss);
    total.ok_or_else(|| EngineError::request("`exits` is empty"))?.f_backward()?;
    let values: Vec<(u32, f64)> =
        losses.iter().map(|(exit, _, loss)| (*exit, loss.double_value(&[]))).collect();
    if values.iter().any(|(_, loss)| !loss.is_finite()) {
        return Err(EngineError::internal(format!(
            "the loss is not finite at step {step}; lower the learning rate"
        )));
    }
    let _guard = tch::no_grad_guard();
    let scale = (spec.clip / (gradient_norm(slots) + 1e-6)).min(1.0);
    let adamw = AdamW { betas: spec.betas, weight_decay: spec.weight_decay };
    adamw.update(slots, step, schedule::learning_rate(spec, step, steps), scale);
    slots.iter_mut().for_each(|slot| slot.parameter.zero_grad());
    Ok(values)
}

/// The step's estimate of the full weighted loss.
fn weighted(spec: &TrainSpec, per_exit: &[(u32, f64)]) -> f64 {
    let weight =
        |exit: u32| spec.exits.iter().position(|e| *e == exit).map_or(0.0, |at| spec.exit_weights[at]);
    let total: f64 = per_exit.iter().map(|(exit, _)| weight(*exit)).sum();
    per_exit.iter().map(|(exit, loss)| weight(*exit) * loss).sum::<f64>() / total
}

fn check(spec: &TrainSpec) -> Result<()> {
    let refuse = |message: String| Err(EngineError::request(message));
    if spec.exits.len() != spec.exit_weights.len() || spec.exits.is_empty() {
        return refuse("`exits` and `exit_weights` need the same length, at least 1".to_owned());
    }
    if spec.exits.last() != Some(&spec.model.layers) || !spec.exits.is_sorted() || spec.exits[0] == 0 {
        return refuse(format!("`exits` must rise from 1 or more to {}", spec.model.layers));
    }
    let usable = |weight: &f64| *weight >= 0.0 && weight.is_finite();
    if !spec.exit_weights.iter().all(usable) || spec.exit_weights.last() == Some(&0.0) {
        return refuse("`exit_weights` must be at least 0, the last one above".to_owned());
    }
    // Accuracy is measured in windows that overlap by half a sequence.
    if spec.sequence < 2
        || spec.batch == 0
        || spec.tokens == 0
        || spec.warm_up_steps == 0
        || spec.threads == 0
    {
        let message =
            "`batch`, `tokens`, `warm_up_steps` and `threads` must be at least 1, `sequence` at least 2";
        return refuse(message.to_owned());
    }
    if spec.sequence > spec.model.context {
        return refuse(format!(
            "a sequence of {} does not fit a context of {}",
            spec.sequence, spec.model.context
        ));
    }
    Ok(())
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
