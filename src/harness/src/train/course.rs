//! The course of a training: engine, meters, baseline, model folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use harness_meter::proc;
use harness_protocol::{FaultKind, Reply, Request, TrainSpec};
use harness_text::printable::{self, Shown};

use super::base::Base;
use super::card::{Card, Trained, card};
use super::curve::Curve;
use super::file::TrainFile;
use super::metered::Metered;
use super::progress::{Progress, Step};
use super::publish::publish;
use super::resume::resumable;
use super::streams::Streams;
use crate::engine::{CellFailure, Engine};
use crate::interrupt::{listen, requested};
use crate::progress::say;
use crate::stop::{INTERRUPTED, MISSING};
use crate::suite::EngineSpec;

/// Time without a line from the engine after which it is taken for dead.
pub(super) const SILENCE: Duration = Duration::from_secs(1800);

/// Trains; the exit code.
pub(crate) fn train(file: &TrainFile, evaluate: &[(String, PathBuf)], fresh: bool) -> Result<u8> {
    listen()?;
    let base = Base::open(file)?;
    let streams = Streams::make(file, &base, evaluate)?;
    let spec = file.spec(&base, &streams);
    let work = file.work().join("model");
    fs::create_dir_all(&work).with_context(|| format!("cannot create `{}`", work.shown()))?;
    let resume = resumable(&work, &spec, fresh)?;
    let mut metered = Metered::open(file, &spec, &work)?;
    let trained = match ask_engine(&spec, &work, resume, &mut metered) {
        Ok(trained) => trained,
        Err(Ended::Here(error)) => return Err(error),
        Err(Ended::Engine(failure)) if requested() => {
            say(&format!("{}; call again to go on from the last checkpoint", failure.reason));
            return Ok(INTERRUPTED);
        }
        Err(Ended::Engine(failure)) => {
            say(&format!("error: {}\nhelp: {}", printable::short(&failure.reason), help(&failure)));
            return Ok(MISSING);
        }
    };
    let energy = metered.finish(trained.hours * 3600.0)?;
    say(&energy.sentence());
    let baseline = streams.baseline(base.vocabulary)?;
    let card = card(&Card {
        file,
        base: &base,
        spec: &spec,
        prepared: &streams.prepared,
        trained: &trained,
        energy: &energy,
        baseline: &baseline,
    });
    publish(file.out(), file.work(), &work, &card)?;
    say(&format!("wrote {}", file.out().shown()));
    Ok(0)
}

/// Why there is no model.
enum Ended {
    /// The engine failed, or was not awaited any longer.
    Engine(CellFailure),
    /// A file could not be written.
    Here(anyhow::Error),
}

impl From<CellFailure> for Ended {
    fn from(failure: CellFailure) -> Self {
        Self::Engine(failure)
    }
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Self {
        Self::Here(error)
    }
}

/// The next action after a failure: what cannot be done here will not be done by calling again.
fn help(failure: &CellFailure) -> &'static str {
    match failure.fault {
        Some(FaultKind::Unsupported) => {
            "change `steps.device` or `steps.matmul` in the training file, or train on another machine"
        }
        Some(FaultKind::BadRequest) => "mend the training file: suites/README.md explains its keys",
        Some(FaultKind::OutOfMemory) => {
            "make `steps.batch` smaller and `steps.accumulate` larger in the training file, or set `gradient-checkpointing = true`, then call again"
        }
        _ => "call again to go on from the last checkpoint",
    }
}

fn ask_engine(spec: &TrainSpec, work: &Path, resume: bool, metered: &mut Metered) -> Result<Trained, Ended> {
    let engine = EngineSpec { command: None, device: spec.device.clone(), threads: spec.threads };
    let mut engine =
        Engine::start_for(spec.matmul, &engine, &work.join("engine.log"), SILENCE, Path::new(proc::ROOT))?;
    let mut curve = Curve::open(work)?;
    let mut progress = Progress::open(work);
    metered.begin(&engine);
    let out = work.display().to_string();
    engine.send(&Request::Train { spec: Box::new(spec.clone()), out, resume })?;
    let ended = follow(spec, &mut engine, &mut curve, &mut progress, metered);
    // Whatever ended it: what it took is written down.
    progress.note();
    metered.pause()?;
    curve.flush()?;
    ended
}

/// Notes what the engine tells, until it has trained.
fn follow(
    spec: &TrainSpec,
    engine: &mut Engine,
    curve: &mut Curve,
    progress: &mut Progress,
    metered: &mut Metered,
) -> Result<Trained, Ended> {
    let mut seen = 0;
    loop {
        match engine.receive(Instant::now() + SILENCE, "train")? {
            Reply::Step { step, tokens, loss, per_exit, t_ns } => {
                seen = tokens;
                curve.step(step, tokens, loss, &per_exit)?;
                progress.step(spec, &Step { step, tokens, loss, per_exit: &per_exit, t_ns });
                metered.look()?;
            }
            Reply::Measured { step, accuracy } => {
                curve.measured(step, seen, &accuracy)?;
                curve.flush()?;
                let told: Vec<String> =
                    accuracy.per_exit.iter().map(|(exit, share)| format!("{exit}: {share:.3}")).collect();
                say(&format!("step {step}  accuracy on `{}`: exits {}", accuracy.name, told.join(", ")));
            }
            Reply::Trained { steps, tokens, parameters, accuracy, .. } => {
                let (last_loss, hours) = (progress.last_loss(), progress.seconds() / 3600.0);
                return Ok(Trained { steps, tokens, parameters, accuracy, last_loss, hours });
            }
            _ => return Err(CellFailure::failed("`train` was answered with something else").into()),
        }
    }
}
