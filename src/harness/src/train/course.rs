//! The course of a training: engine, baseline, model folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use harness_meter::proc;
use harness_protocol::{FaultKind, Matmul, Reply, Request, TrainSpec};
use serde::{Deserialize, Serialize};

use super::card::{Card, Trained, card};
use super::file::TrainFile;
use super::streams::Streams;
use crate::engine::{CellFailure, Engine};
use crate::interrupt::{listen, requested};
use crate::progress::{minutes, say};
use crate::stop::{INTERRUPTED, MISSING, Stop};
use crate::store::write_json;
use crate::suite::EngineSpec;

/// Time without a line from the engine after which it is taken for dead.
pub(super) const SILENCE: Duration = Duration::from_secs(1800);

/// How often a progress line is printed.
const TELL: Duration = Duration::from_secs(10);

/// The file that keeps what the card tells of all calls together.
const PROGRESS: &str = "progress.json";

/// Trains; the exit code.
pub(crate) fn train(file: &TrainFile, evaluate: &[(String, PathBuf)], fresh: bool) -> Result<u8> {
    listen()?;
    let streams = Streams::make(file, evaluate)?;
    let spec = file.spec(&streams.train, streams.evaluate.clone());
    let work = file.work().join("model");
    fs::create_dir_all(&work).with_context(|| format!("cannot create `{}`", work.display()))?;
    let resume = resumable(&work, &spec, fresh)?;
    let trained = match ask_engine(&spec, &work, resume) {
        Ok(trained) => trained,
        Err(failure) if requested() => {
            say(&format!("{}; call again to go on from the last checkpoint", failure.reason));
            return Ok(INTERRUPTED);
        }
        Err(failure) => {
            eprintln!("error: {}\nhelp: {}", failure.reason, help(&failure));
            return Ok(MISSING);
        }
    };
    let baseline = streams.baseline(spec.model.vocabulary)?;
    let card = card(&Card {
        file,
        spec: &spec,
        prepared: &streams.prepared,
        trained: &trained,
        baseline: &baseline,
    });
    publish(file.out(), &work, &file.work().join("tokenizer.json"), &card)?;
    say(&format!("wrote {}", file.out().display()));
    Ok(0)
}

/// What the card tells of all calls together.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    seconds: f64,
    loss: Option<f64>,
}

/// The next action after a failure: what cannot be done here will not be done by calling again.
fn help(failure: &CellFailure) -> &'static str {
    match failure.fault {
        Some(FaultKind::Unsupported) => {
            "change `steps.device` or `steps.matmul` in the training file, or train on another machine"
        }
        Some(FaultKind::BadRequest) => "mend the training file: suites/README.md explains its keys",
        Some(FaultKind::OutOfMemory) => "make `steps.batch` smaller in the training file, then call again",
        _ => "call again to go on from the last checkpoint",
    }
}

/// A checkpoint of another training must not be continued in silence; what is evaluated, and where and how
/// exactly is computed, may change.
fn resumable(work: &Path, spec: &TrainSpec, fresh: bool) -> Result<bool> {
    let (note, checkpoint) = (work.join("spec.json"), work.join("checkpoint.safetensors"));
    let training = TrainSpec {
        evaluate: Vec::new(),
        device: "cpu".to_owned(),
        matmul: Matmul::F32,
        threads: 1,
        ..spec.clone()
    };
    let noted = fs::read(&note).ok().and_then(|text| serde_json::from_slice::<TrainSpec>(&text).ok());
    if checkpoint.is_file() && noted.as_ref() != Some(&training) && !fresh {
        let message = format!(
            "`{}` holds a checkpoint of another training\nhelp: pass `--fresh` to begin anew, or restore the training file",
            work.display()
        );
        return Err(Stop::usage(message).into());
    }
    if fresh {
        for old in [work.join(PROGRESS), checkpoint] {
            if old.is_file() {
                fs::remove_file(&old).with_context(|| format!("cannot remove `{}`", old.display()))?;
            }
        }
    }
    write_json(&note, &training)?;
    Ok(!fresh)
}

