//! The course of a training: streams, engine, baseline, model folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use harness_protocol::reply::Accuracy;
use harness_protocol::{Reply, Request, TrainSpec};
use harness_task::{NGram, Tokenizer, prepare, read_documents, read_stream, write_stream};
use serde::{Deserialize, Serialize};

use super::card::{Card, card};
use super::file::TrainFile;
use crate::progress::{minutes, say};
use crate::run::{CellFailure, Engine, listen, write_json};
use crate::stop::{INTERRUPTED, MISSING, Stop};
use crate::suite::EngineSpec;

/// Time without a line from the engine after which it is taken for dead.
const SILENCE: Duration = Duration::from_secs(1800);

/// How often a progress line is printed.
const TELL: Duration = Duration::from_secs(10);

/// The file that keeps what the card tells of all calls together.
const PROGRESS: &str = "progress.json";

/// Order of the baseline that a model must beat.
const NGRAM_ORDER: usize = 5;

/// Trains; the exit code.
pub(crate) fn train(file: &TrainFile, evaluate: &[(String, PathBuf)], fresh: bool) -> Result<u8> {
    listen()?;
    if !file.corpus_folder().is_dir() {
        return Err(Stop::missing(format!(
            "there is no corpus in `{}`\nhelp: fetch it with `scripts/fetch_corpus`",
            file.corpus_folder().display()
        ))
        .into());
    }
    say("reading the corpus: lexing, tokenizer, streams (minutes the first time)");
    let corpus = file.corpus_spec();
    let prepared = prepare(&corpus)?;
    say(&format!(
        "{} documents, {} tokens; {} held-out documents",
        prepared.documents, prepared.tokens, prepared.held_out_documents
    ));
    let tokenizer = Tokenizer::open(file.work())?;
    let evaluate = evaluation_streams(file, evaluate, &tokenizer, &corpus.held_out_stream())?;
    let spec = file.spec(&corpus.train_stream(), evaluate);
    let work = file.work().join("model");
    fs::create_dir_all(&work).with_context(|| format!("cannot create `{}`", work.display()))?;
    let resume = resumable(&work, &spec, fresh)?;
    let trained = match ask_engine(&spec, &work, resume) {
        Ok(trained) => trained,
        Err(failure) if crate::run::requested() => {
            say(&format!("{}; call again to go on from the last checkpoint", failure.reason));
            return Ok(INTERRUPTED);
        }
        Err(failure) => {
            eprintln!("error: {}\nhelp: call again to go on from the last checkpoint", failure.reason);
            return Ok(MISSING);
        }
    };
    say("fitting the 5-gram baseline on the same tokens");
    let baseline = ngram(&spec, &tokenizer)?;
    let card = card(&Card { file, spec: &spec, prepared: &prepared, trained: &trained, baseline: &baseline });
    publish(file.out(), &work, &file.work().join("tokenizer.json"), &card)?;
    say(&format!("wrote {}", file.out().display()));
    Ok(0)
}

/// What the engine said at the end.
pub(crate) struct Trained {
    pub(crate) steps: u64,
    pub(crate) tokens: u64,
    pub(crate) parameters: u64,
    pub(crate) accuracy: Vec<Accuracy>,
    pub(crate) last_loss: Option<f64>,
    pub(crate) hours: f64,
}

/// What the card tells of all calls together.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    seconds: f64,
    loss: Option<f64>,
}

/// Writes the streams on which accuracy is measured: held-out documents, and the task sets asked for.
fn evaluation_streams(
    file: &TrainFile,
    asked: &[(String, PathBuf)],
    tokenizer: &Tokenizer,
    held_out: &Path,
) -> Result<Vec<(String, String)>> {
    let held_out_cut = file.work().join("evaluate-held-out.u16");
    let stream = read_stream(held_out)?;
    let start = tokenizer.id(harness_task::START).unwrap_or(0) as u16;
    let cut = stream.iter().enumerate().skip(file.evaluate_tokens() as usize).find(|(_, id)| **id == start);
    let cut = cut.map_or(stream.len(), |(at, _)| at);
    let bytes: Vec<u8> = stream[..cut].iter().flat_map(|id| id.to_le_bytes()).collect();
    fs::write(&held_out_cut, bytes).with_context(|| format!("cannot write `{}`", held_out_cut.display()))?;
    let mut streams = vec![("held-out".to_owned(), held_out_cut.display().to_string())];
    for (name, documents) in asked {
        let documents = read_documents(documents)?;
        let path = file.work().join(format!("evaluate-{name}.u16"));
        write_stream(&documents, tokenizer, &path, Some(file.evaluate_tokens()))?;
        streams.push((name.clone(), path.display().to_string()));
    }
    Ok(streams)
}

/// A checkpoint of another training must not be continued in silence; what is evaluated may change.
fn resumable(work: &Path, spec: &TrainSpec, fresh: bool) -> Result<bool> {
    let (note, checkpoint) = (work.join("spec.json"), work.join("checkpoint.safetensors"));
    let training = TrainSpec { evaluate: Vec::new(), ..spec.clone() };
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
    let engine = EngineSpec { command: None, device: "cpu".to_owned(), threads: spec.threads };
    let mut engine = Engine::start(&engine, &work.join("engine.log"), SILENCE)?;
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

/// (stream, accuracy, tokens) of an interpolated 5-gram model fitted on the training stream.
fn ngram(spec: &TrainSpec, tokenizer: &Tokenizer) -> Result<Vec<(String, f64, u64)>> {
    let Some(start) = tokenizer.id(harness_task::START).map(|id| id as u16) else {
        bail!("the tokenizer has no `{}`", harness_task::START);
    };
    let stream = read_stream(Path::new(&spec.stream))?;
    let model = NGram::fit(NGRAM_ORDER, &stream, spec.model.vocabulary as usize, start)?;
    let mut accuracies = Vec::new();
    for (name, path) in &spec.evaluate {
        let (right, total) = model.accuracy(&read_stream(Path::new(path))?, &[start]);
        accuracies.push((name.clone(), right as f64 / total as f64, total));
    }
    Ok(accuracies)
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
