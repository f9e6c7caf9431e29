//! `harness rescore`: scores a run's completions again.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable::Shown;

use super::print;
use super::scorers::ScorerArgs;
use super::unfinished::sentence;
use crate::report::terminal_table;
use crate::rescore::{Wishes, rescore};

/// Score the completions of a run again with other scorers, without inference; writes a new run folder
/// beside it.
#[derive(Debug, Args)]
pub struct RescoreArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    scorers: ScorerArgs,
    /// The scorer that figures use [default: the run's, where it is among the scorers].
    #[arg(long, value_name = "NAME")]
    primary_score: Option<String>,
    /// Only this task [default: all].
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// Folder that receives the new run folder [default: the one that holds RUN].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Scores again; the exit code.
pub fn run(args: &RescoreArgs) -> Result<u8> {
    let wishes = Wishes {
        scorers: args.scorers.specs()?,
        primary: args.primary_score.clone(),
        task: args.task.clone(),
    };
    let done = rescore(&args.run, args.out.as_deref(), &wishes)?;
    print(&terminal_table(&done.summary))?;
    let unfinished = sentence(done.unfinished.as_deref());
    print(&format!("\n{unfinished}{}\n", done.folder.shown()))?;
    Ok(done.code)
}
