//! `harness plan`: checks a suite and prints what a run would do.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use harness_task::ScorerSpec;

use super::{print, suite::SuiteArgs};
use crate::plan::Plan;
use crate::progress::minutes;
use crate::redact::private;
use crate::suite::{EngineSpec, Suite, Variant, check_resources, suite_sha256};

/// Check a suite and print what a run would do, without doing it.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    suite: SuiteArgs,
}

/// Prints the plan; the exit code.
pub fn run(args: &PlanArgs) -> Result<u8> {
    let suite = args.suite.load()?;
    check_resources(&suite)?;
    print(&text(&suite, &Plan::new(&suite), &suite_sha256(&suite)?))?;
    Ok(0)
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
    for block in 0..suite.run.blocks {
        let cells = plan.cells.iter().filter(|cell| cell.block == block);
        let name = |cell: &crate::plan::PlannedCell| match suite.tasks.len() {
            1 => suite.variants[cell.variant].name.clone(),
            _ => format!("{}/{}", suite.tasks[cell.task].name, suite.variants[cell.variant].name),
        };
        lines.push(format!("  block {block:>2}  {}", cells.map(name).collect::<Vec<_>>().join("  ")));
    }
    let at_least = Duration::from_secs_f64(plan.seconds(suite));
    lines.push(format!("at least {}, more where one pass takes longer than `min-window`", minutes(at_least)));
    lines.join("\n") + "\n"
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
