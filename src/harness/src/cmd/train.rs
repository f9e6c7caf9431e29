//! `harness train`: trains the model that a training file describes.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::stop::Stop;
use crate::train::{AgentFile, TrainFile, evaluate_only, train, train_agent};

/// Train the model or the exit agent that a training file describes; called again, a model goes on from its last checkpoint.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The training file, such as suites/train/mini_code.toml.
    file: PathBuf,
    /// Also measure next-token accuracy on the documents of this file, beside the held-out ones.
    #[arg(long, value_name = "NAME=FILE", value_parser = name_and_file)]
    evaluate: Vec<(String, PathBuf)>,
    /// Begin anew, even if there is a checkpoint.
    #[arg(long)]
    fresh: bool,
    /// Train nothing: measure the model that is already there, on the CPU, and print its accuracy at each exit.
    #[arg(long, conflicts_with = "fresh")]
    evaluate_only: bool,
}

/// Trains or measures; the exit code.
pub fn run(args: &TrainArgs) -> Result<u8> {
    if AgentFile::is_one(&args.file) {
        if args.evaluate_only || !args.evaluate.is_empty() {
            let message = "`--evaluate` and `--evaluate-only` are for models\nhelp: leave them out: an agent is measured on `corpus.held-out` documents when it is trained";
            return Err(Stop::usage(message).into());
        }
        return train_agent(&AgentFile::read(&args.file)?);
    }
    let file = TrainFile::read(&args.file)?;
    if args.evaluate_only {
        evaluate_only(&file, &args.evaluate)
    } else {
        train(&file, &args.evaluate, args.fresh)
    }
}

fn name_and_file(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    let plain =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if plain { Ok((name.to_owned(), file.into())) } else { Err("a name holds a-z, 0-9 and `-`".to_owned()) }
}
