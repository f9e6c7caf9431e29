//! The canonical form of a suite: the serialised suite, its paths made independent of where the checkout lies, and the
//! hash of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use harness_protocol::{Entry, Value};
use serde_json::Value as Json;

use crate::hash;

use super::checked::{MODEL_PATH, PARAMETER_TABLES, PATHS, Suite};
use super::content::{data_sha256, model_sha256};
use super::file::SCHEMA;

/// SHA-256 of the suite's canonical JSON without `name`, every path replaced by the hash of what is
/// there: two suites with the same hash measure the same. 64 lower-case hexadecimal digits.
///
/// # Errors
/// A model or data file cannot be read.
pub fn suite_sha256(suite: &Suite) -> anyhow::Result<String> {
    let mut form = form(suite, data_sha256, |_| Ok(String::new()))?;
    let variants = form.get_mut("variant").and_then(Json::as_array_mut).into_iter().flatten();
    for (variant, form) in suite.variants.iter().zip(variants) {
        if let Some(model) = form.get_mut("model").and_then(Json::as_object_mut) {
            name_by_content(model, &model_sha256(&variant.model, variant.engine.is_own())?);
        }
    }
    if let Some(form) = form.as_object_mut() {
        form.remove("name");
    }
    let mut text = String::new();
    write_sorted(&form, &mut text);
    Ok(hash::text(&text))
}

/// The canonical form with paths relative to the suite's folder, so that it says nothing about where
/// the checkout lies. [`load_resolved`](super::load_resolved) reads it.
///
/// # Errors
/// A path is not UTF-8.
pub(super) fn resolved(suite: &Suite, folder: &Path) -> serde_json::Result<Json> {
    form(suite, |path| Ok(relative(path, folder)), |path| Ok(relative(path, folder)))
}

/// The serialised suite with every path replaced, those of models by what the variant's engine wants of them.
fn form<E: From<serde_json::Error>>(
    suite: &Suite,
    data: impl Fn(&Path) -> Result<String, E>,
    model: impl Fn(&Path) -> Result<String, E>,
) -> Result<Json, E> {
    let mut form = serde_json::to_value(suite)?;
    form["schema"] = SCHEMA.into();
    for way in PATHS {
        replace(&mut form, way, &data)?;
    }
    let variants = form.get_mut("variant").and_then(Json::as_array_mut).into_iter().flatten();
    for form in variants {
        replace(form, MODEL_PATH, &model)?;
        for (key, board) in PARAMETER_TABLES {
            for way in path_parameters(board) {
                let way: Vec<&str> = key.iter().copied().chain([way]).collect();
                replace(form, &way, &data)?;
            }
        }
    }
    Ok(form)
}

/// Names of a board's parameters that are files.
fn path_parameters(board: &'static [Entry]) -> BTreeSet<&'static str> {
    let parameters = board.iter().flat_map(|entry| entry.parameters);
    parameters.filter(|parameter| parameter.value == Value::Path).map(|parameter| parameter.name).collect()
}

/// Puts what a model's files hold in place of where they lie, be it a folder, a file or a hub.
fn name_by_content(model: &mut serde_json::Map<String, Json>, sha256: &str) {
    let lies = ["path", "hub"].into_iter().any(|key| model.remove(key).is_some());
    model.remove("revision");
    if lies {
        model.insert("path".to_owned(), sha256.into());
    }
}

/// Replaces every text at the end of this way, where there is one.
fn replace<E>(form: &mut Json, way: &[&str], by: &impl Fn(&Path) -> Result<String, E>) -> Result<(), E> {
    match (way, form) {
        ([], Json::String(text)) => *text = by(Path::new(text))?,
        (["*", rest @ ..], Json::Array(elements)) => {
            elements.iter_mut().try_for_each(|element| replace(element, rest, by))?;
        }
        ([key, rest @ ..], Json::Object(table)) => {
            table.get_mut(*key).map_or(Ok(()), |value| replace(value, rest, by))?;
        }
        _ => {}
    }
    Ok(())
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
    match way.to_string_lossy() {
        here if here.is_empty() => ".".to_owned(),
        way => way.into_owned(),
    }
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
