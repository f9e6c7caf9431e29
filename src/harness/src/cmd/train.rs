//! `harness train`: trains the model that a training file describes.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::train::{TrainFile, train};

/// Train the model that a training file describes; called again it goes on from the last checkpoint.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The training file, such as suites/train/mini_code.toml.
    file: PathBuf,
    /// Begin anew, even if there is a checkpoint.
    #[arg(long)]
    fresh: bool,
}

/// Trains; the exit code.
pub fn run(args: &TrainArgs) -> Result<u8> {
    train(&TrainFile::read(&args.file)?, args.fresh)
}
