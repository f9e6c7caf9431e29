//! `harness compare`: variants of one run, or runs with one another.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::written;
use crate::compare::form::{FORMS, text};
use crate::compare::{Asked, Pair, Session, compare_runs, compare_variants};
use crate::stop::Stop;

/// Compare the variants of one run, block by block; or runs with one another, each as one session: the first with all
/// others, or those of `--before` with the others. Exit codes: 0, 2 usage or refused, 3 a run is missing or damaged.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Run folders.
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// A run that the others are compared with, in place of the first; may be given several times.
    #[arg(long, value_name = "RUN")]
    before: Vec<PathBuf>,
    /// Of one run: compare with this variant instead of the suite's baseline.
    #[arg(long, value_name = "VARIANT")]
    baseline: Option<String>,
    /// Only this variant; between runs also OLD=NEW, where runs before had another name for it. May be given several
    /// times.
    #[arg(long = "variant", value_name = "NAME", value_parser = Pair::read)]
    variants: Vec<Pair>,
    /// Only this task; may be given several times.
    #[arg(long = "task", value_name = "NAME")]
    tasks: Vec<String>,
    /// Only this metric of `harness list metrics`, or energy-per-correct; may be given several times.
    #[arg(long = "metric", value_name = "NAME")]
    metrics: Vec<String>,
    /// Only this score, or quality for each task's primary one; may be given several times.
    #[arg(long = "score", value_name = "NAME")]
    scores: Vec<String>,
    /// Compare runs that differ in this: class, hardware or suite; every output then says so. May be given several times.
    #[arg(long, value_name = "WHAT")]
    allow: Vec<String>,
    /// Write the comparison in a form of `harness list comparison-forms`, for example `svg=compare.svg`; `-` is the
    /// terminal, in place of the tables.
    #[arg(long, value_name = "FORM=FILE")]
    write: Vec<String>,
}

/// Compares and prints; the exit code.
pub fn run(args: &CompareArgs) -> Result<u8> {
    written::check(FORMS, &args.write)?;
    let asked = Asked {
        tasks: args.tasks.clone(),
        variants: args.variants.clone(),
        metrics: args.metrics.clone(),
        scores: args.scores.clone(),
    };
    let report = match (&args.runs[..], &args.before[..]) {
        ([_], []) if !args.allow.is_empty() => {
            return Err(Stop::usage(
                "`--allow` is for several runs\nhelp: leave it out, or name another run",
            )
            .into());
        }
        ([only], []) => compare_variants(Session::open(only)?, args.baseline.as_deref(), &asked)?,
        (runs, before) => {
            if args.baseline.is_some() {
                return Err(Stop::usage(
                    "`--baseline` is for the variants of one run\nhelp: leave it out, or name one run",
                )
                .into());
            }
            let paths: Vec<&PathBuf> = before.iter().chain(runs).collect();
            let mut sessions = Session::open_all(&paths)?;
            let after = sessions.split_off(before.len().max(1));
            compare_runs(&sessions, &after, &asked, &args.allow)?
        }
    };
    written::tell(FORMS, &args.write, &report, || text(&report))?;
    Ok(0)
}
