//! The course of an agent's training: documents, engine, and what came out.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use harness_checkpoint::Checkpoint;
use harness_meter::proc;
use harness_protocol::reply::AgentStep;
use harness_protocol::{AgentManifest, AgentSpec, FaultKind, Reply, Request};
use harness_text::printable::{self, Shown};

use super::documents;
use super::file::AgentFile;
use crate::engine::{CellFailure, Engine};
use crate::interrupt::{listen, requested};
use crate::models::stop;
use crate::print::print;
use crate::progress::{minutes, say};
use crate::stop::{INTERRUPTED, MISSING, Stop};
use crate::suite::EngineSpec;

/// Time without a line from the engine after which it is taken for dead.
const SILENCE: Duration = Duration::from_secs(1800);

/// How often a progress line is printed.
const TELL: Duration = Duration::from_secs(10);

/// What an engine must be able to do.
const CAPABILITY: &str = "train-agent";

/// Trains an agent and prints how it does on held-out documents; the exit code.
pub(crate) fn train_agent(file: &AgentFile) -> Result<u8> {
    listen()?;
    let model = Checkpoint::open(&file.model()).map_err(stop)?;
    let layers = model.blueprint().map_err(stop)?.blocks.len();
    if let Some(exit) = file.exits().iter().find(|exit| **exit == 0 || **exit as usize >= layers) {
        return Err(Stop::usage(format!(
            "`agent.exits` names block {exit}, expected 1 to {} of a model with {layers} blocks\nhelp: leave out the last block: behind it there is nothing to decide",
            layers.saturating_sub(1)
        ))
        .into());
    }
    let spec = file.spec(&documents::write(file, &model)?);
    fs::create_dir_all(&file.out).with_context(|| format!("cannot create `{}`", file.out.shown()))?;
    let begun = Instant::now();
    match ask_engine(&spec, file) {
        Ok(manifest) => {
            print(&table(&manifest))?;
            let path = file.out.join(format!("{}.json", manifest.name));
            say(&format!("wrote {} in {}", path.shown(), minutes(begun.elapsed())));
            Ok(0)
        }
        Err(failure) if requested() => {
            say(&format!("{}; call again: what the model's blocks say is kept", failure.reason));
            Ok(INTERRUPTED)
        }
        Err(failure) => {
            say(&format!("error: {}{}", printable::short(&failure.reason), help(&failure)));
            Ok(MISSING)
        }
    }
}

/// The next action after a failure, where the engine named none.
fn help(failure: &CellFailure) -> String {
    let words = match failure.fault {
        _ if failure.reason.contains("\nhelp: ") => return String::new(),
        Some(FaultKind::Unsupported) => "change `agent.device` or `agent.dtype` in the training file",
        Some(FaultKind::BadRequest) => "mend the training file: suites/README.md explains its keys",
        Some(FaultKind::OutOfMemory) => {
            "make `corpus.documents` or `corpus.draws` smaller in the training file"
        }
        Some(FaultKind::BadWeights) => "take a whole model folder",
        _ => "see `engine.log` in the work folder, then call again",
    };
    format!("\nhelp: {words}")
}

fn ask_engine(spec: &AgentSpec, file: &AgentFile) -> Result<AgentManifest, CellFailure> {
    let engine = EngineSpec { command: None, device: spec.device.clone(), threads: spec.threads };
    let mut engine = Engine::start(&engine, &file.work.join("engine.log"), SILENCE, Path::new(proc::ROOT))?;
    if !engine.capabilities.iter().any(|capability| capability == CAPABILITY) {
        return Err(CellFailure::failed(format!("engine `{}` cannot `{CAPABILITY}`", engine.name)));
    }
    let out = file.out.display().to_string();
    engine.send(&Request::TrainAgent { model: file.model(), spec: Box::new(spec.clone()), out })?;
    let mut told: Option<Instant> = None;
    let mut tell = |line: String, always: bool| {
        if always || told.is_none_or(|told| told.elapsed() >= TELL) {
            told = Some(Instant::now());
            say(&line);
        }
    };
    loop {
        match engine.receive(Instant::now() + SILENCE, CAPABILITY)? {
            Reply::AgentObserved { prompts, of } => {
                tell(format!("asked every block about {prompts} of {of} prompts"), prompts == of);
            }
            Reply::AgentStep(point) => tell(line(spec, &point), point.step >= spec.ppo.steps),
            Reply::AgentTrained { manifest } => return Ok(*manifest),
            _ => return Err(CellFailure::failed(format!("`{CAPABILITY}` was answered with something else"))),
        }
    }
}

fn line(spec: &AgentSpec, point: &AgentStep) -> String {
    let AgentStep { step, episodes, reward, depth, agreement, .. } = point;
    format!(
        "step {step} of {}  {episodes} episodes  reward {reward:.3}  depth {depth:.2}  agreement {agreement:.3}",
        spec.ppo.steps
    )
}

/// How an agent does on held-out documents, as Markdown.
fn table(manifest: &AgentManifest) -> String {
    let held_out = &manifest.held_out;
    let fixed: Vec<String> =
        held_out.per_exit.iter().map(|(blocks, share)| format!("{blocks}: {share:.4}")).collect();
    let mut text = format!(
        "{} tokens of {} held-out documents; agreement of fixed exits with the last block: {}; the first exit that agrees comes after {:.2} blocks on average\n\n\
         | threshold | mean depth | agreement | same exits at random | difference (standard error) |\n| --- | --- | --- | --- | --- |\n",
        held_out.tokens,
        held_out.documents,
        fixed.join(", "),
        held_out.oracle_depth
    );
    for result in &held_out.thresholds {
        let error = result.standard_error.map_or("unknown".to_owned(), |error| format!("{error:.4}"));
        text += &format!(
            "| {} | {:.2} | {:.4} | {:.4} | {:+.4} ({error}) |\n",
            result.threshold,
            result.mean_depth,
            result.agreement,
            result.random_agreement,
            result.agreement - result.random_agreement
        );
    }
    text
}
