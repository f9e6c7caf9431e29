//! `harness plan`: checks a suite and prints what a run would do.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use harness_task::ScorerSpec;
use harness_text::printable::{self, Shown};

use super::{print, suite::SuiteArgs};
use crate::limit::Change;
use crate::plan::Plan;
use crate::power::{Aim, sentences};
use crate::progress::minutes;
use crate::ready;
use crate::redact::private;
use crate::stop::Stop;
use crate::store::RunFolder;
use crate::suite::{EngineSpec, Suite, Variant, suite_sha256};
use crate::summary::power::{POWER, largest_spread};

/// Check a suite and print what a run would do, without doing it.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// Tell how many blocks find a change with this chance, for example `80%`.
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    power: Option<f64>,
    /// The smallest change that is to be found, for example `2%`.
    #[arg(long, value_name = "CHANGE", value_parser = share)]
    effect: Option<f64>,
    /// Tell what can be found in so many minutes.
    #[arg(long, value_name = "MINUTES")]
    max_minutes: Option<f64>,
    /// By how much the ratios of blocks scatter, for example `2%`: their standard deviation.
    #[arg(long, value_name = "SPREAD", value_parser = share, conflicts_with = "like")]
    spread: Option<f64>,
    /// Take that from a run of this suite or one like it.
    #[arg(long, value_name = "RUN")]
    like: Option<PathBuf>,
}

/// A percentage above 0 and below 100 %.
fn share(text: &str) -> Result<f64, String> {
    match Change::read(text)? {
        Change::Relative(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err(format!("`{text}` is no percentage above 0 and below 100 %")),
    }
}

/// Prints the plan; the exit code.
pub fn run(args: &PlanArgs) -> Result<u8> {
    let suite = args.suite.load()?;
    ready::check(&suite)?;
    let aim = aim(args, &suite)?;
    let mut page = text(&suite, &Plan::new(&suite), &suite_sha256(&suite)?);
    page.extend(aim.iter().flat_map(|aim| sentences(&suite, aim)).map(|line| line + "\n"));
    print(&page)?;
    Ok(0)
}

/// What is asked of the plan's power; None: nothing.
fn aim(args: &PlanArgs, suite: &Suite) -> Result<Option<Aim>> {
    if args.power.is_none() && args.effect.is_none() && args.max_minutes.is_none() {
        return Ok(None);
    }
    if args.max_minutes.is_some_and(|minutes| !(minutes > 0.0 && minutes.is_finite())) {
        return Err(Stop::usage(
            "`--max-minutes` is no time above 0\nhelp: write for example `--max-minutes 30`",
        )
        .into());
    }
    let spread = match (args.spread, &args.like) {
        (Some(spread), _) => (spread, "as given".to_owned()),
        (None, Some(run)) => {
            let (folder, manifest) = RunFolder::open(run)?;
            let summary = folder.stored_summary(&manifest)?;
            let (spread, row) = largest_spread(&summary, &suite.analysis.metric).ok_or_else(|| {
                Stop::missing(format!(
                    "`{}` tells no scatter of `{}`\nhelp: name another run, or give `--spread 2%`",
                    run.shown(),
                    suite.analysis.metric
                ))
            })?;
            (spread, format!("the most in that run: {} on {}", row.variant, row.task))
        }
        (None, None) => {
            return Err(Stop::usage(
                "nothing tells by how much blocks scatter\nhelp: name a run with `--like RUN`, or give `--spread 2%`",
            )
            .into());
        }
    };
    let power = args.power.unwrap_or(POWER);
    Ok(Some(Aim { power, effect: args.effect, spread, max_minutes: args.max_minutes }))
}

fn text(suite: &Suite, plan: &Plan, sha256: &str) -> String {
    let mut lines =
        vec![format!("suite {}, sha256 {sha256}, seed {}", suite.name, suite.seed), "variants:".to_owned()];
    let width = suite.variants.iter().map(|variant| variant.name.len()).max().unwrap_or(0);
    let one_engine = suite.variants.iter().all(|variant| variant.engine == suite.variants[0].engine);
    for variant in &suite.variants {
        let baseline = if variant.name == suite.baseline { "  (baseline)" } else { "" };
        let engine = if one_engine { String::new() } else { engine(&variant.engine) };
        lines.push(format!("  {:<width$}  {}{engine}{baseline}", variant.name, describe(variant)));
    }
    lines.push("tasks:".to_owned());
    for task in &suite.tasks {
        let path = private(&task.path);
        let scorers: Vec<&str> = task.scorers.iter().map(ScorerSpec::name).collect();
        let scorers = scorers.join(", ");
        lines.push(format!(
            "  {}  {}, {path}, {} new tokens, scored by {scorers}",
            task.name, task.kind.name, task.new_tokens
        ));
    }
    lines.push(format!("order of the {} cells:", plan.cells.len()));
    for cells in plan.cells.chunk_by(|one, next| one.block == next.block) {
        let name = |cell: &crate::plan::PlannedCell| match suite.tasks.len() {
            1 => suite.variants[cell.variant].name.clone(),
            _ => format!("{}/{}", suite.tasks[cell.task].name, suite.variants[cell.variant].name),
        };
        let block = cells.first().map_or(0, |cell| cell.block);
        lines.push(format!("  block {block:>2}  {}", cells.iter().map(name).collect::<Vec<_>>().join("  ")));
    }
    let at_least = Duration::from_secs_f64(plan.seconds(suite));
    lines.push(format!("at least {}, more where one pass takes longer than `min-window`", minutes(at_least)));
    // Paths and commands are the suite's own words.
    lines.iter().map(|line| printable::line(line) + "\n").collect()
}

/// What runs a variant, where others run on something else.
fn engine(engine: &EngineSpec) -> String {
    let command = engine.command.as_ref().map_or("harness-engine".to_owned(), |words| words.join(" "));
    format!(", by `{command}`, threads {}", engine.threads)
}

fn describe(variant: &Variant) -> String {
    let model = match &variant.model.path {
        Some(path) => private(path.as_ref()),
        None => variant.model.kind.clone(),
    };
    let parameters = |parameters: &serde_json::Map<String, serde_json::Value>| {
        let list: Vec<String> = parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        if list.is_empty() { String::new() } else { format!(" ({})", list.join(", ")) }
    };
    let mut text = format!("{model} in {}", variant.model.dtype);
    for step in &variant.compress {
        text += &format!(", {}{}", step.name, parameters(&step.parameters));
    }
    if let Some(exit) = &variant.exit {
        text += &format!(", exit {}{}", exit.policy, parameters(&exit.parameters));
    }
    text
}