fn ask_engine(spec: &TrainSpec, work: &Path, resume: bool) -> Result<Trained, CellFailure> {
    let engine = EngineSpec { command: None, device: spec.device.clone(), threads: spec.threads };
    let mut engine =
        Engine::start_for(spec.matmul, &engine, &work.join("engine.log"), SILENCE, Path::new(proc::ROOT))?;
    let out = work.display().to_string();
    engine.send(&Request::Train { spec: spec.clone(), out, resume })?;
    let mut first = None;
    let mut told = Instant::now() - TELL;
    let noted = work.join(PROGRESS);
    let mut progress: Progress =
        fs::read(&noted).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let earlier = progress.seconds;
    let begun = Instant::now();
    loop {
        match engine.receive(Instant::now() + SILENCE, "train")? {
            Reply::Step { step, tokens, loss, per_exit, t_ns } => {
                let (first_tokens, first_ns) = *first.get_or_insert((tokens, t_ns));
                progress.loss = Some(loss);
                if told.elapsed() >= TELL {
                    told = Instant::now();
                    progress.seconds = earlier + begun.elapsed().as_secs_f64();
                    // Not worth ending a training for: only the card's hours would be too few.
                    let _ = write_json(&noted, &progress);
                    let rate = (tokens - first_tokens) as f64 / ((t_ns - first_ns) as f64 * 1e-9);
                    say(&line(spec, step, tokens, loss, &per_exit, rate));
                }
            }
            Reply::Trained { steps, tokens, parameters, accuracy, .. } => {
                let hours = (earlier + begun.elapsed().as_secs_f64()) / 3600.0;
                let last_loss = progress.loss;
                return Ok(Trained { steps, tokens, parameters, accuracy, last_loss, hours });
            }
            _ => return Err(CellFailure::failed("`train` was answered with something else")),
        }
    }
}

fn line(spec: &TrainSpec, step: u64, tokens: u64, loss: f64, per_exit: &[(u32, f64)], rate: f64) -> String {
    let exits: Vec<String> = per_exit.iter().map(|(exit, loss)| format!("{exit}: {loss:.3}")).collect();
    let left = if rate > 0.0 {
        let seconds = spec.tokens.saturating_sub(tokens) as f64 / rate;
        format!("  {rate:.0} tokens/s  ~{} left", minutes(Duration::from_secs_f64(seconds)))
    } else {
        String::new()
    };
    format!(
        "step {step}  {tokens} of {} tokens  loss {loss:.3}  (exits {}){left}",
        spec.tokens,
        exits.join(", ")
    )
}

/// Copies what a model folder needs; the weights last, so that a folder with weights is whole.
fn publish(out: &Path, model: &Path, tokenizer: &Path, card: &str) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot create `{}`", out.display()))?;
    let weights = out.join("model.safetensors");
    if weights.is_file() {
        fs::remove_file(&weights).with_context(|| format!("cannot replace `{}`", weights.display()))?;
    }
    fs::write(out.join("README.md"), card)
        .with_context(|| format!("cannot write into `{}`", out.display()))?;
    let copy = |from: PathBuf, name: &str| {
        let partial = out.join(format!("{name}.partial"));
        fs::copy(&from, &partial).and_then(|_| fs::rename(&partial, out.join(name)))
    };
    for (from, name) in [
        (tokenizer.to_path_buf(), "tokenizer.json"),
        (model.join("config.json"), "config.json"),
        (model.join("model.safetensors"), "model.safetensors"),
    ] {
        copy(from, name).with_context(|| format!("cannot write `{name}` into `{}`", out.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_may_move_to_another_device_but_not_into_another_training() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/train/mini_code.toml");
        let spec = TrainFile::read(Path::new(path)).unwrap().spec(Path::new("train.u16"), Vec::new());
        let work = tempfile::tempdir().unwrap();
        assert!(resumable(work.path(), &spec, false).unwrap());
        fs::write(work.path().join("checkpoint.safetensors"), "").unwrap();

        let moved = TrainSpec { device: "cpu".to_owned(), matmul: Matmul::F32, threads: 2, ..spec.clone() };
        assert!(moved != spec && resumable(work.path(), &moved, false).unwrap());
        let other = TrainSpec { seed: spec.seed + 1, ..spec };
        let message = resumable(work.path(), &other, false).unwrap_err().to_string();
        assert!(
            message.contains("a checkpoint of another training") && message.contains("--fresh"),
            "{message}"
        );
    }
}
