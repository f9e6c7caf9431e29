//! `harness score`: judges completions that were made elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use harness_task::ScorerSpec;
use serde_json::{Map, Value as Json, json};

use super::sandbox::SandboxArgs;
use super::scorers::ScorerArgs;
use super::{print, print_json};
use crate::score::{Completions, Scored, score_completions, suite_of};
use crate::stop::{MISSING, Stop, unwritable};

/// Judge completions that were made elsewhere against a task set.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// What was asked: a name of `harness list tasks`.
    #[arg(long, value_name = "KIND")]
    task: String,
    /// The task set: a file, or a folder for kinds that read several.
    #[arg(long, value_name = "FILE")]
    set: PathBuf,
    /// JSON lines with `id` and `completion`; several lines of one `id` count for `pass@k`.
    #[arg(long, value_name = "FILE")]
    completions: PathBuf,
    #[command(flatten)]
    scorers: ScorerArgs,
    /// Another key of the suite's `[[task]]`: `--option 'language="java"'`, `--option 'split="test"'`.
    #[arg(long = "option", value_name = "KEY=VALUE")]
    options: Vec<String>,
    /// Model folder whose tokenizer cuts documents; needed for kinds that cut them, such as `code-completion`.
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// Score what is there although items lack a completion.
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    sandbox: SandboxArgs,
    /// Print one JSON object: every score under its name, and `items`, `completions`, `unanswered`, `verdicts`, `reasons`.
    #[arg(long)]
    json: bool,
    /// Also write one JSON line a completion: its text as scored, scores and verdict.
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
}

/// Judges; the exit code.
pub fn run(args: &ScoreArgs) -> Result<u8> {
    if let Some(option) = args.options.iter().find(|option| !option.contains('=')) {
        let message =
            format!("`{option}` is no KEY=VALUE\nhelp: write for example `--option 'language=\"java\"'`");
        return Err(Stop::usage(message).into());
    }
    let specs = args.scorers.specs()?;
    let suite = suite_of(&args.task, &args.set, args.model.as_deref(), specs.as_deref(), &args.options)?;
    if suite.tasks[0].kind.cuts_documents() && args.model.is_none() {
        let message = format!(
            "`{}` cuts documents by a model's tokens, so references depend on the model\nhelp: name its folder with `--model FOLDER`",
            args.task
        );
        return Err(Stop::usage(message).into());
    }
    if suite.tasks[0].kind.forced {
        let message = format!(
            "`{}` is judged by a model's probabilities, which completions do not have\nhelp: run a suite with this task",
            args.task
        );
        return Err(Stop::usage(message).into());
    }
    let completions = Completions {
        file: args.completions.clone(),
        partial: args.partial,
        sandbox: args.sandbox.strength(),
    };
    // Judging may take long: a file that cannot be written is told before.
    let create = |path: &Path| File::create(path).map_err(|error| unwritable(path, &error));
    let items = args.items.as_deref().map(create).transpose()?;
    let scored = score_completions(&suite, &completions)?;
    match args.json {
        true => print_json(&as_json(&scored))?,
        false => print(&as_text(&scored, &suite.tasks[0].scorers))?,
    }
    if let (Some(file), Some(path)) = (items, &args.items) {
        write_items(file, &scored).map_err(|error| unwritable(path, &error))?;
    }
    Ok(if scored.scores.iter().all(|(_, score)| score.is_ok()) { 0 } else { MISSING })
}

fn verdicts(scored: &Scored) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for verdict in scored.rows.iter().filter_map(|row| row.verdict.as_deref()) {
        *counts.entry(verdict).or_insert(0) += 1;
    }
    counts
}

fn as_json(scored: &Scored) -> Json {
    let mut object = Map::new();
    let mut reasons = Map::new();
    for (name, score) in &scored.scores {
        object.insert(name.clone(), score.as_ref().map_or(Json::Null, |value| json!(value)));
        if let Err(reason) = score {
            reasons.insert(name.clone(), json!(reason));
        }
    }
    object.insert("items".to_owned(), json!(scored.items));
    object.insert("completions".to_owned(), json!(scored.rows.len()));
    object.insert("unanswered".to_owned(), json!(scored.unanswered));
    object.insert("verdicts".to_owned(), json!(verdicts(scored)));
    object.insert("reasons".to_owned(), Json::Object(reasons));
    Json::Object(object)
}

fn as_text(scored: &Scored, specs: &[ScorerSpec]) -> String {
    let mut text = format!("{} completions of {} items", scored.rows.len(), scored.items);
    if scored.unanswered > 0 {
        text.push_str(&format!("; {} items have none", scored.unanswered));
    }
    text.push_str("\n\n");
    let width = scored.scores.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for ((name, score), spec) in scored.scores.iter().zip(specs) {
        let range = spec.make().map(|scorer| scorer.range()).unwrap_or((0.0, 1.0));
        let line = match score {
            Ok(value) => format!("{value:<10.4}  from {} to {}", range.0, range.1),
            Err(reason) => format!("none: {reason}"),
        };
        text.push_str(&format!("{name:width$}  {line}\n"));
    }
    let verdicts = verdicts(scored);
    if !verdicts.is_empty() {
        let counts: Vec<String> =
            verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        text.push_str(&format!("\nverdicts: {}\n", counts.join(", ")));
    }
    if let Some(sandbox) = &scored.sandbox {
        text.push_str(&format!("{sandbox}\n"));
    }
    text
}

fn write_items(file: File, scored: &Scored) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    for row in &scored.rows {
        let line = json!({
            "id": row.name,
            "text": row.completion_post.as_ref().unwrap_or(&row.completion),
            "scores": row.score,
            "verdict": row.verdict,
            "reason": row.verdict_reason,
            "seconds": row.program.map(|program| program.seconds),
            "cpu_seconds": row.program.map(|program| program.cpu_seconds),
            "peak_bytes": row.program.map(|program| program.peak_bytes),
        });
        writeln!(file, "{line}")?;
    }
    file.flush()
}
