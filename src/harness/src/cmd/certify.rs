//! `harness certify`: whether a variant is not worse and cheaper, in one joint decision.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable;

use super::{print, print_json};
use crate::gate::certify::{Answer, Claim, certify};
use crate::gate::form::certificate_line;
use crate::limit::{Change, QUALITY};
use crate::stop::Stop;
use crate::store::RunFolder;

/// Say whether variants are not worse than the baseline by more than a margin, and cheaper by at least so much: one joint
/// decision. Exit codes: 0 yes, 1 no, 2 usage, 3 not measurable, 4 cannot tell.
#[derive(Debug, Args)]
pub struct CertifyArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Largest loss of quality that is none, for example `2 points` or `1%` of the baseline's score.
    #[arg(long, value_name = "MARGIN", value_parser = Change::read)]
    quality: Change,
    /// Least that is saved, for example `10%`.
    #[arg(long, value_name = "SHARE", value_parser = Change::read)]
    saves: Change,
    /// The score; without it each task's primary score.
    #[arg(long, value_name = "SCORER", default_value = QUALITY)]
    score: String,
    /// What is saved.
    #[arg(long, value_name = "METRIC", default_value = "energy-per-task")]
    metric: String,
    /// Only this variant; may be given several times.
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<String>,
    /// Only this task; may be given several times.
    #[arg(long = "task", value_name = "NAME")]
    tasks: Vec<String>,
    /// Print the answers as JSON.
    #[arg(long)]
    json: bool,
}

/// Decides and prints; the exit code.
pub fn run(args: &CertifyArgs) -> Result<u8> {
    let lower = Claim::share(args.saves).ok_or_else(|| {
        Stop::usage("`--saves` is no share below 100 %\nhelp: write for example `--saves 10%`")
    })?;
    let claim = Claim { score: args.score.clone(), worse: args.quality, metric: args.metric.clone(), lower };
    let (folder, manifest) = RunFolder::open(&args.run)?;
    let summary = folder.stored_summary(&manifest)?;
    let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    for (what, names, known) in [
        ("variant", &args.variants, summary.rows.iter().map(|row| &row.variant).collect::<Vec<_>>()),
        ("task", &args.tasks, summary.rows.iter().map(|row| &row.task).collect()),
    ] {
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            return Err(Stop::usage(format!(
                "the run has no {what} `{name}`\nhelp: `harness show` lists them"
            ))
            .into());
        }
    }
    let found =
        certify(&summary, &claim, |row| named(&args.variants, &row.variant) && named(&args.tasks, &row.task));
    if args.json {
        print_json(&found)?;
    } else {
        let mut page: String =
            found.iter().map(|found| printable::line(&certificate_line(found)) + "\n").collect();
        if !summary.energy_sentence.is_empty() {
            page += &format!("{}.\n", summary.energy_sentence);
        }
        page += &format!(
            "claim: {} at most {} worse than `{}`'s, and {} at least {} lower; chance of a false yes at most {} for all {} together.\n",
            args.score,
            args.quality,
            summary.baseline,
            args.metric,
            args.saves,
            summary.alpha,
            found.len()
        );
        print(&page)?;
    }
    Ok(Answer::code(found.iter().map(|certificate| certificate.answer)))
}
