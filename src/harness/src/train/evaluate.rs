//! `--evaluate-only`: the accuracy of a model that is already there, measured as its training would have.

use std::path::{Path, PathBuf};
use std::time::Instant;

use harness_meter::proc;
use harness_protocol::reply::Accuracy;
use harness_protocol::{Reply, Request};
use harness_text::Tokenizer;
use harness_text::printable::Shown;

use super::base::Base;
use super::card::accuracy_table;
use super::course::SILENCE;
use super::file::TrainFile;
use super::streams::Streams;
use crate::engine::{CellFailure, Engine};
use crate::interrupt::{listen, requested};
use crate::print::print;
use crate::progress::say;
use crate::stop::{INTERRUPTED, Stop};
use crate::suite::EngineSpec;

/// Prints accuracy per exit beside the 5-gram's; the exit code.
pub(crate) fn evaluate_only(file: &TrainFile, asked: &[(String, PathBuf)]) -> anyhow::Result<u8> {
    listen()?;
    let out = file.out().shown();
    if !file.out().join("model.safetensors").is_file() {
        let message = format!("there is no model in `{out}`\nhelp: train it, without `--evaluate-only`");
        return Err(Stop::missing(message).into());
    }
    let base = Base::open(file)?;
    let streams = Streams::make(file, &base, asked)?;
    if Tokenizer::open(file.out())?.sha256() != streams.prepared.tokenizer_sha256 {
        let message = format!(
            "the corpus gives another tokenizer than the one in `{out}`\n\
             help: use the training file and the corpus that the model was made with"
        );
        return Err(Stop::missing(message).into());
    }
    say("measuring the model's exits");
    let (weights, accuracy) = match ask_engine(file, &streams) {
        Ok(measured) => measured,
        Err(failure) if requested() => {
            say(&failure.reason);
            return Ok(INTERRUPTED);
        }
        Err(failure) => {
            let message =
                format!("{}\nhelp: look whether `{out}` is what the training file describes", failure.reason);
            return Err(Stop::missing(message).into());
        }
    };
    let baseline = streams.baseline(base.vocabulary)?;
    print(&format!("weights {weights}\n5-gram fitted on {} tokens\n\n", streams.prepared.tokens))?;
    print(&accuracy_table(&accuracy, &baseline))?;
    Ok(0)
}

/// The weights' SHA-256 and the accuracies; on the CPU, so that a model trained on a GPU can be measured anywhere.
fn ask_engine(file: &TrainFile, streams: &Streams) -> Result<(String, Vec<Accuracy>), CellFailure> {
    let (device, threads) = ("cpu".to_owned(), file.steps.threads);
    let engine = EngineSpec { command: None, device: device.clone(), threads };
    let mut engine = Engine::start(&engine, &file.work().join("engine.log"), SILENCE, Path::new(proc::ROOT))?;
    engine.send(&Request::Evaluate {
        model: file.out().display().to_string(),
        streams: streams.evaluate.clone(),
        document_start: streams.prepared.boundary.start,
        sequence: file.steps.sequence,
        device,
        threads,
    })?;
    match engine.receive(Instant::now() + SILENCE, "evaluate")? {
        Reply::Evaluated { weights_sha256, accuracy } => Ok((weights_sha256, accuracy)),
        _ => Err(CellFailure::failed("`evaluate` was answered with something else")),
    }
}
