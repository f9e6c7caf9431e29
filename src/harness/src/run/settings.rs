//! What a summary needs to know of a suite's variants and tasks to compare their energies.

use std::path::Path;

use harness_protocol::{Compression, Decode, EXITS, Exit, Value};
use serde_json::{Map, Value as Json};

use crate::redact::private;
use crate::suite::{EngineSpec, Suite, TaskSpec, Variant};
use crate::summary::{KEY_VALUE, LAST, Settings, TaskSetting, VariantSetting};

/// The settings of all variants and tasks.
pub(super) fn settings(suite: &Suite) -> Settings {
    Settings {
        variants: suite.variants.iter().map(|own| (own.name.clone(), variant(own))).collect(),
        tasks: suite.tasks.iter().map(|own| (own.name.clone(), task(own))).collect(),
    }
}

fn variant(variant: &Variant) -> VariantSetting {
    let source = &variant.model;
    let place = source.path.as_ref().map(|path| private(Path::new(path))).or(source.hub.clone());
    let revision = source.revision.as_ref().map_or(String::new(), |revision| format!("@{revision}"));
    VariantSetting {
        model: place.unwrap_or_else(|| source.kind.clone()) + &revision,
        dtype: source.dtype.clone(),
        compression: variant.compress.iter().map(compression).collect(),
        engine: engine(&variant.engine),
        batch_size: variant.batch_size,
        exit: variant.exit.as_ref().map(exit),
        cache: cache(variant),
        head: head(variant),
    }
}

fn task(task: &TaskSpec) -> TaskSetting {
    let decode = match &task.decode {
        Decode::Greedy => "greedy",
        Decode::Sample(_) => "sample",
        Decode::Forced => "forced",
    };
    TaskSetting { context_fraction: task.context.clone(), decode: decode.to_owned() }
}

/// What a variant keeps for tokens to come.
pub(super) fn cache(variant: &Variant) -> Option<String> {
    word(variant, "cache", KEY_VALUE)
}

/// Positions that a variant's head computes.
pub(super) fn head(variant: &Variant) -> Option<String> {
    word(variant, "head", LAST)
}

/// A word of the exit policy, else what holds without one.
fn word(variant: &Variant, key: &str, without: &str) -> Option<String> {
    let told = variant.exit.as_ref().and_then(|exit| exit.parameters.get(key)?.as_str());
    told.or(variant.engine.is_own().then_some(without)).map(str::to_owned)
}

/// The policy without the names of folders that only this machine has.
fn exit(exit: &Exit) -> Exit {
    let mut kept = exit.clone();
    for (name, value) in &mut kept.parameters {
        if let (true, Some(path)) = (is_path(&exit.policy, name), value.as_str()) {
            *value = private(Path::new(path)).into();
        }
    }
    kept
}

/// Whether a policy's parameter is a file.
pub(super) fn is_path(policy: &str, parameter: &str) -> bool {
    let entries = EXITS.iter().filter(|entry| entry.name == policy);
    entries.flat_map(|entry| entry.parameters).any(|own| own.name == parameter && own.value == Value::Path)
}

fn compression(step: &Compression) -> String {
    let list = |parameters: &Map<String, Json>| {
        let texts: Vec<String> = parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        texts.join(", ")
    };
    match step.parameters.is_empty() {
        true => step.name.clone(),
        false => format!("{} ({})", step.name, list(&step.parameters)),
    }
}

fn engine(engine: &EngineSpec) -> String {
    let command = engine.command.as_ref().map_or("harness-engine".to_owned(), |words| words.join(" "));
    let private = crate::redact::without_home(&command);
    format!("{private} on {}, {} threads", engine.device, engine.threads)
}
