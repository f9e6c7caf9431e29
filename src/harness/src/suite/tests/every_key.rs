//! A suite in which every key stands, with a value that is not its default: no key may be lost on the way to the
//! resolved form and the hash.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::trial::{Trial, again};
use crate::suite::schema::{properties, resolve};
use crate::suite::{json_schema, load_resolved, suite_sha256};

/// After each value another one that the key may have.
const EVERY_KEY: &str = include_str!("every_key.toml");

/// Keys that have one value only so far, or whose value is not measured.
const WITHOUT_OTHER: &[&str] =
    &["schema", "name", "quantize", "prune", "by", "policy", "builtin", "method", "family"];

/// Keys that the resolved form says elsewhere, or that no suite that can run has.
const ELSEWHERE: &[&str] = &[
    ".profile", // laid over the suite
    ".model",   // in every variant
    ".engine",
    ".variant.sweep", // one variant for each value
    ".variant.model.hub",
    ".variant.model.revision",
];

fn every_key() -> Trial {
    let trial = Trial::of(EVERY_KEY);
    let write = |name: &str| std::fs::write(trial.folder.path().join(name), name).unwrap();
    for folder in ["model", "other-model"] {
        std::fs::create_dir(trial.folder.path().join(folder)).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            write(&format!("{folder}/{file}"));
        }
    }
    for file in [
        "data.jsonl",
        "other.jsonl",
        "examples.jsonl",
        "recording.csv",
        "other.csv",
        "agent.json",
        "other.json",
    ] {
        write(file);
    }
    trial
}

#[test]
fn a_suite_with_every_key_means_the_same_when_its_resolved_form_is_read() {
    let trial = every_key();
    let suite = trial.load(None, &[]).unwrap_or_else(|error| panic!("{}", trial.shown(&error)));
    let read = again(&suite, trial.folder.path());
    assert_eq!(read, suite);
    assert_eq!(suite_sha256(&read).unwrap(), suite_sha256(&suite).unwrap());
    assert!(!suite.resolved.to_string().contains(trial.folder.path().to_str().unwrap()));
}

#[test]
fn the_resolved_suite_has_every_key_of_the_schema_and_none_with_its_default() {
    let (schema, resolved) = (json_schema(), every_key().load(None, &[]).unwrap().resolved);
    let mut lost = Vec::new();
    look_for(&schema, &schema, &[&resolved], "", &mut lost);
    assert!(lost.is_empty(), "{lost:#?} in {resolved:#}");
}

/// Notes every key of this table that stands in none of the values, or in all of them with its default.
fn look_for(root: &Json, table: &Json, values: &[&Json], way: &str, lost: &mut Vec<String>) {
    for (key, property) in properties(table).into_iter().flatten() {
        let way = format!("{way}.{key}");
        if ELSEWHERE.contains(&way.as_str()) {
            continue;
        }
        let found: Vec<&Json> = values.iter().filter_map(|value| value.get(key)).collect();
        let default = property.get("default").filter(|_| !WITHOUT_OTHER.contains(&key.as_str()));
        // Of a table its keys are asked.
        let default = default.filter(|default| !default.is_object());
        if found.iter().all(|found| Some(*found) == default) {
            lost.push(way.clone());
        }
        let inner = resolve(root, property);
        let elements = found.iter().flat_map(|value| value.as_array().into_iter().flatten());
        let values: Vec<&Json> = if inner.get("items").is_some() { elements.collect() } else { found };
        for table in tables(root, inner.get("items").unwrap_or(inner)) {
            // Of several tables, a value is the one whose fixed words it has.
            let is = |value: &&&Json| {
                let keys = properties(table).into_iter().flatten();
                keys.filter_map(|(key, of)| Some((key, of.get("const")?)))
                    .all(|(key, word)| value.get(key) == Some(word))
            };
            let values: Vec<&Json> = values.iter().filter(is).copied().collect();
            look_for(root, table, &values, &way, lost);
        }
    }
}

/// What a value of this form may be, where that is a table with known keys.
fn tables<'s>(root: &'s Json, schema: &'s Json) -> Vec<&'s Json> {
    let options = schema.get("oneOf").or(schema.get("anyOf")).and_then(Json::as_array);
    match options {
        Some(options) => options.iter().flat_map(|option| tables(root, option)).collect(),
        None => vec![resolve(root, schema)],
    }
}

#[test]
fn another_value_of_any_key_gives_another_hash() {
    let trial = every_key();
    let hash = |text: &str| {
        let suite = Trial::of(text).load(None, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let suite = load_resolved(&suite.resolved, trial.folder.path()).unwrap();
        suite_sha256(&suite).unwrap()
    };
    let one = hash(EVERY_KEY);
    let (mut table, mut tried, mut untried) = ("", BTreeSet::new(), BTreeSet::new());
    for (index, line) in EVERY_KEY.lines().enumerate() {
        if line.starts_with('[') {
            table = line;
        }
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let Some((_, other)) = value.split_once("  # ") else {
            untried.insert((table, key));
            continue;
        };
        tried.insert((table, key));
        let mut lines: Vec<&str> = EVERY_KEY.lines().collect();
        let changed = format!("{key} = {}", other.trim());
        lines[index] = &changed;
        assert_ne!(hash(&lines.join("\n")), one, "after `{line}` became `{changed}`");
    }
    untried.retain(|way| !tried.contains(way) && !WITHOUT_OTHER.contains(&way.1));
    assert!(untried.is_empty(), "no other value to try: {untried:?}");
    assert_eq!(hash(&EVERY_KEY.replace("\"every-key\"", "\"other\"")), one, "the name is not measured");
}

#[test]
fn what_is_no_resolved_suite_is_refused_with_what_to_do() {
    let mut resolved = every_key().load(None, &[]).unwrap().resolved;
    let refused = |resolved: &Json| {
        let error = load_resolved(resolved, Path::new("/suites")).unwrap_err().to_string();
        assert!(error.lines().last().unwrap().starts_with("help: "), "{error}");
        error
    };
    assert!(refused(&Json::Null).starts_with("not a resolved suite: "));
    resolved["variant"][0]["model"]["kind"] = "tiny-random".into();
    assert!(refused(&resolved).contains("unknown key `kind` in `[variant.model]`"));
    resolved["schema"] = 2.into();
    assert!(refused(&resolved).contains("this version does not read suites of that schema"));
}
