//! The canonical form of a suite: every value that counts, and its hash.

use std::path::{Component, Path, PathBuf};

use harness_meter::Settings;
use harness_task::{Cut, Language, Order, Split};
use serde_json::{Value as Json, json};

use crate::hash;

use super::checked::{ItemsPerBlock, Suite, TaskSpec, Variant};
use super::content::content_sha256;

/// SHA-256 of the suite's canonical JSON without `name`, every path replaced by the hash of what is
/// there: two suites with the same hash measure the same. 64 lower-case hexadecimal digits.
///
/// # Errors
/// A model or data file cannot be read.
pub fn suite_sha256(suite: &Suite) -> anyhow::Result<String> {
    let mut form = form(suite, content_sha256)?;
    if let Some(form) = form.as_object_mut() {
        form.remove("name");
    }
    let mut text = String::new();
    write_sorted(&form, &mut text);
    Ok(hash::text(&text))
}

/// The canonical form with paths relative to the suite's folder, so that it says nothing about where
/// the checkout lies.
pub(crate) fn resolved(suite: &Suite, folder: &Path) -> Json {
    let relative = |path: &Path| Ok::<_, std::convert::Infallible>(relative(path, folder));
    match form(suite, relative) {
        Ok(form) => form,
        Err(never) => match never {},
    }
}

fn form<E>(suite: &Suite, mut path: impl FnMut(&Path) -> Result<String, E>) -> Result<Json, E> {
    let tasks = suite.tasks.iter().map(|spec| task(spec, &mut path)).collect::<Result<Vec<_>, E>>()?;
    let variants =
        suite.variants.iter().map(|spec| variant(spec, &mut path)).collect::<Result<Vec<_>, E>>()?;
    let run = &suite.run;
    Ok(json!({
        "schema": 1,
        "name": suite.name,
        "seed": suite.seed,
        "meters": suite.meters,
        "meter": meter(&suite.meter, &mut path)?,
        "baseline": suite.baseline,
        "run": {
            "blocks": run.blocks,
            "items-per-block": match run.items_per_block {
                ItemsPerBlock::Auto => json!("auto"),
                ItemsPerBlock::All => json!("all"),
                ItemsPerBlock::Count(count) => json!(count),
            },
            "min-window": humantime::format_duration(run.min_window).to_string(),
            "settle": humantime::format_duration(run.settle).to_string(),
            "idle": humantime::format_duration(run.idle).to_string(),
            "warm-up-items": run.warm_up_items,
            "load-timeout": humantime::format_duration(run.load_timeout).to_string(),
            "cell-timeout": humantime::format_duration(run.cell_timeout).to_string(),
            "domains": run.domains,
            "max-steal": run.max_steal,
            "max-foreign-load": run.max_foreign_load,
        },
        "engine": {
            "command": suite.engine.command,
            "device": suite.engine.device,
            "threads": suite.engine.threads,
        },
        "task": tasks,
        "variant": variants,
        "analysis": {
            "metric": suite.analysis.metric,
            "alpha": suite.analysis.alpha,
            "practical": suite.analysis.practical,
            "family": suite.analysis.family,
        },
        "account": suite.account.as_ref().map(|account| json!({ "grid-g-per-kwh": account.grid_g_per_kwh })),
        "gate": suite.gates.iter()
            .map(|gate| json!({ "metric": gate.metric, "max-increase": gate.max_increase }))
            .collect::<Vec<_>>(),
    }))
}

fn meter<E>(settings: &Settings, path: &mut impl FnMut(&Path) -> Result<String, E>) -> Result<Json, E> {
    let mut form = json!(settings);
    if let Some(recording) = &settings.replay.path {
        form["replay"]["path"] = path(recording)?.into();
    }
    Ok(form)
}

fn task<E>(spec: &TaskSpec, mut path: &mut impl FnMut(&Path) -> Result<String, E>) -> Result<Json, E> {
    let columns: std::collections::BTreeMap<_, _> = spec.read.columns.iter().cloned().collect();
    Ok(json!({
        "name": spec.name,
        "kind": spec.kind.name,
        "path": path(&spec.path)?,
        "sha256": spec.sha256,
        "columns": columns,
        "split": spec.read.split.map_or("all", Split::name),
        "families": spec.read.families,
        "recipes": spec.read.recipes,
        "seeds": spec.read.seeds,
        "language": spec.language.map(Language::name),
        "system": spec.prompting.system,
        "few-shot": spec.prompting.few_shot,
        "few-shot-path": spec.prompting.few_shot_path.as_deref().map(&mut path).transpose()?,
        "chat-template": if spec.prompting.chat { "model" } else { "none" },
        "limit": spec.limit,
        "paper-count": spec.paper_count,
        "order": match spec.order {
            Order::Shuffled => "shuffled",
            Order::File => "file",
        },
        "context": spec.context,
        "cut": match spec.cut {
            Cut::ModelTokens => "model-tokens",
            Cut::WhitespaceTokens => "whitespace-tokens",
        },
        "new-tokens": spec.new_tokens,
        "max-context": spec.max_context,
        "decode": spec.decode,
        "stop": spec.stop,
        "post-process": spec.post_process,
        "scorers": spec.scorers,
        "primary-score": spec.primary_score,
    }))
}

fn variant<E>(spec: &Variant, path: &mut impl FnMut(&Path) -> Result<String, E>) -> Result<Json, E> {
    let folder = spec.model.path.as_ref().map(|folder| path(Path::new(folder))).transpose()?;
    Ok(json!({
        "name": spec.name,
        "model": { "kind": spec.model.kind, "path": folder, "dtype": spec.model.dtype },
        "compress": spec.compress,
        "exit": spec.exit,
        "batch-size": spec.batch_size,
    }))
}

/// Objects with their keys sorted, whatever order the JSON library keeps them in.
fn write_sorted(value: &Json, out: &mut String) {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(value, out);
            }
            out.push('}');
        }
        Json::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_sorted(value, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The way from `folder` to `path`, both absolute, by their names alone.
fn relative(path: &Path, folder: &Path) -> String {
    let (path, folder) = (normal(path), normal(folder));
    let shared = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let mut way: PathBuf = folder.iter().skip(shared).map(|_| "..").collect();
    way.extend(path.iter().skip(shared));
    way.to_string_lossy().into_owned()
}

fn normal(path: &Path) -> Vec<std::ffi::OsString> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name.to_owned()),
            Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    names
}
