//! The course of an agent's training: observe the model, learn, measure on held-out documents, write.

use std::fs;
use std::path::{Path, PathBuf};

use harness_protocol::agent::{OBSERVATION, SCHEMA, TokenDocuments};
use harness_protocol::{AgentManifest, AgentSpec, ModelSource, Reply};
use harness_text::hash;
use serde_json::json;
use tch::Device;

use super::check::check;
use super::evaluate::{evaluate, probabilities};
use super::learner::{self, Learnt};
use super::observations::Observations;
use super::observe::{Settings, observe};
use super::store;
use super::trained::Agent;
use crate::device;
use crate::error::{EngineError, Result};
use crate::model::{self, Model};

/// Prompts between two lines that tell how far it is.
const TELL: usize = 10;

/// Trains an agent, tells `emit` every step, writes it into `out`.
///
/// # Errors
/// The spec makes no sense, does not fit the model or the documents, or learning diverges.
pub fn run(source: &ModelSource, spec: &AgentSpec, out: &Path, emit: &mut dyn FnMut(Reply)) -> Result<()> {
    check(spec)?;
    let learner = learner::find(&spec.learner)?;
    tch::set_num_threads(spec.threads.cast_signed());
    let documents = read(Path::new(&spec.documents))?;
    let Subject { training, held_out, width, layers, model_sha256 } =
        subject(source, spec, &documents, emit)?;
    let Learnt { tensors, steps, curve } =
        (learner.learn)(spec, &training, &mut |point| emit(Reply::AgentStep(point.clone())))?;
    let manifest = AgentManifest {
        schema: SCHEMA,
        name: spec.name.clone(),
        kind: spec.learner.clone(),
        model_sha256,
        dtype: source.dtype.clone(),
        width,
        layers,
        exits: spec.exits.clone(),
        observation: OBSERVATION.to_owned(),
        hidden: if learner.rewarded { spec.ppo.hidden.clone() } else { Vec::new() },
        weights: format!("{}.safetensors", spec.name),
        weights_sha256: String::new(),
        reward: learner.rewarded.then(|| spec.reward.clone()),
        ppo: learner.rewarded.then(|| spec.ppo.clone()),
        linear: (!learner.rewarded).then(|| spec.linear.clone()),
        seed: spec.seed,
        steps,
        context: spec.context,
        new_tokens: spec.new_tokens,
        draws: spec.draws,
        documents: documents.training.len() as u64,
        tokens: training.tokens() as u64,
        mean_reward: curve.last().map(|last| last.reward),
        held_out: harness_protocol::agent::HeldOut::default(),
    };
    let copies = tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect();
    let agent = Agent::new(manifest, copies, Device::Cpu).map_err(|message| {
        EngineError::request(format!("the agent that was learnt is of no use: {message}"))
    })?;
    let held_out = evaluate(&held_out, &probabilities(&agent, &held_out), &spec.thresholds);
    let manifest = store::write(out, AgentManifest { held_out, ..agent.manifest }, &tensors, &curve)?;
    emit(Reply::AgentTrained { manifest: Box::new(manifest) });
    Ok(())
}

fn read(path: &Path) -> Result<TokenDocuments> {
    let name = path.display();
    let text = harness_text::regular::read(path, harness_text::regular::DATA)
        .map_err(|error| EngineError::request(format!("cannot read `{name}`: {error}")))?;
    serde_json::from_slice(&text)
        .map_err(|error| EngineError::request(format!("`{name}` holds no documents of token ids: {error}")))
}

/// What is known of the model.
struct Subject {
    training: Observations,
    held_out: Observations,
    width: u32,
    layers: u32,
    model_sha256: String,
}

fn subject(
    source: &ModelSource,
    spec: &AgentSpec,
    documents: &TokenDocuments,
    emit: &mut dyn FnMut(Reply),
) -> Result<Subject> {
    let device = device::find(&spec.device)?;
    let model::Loaded { mut model, checkpoint, weights_sha256 } = model::load(source, spec.seed, device)?;
    let shape = model.shape();
    if let Some(exit) = spec.exits.iter().find(|exit| **exit as usize >= model.layers()) {
        let message = format!("exit {exit} is not before the last of {} blocks", model.layers());
        return Err(EngineError::request(message));
    }
    if shape.context <= i64::from(spec.new_tokens) + 1 {
        let message =
            format!("a context of {} has no room for {} new tokens", shape.context, spec.new_tokens);
        return Err(EngineError::request(message));
    }
    let (width, layers, vocabulary) = (shape.width as u32, model.layers() as u32, shape.vocabulary);
    let all = documents.training.iter().chain(&documents.held_out).flatten();
    if let Some(id) = all.copied().find(|id| i64::from(*id) >= vocabulary) {
        return Err(EngineError::request(format!("token {id} is beyond a vocabulary of {vocabulary}")));
    }
    let settings = Settings {
        exits: &spec.exits,
        context: spec.context,
        new_tokens: spec.new_tokens as usize,
        draws: spec.draws as usize,
        eos: &checkpoint.eos()?,
        seed: spec.seed,
    };
    // Held-out documents are cut once each, so that prompts are independent of one another.
    let once = Settings { draws: 1, ..settings.clone() };
    let (work, dtype) = (Path::new(&spec.work), source.dtype.as_str());
    let identity = format!("{weights_sha256} {dtype}");
    let training = known(&mut model, &documents.training, &settings, work, &identity, emit)?;
    let held_out = known(&mut model, &documents.held_out, &once, work, &identity, emit)?;
    Ok(Subject { training, held_out, width, layers, model_sha256: weights_sha256 })
}

/// What an earlier call observed of the same, else observed now and kept.
fn known(
    model: &mut Model,
    documents: &[Vec<u32>],
    settings: &Settings,
    work: &Path,
    identity: &str,
    emit: &mut dyn FnMut(Reply),
) -> Result<Observations> {
    let path = kept_in(documents, settings, work, identity);
    let (layers, width) = (model.layers(), model.shape().width as usize);
    if let Some(data) = Observations::restore(&path, layers, settings.exits, width) {
        return Ok(data);
    }
    let mut told = |done: usize, of: usize| {
        if done.is_multiple_of(TELL) || done == of {
            emit(Reply::AgentObserved { prompts: done as u64, of: of as u64 });
        }
    };
    let data = observe(model, documents, settings, &mut told)?;
    fs::create_dir_all(work)
        .map_err(|error| EngineError::internal(format!("cannot create `{}`: {error}", work.display())))?;
    data.save(&path)?;
    Ok(data)
}

/// A name that no other model, documents or settings have.
fn kept_in(documents: &[Vec<u32>], settings: &Settings, work: &Path, identity: &str) -> PathBuf {
    let Settings { exits, context, new_tokens, draws, eos, seed } = settings;
    let all = json!([identity, documents, exits, context, new_tokens, draws, eos, seed]);
    work.join(format!("observed-{:.16}.safetensors", hash::text(&all.to_string())))
}
