//! `harness certify`: whether a variant is not worse and cheaper, in one joint decision.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::print;
use crate::gate::certify::{Answer, Certificate, Claim, Part, certify};
use crate::limit::{Change, QUALITY};
use crate::report::format::{change, p_value, score_change, score_unit, with_interval};
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
    let lower = match args.saves {
        Change::Relative(share) if share < 1.0 => share,
        _ => {
            return Err(Stop::usage(
                "`--saves` is no share below 100 %\nhelp: write for example `--saves 10%`",
            )
            .into());
        }
    };
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
        print(&(serde_json::to_string_pretty(&found)? + "\n"))?;
    } else {
        let mut page: String = found.iter().map(|certificate| line(certificate) + "\n").collect();
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

fn line(certificate: &Certificate) -> String {
    let Certificate { task, variant, answer, p_holm, parts, why } = certificate;
    let head = format!("{variant} on {task}: {}", answer.word());
    let [quality, amount] = &parts[..] else {
        return format!("{head}: {}", why.as_deref().unwrap_or("no such rows"));
    };
    let told =
        format!("{} {}, {} {}", quality.quantity, of_points(quality), amount.quantity, of_ratio(amount));
    let more = |part: &Part, what: &str| {
        let needed = part.needed.filter(|needed| *needed > part.n)?;
        Some(format!("about {} more {what}", needed - part.n))
    };
    match answer {
        Answer::Yes => format!("{head} ({told}; adjusted p {})", p_value(p_holm.unwrap_or(0.0))),
        Answer::CannotTell => {
            let open: Vec<String> =
                [more(quality, "clusters of items"), more(amount, "blocks")].into_iter().flatten().collect();
            // Without a number the value lies beyond the margin, or too near to it.
            let never: Vec<&str> = parts
                .iter()
                .filter(|part| part.needed.is_none())
                .map(|part| part.quantity.as_str())
                .collect();
            let open = match never.is_empty() {
                true => open.join(" and ") + " would probably tell",
                false => format!(
                    "more would not tell: {} is too near to its margin, or beyond it",
                    never.join(" and ")
                ),
            };
            format!("{head}: {open} ({told})")
        }
        Answer::No | Answer::NotMeasurable => format!("{head} ({told})"),
    }
}

fn of_points(part: &Part) -> String {
    score_change(part.value, part.lo, part.hi, part.width) + score_unit(part.width)
}

fn of_ratio(part: &Part) -> String {
    with_interval(change(part.value), part.lo.map(change), part.hi.map(change)) + " %"
}
