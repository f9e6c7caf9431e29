//! Looks whether what a suite needs is here: models, data, device.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use harness_protocol::Device;
use harness_task::DATASETS;
use serde_json::Value as Json;

use super::checked::{Suite, TaskSpec};
use super::content::{CONFIG, data_sha256, model_files};
use super::error::{Place, SuiteError};

/// Where the kernel shows its devices.
const DEVICES: &str = "/dev";

/// Looks for every model, data file and device of the suite before anything is loaded.
///
/// # Errors
/// Lists all that is missing, each with what to do; exit code 3.
pub fn check_resources(suite: &Suite) -> Result<(), SuiteError> {
    let mut missing = missing_models(suite);
    missing.extend(suite.tasks.iter().flat_map(missing_data));
    missing.extend(missing_recording(suite));
    // Another engine knows its own devices.
    if suite.variants.iter().any(|variant| variant.engine.is_own()) {
        missing.extend(missing_device(suite.device(), Path::new(DEVICES)));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let things =
        if missing.len() == 1 { "1 thing that is" } else { &format!("{} things that are", missing.len()) };
    let list: String = missing.iter().map(|line| format!("\n  - {line}")).collect();
    Err(SuiteError::missing(format!("suite `{}` needs {things} not here:{list}", suite.name))
        .at(Place::File(suite.file.display().to_string()))
        .help("provide what is missing, then try again; `harness plan` checks without measuring"))
}

/// One line for each model folder that lacks something, naming the variants that use it.
fn missing_models(suite: &Suite) -> Vec<String> {
    let folders: BTreeSet<&String> =
        suite.variants.iter().filter_map(|variant| variant.model.path.as_ref()).collect();
    let mut missing = Vec::new();
    for folder in folders {
        let users = || suite.variants.iter().filter(|variant| variant.model.path.as_ref() == Some(folder));
        let weights = users().any(|variant| variant.engine.is_own());
        let Some(trouble) = trouble_of_model(Path::new(folder), weights) else { continue };
        let only_weights = trouble_of_model(Path::new(folder), false).is_none();
        let users = users().filter(|variant| !only_weights || variant.engine.is_own());
        let users: Vec<String> = users.map(|variant| format!("`{}`", variant.name)).collect();
        missing.push(format!(
            "model `{folder}`: {trouble}; download or train it, or set `model.path` (used by {})",
            users.join(", ")
        ));
    }
    missing
}

/// What a model folder lacks; the weights only where `harness-engine` reads them, other engines may have them elsewhere.
fn trouble_of_model(folder: &Path, weights: bool) -> Option<String> {
    if !folder.exists() {
        return Some("no such folder".to_owned());
    }
    if !folder.is_dir() {
        return Some("not a folder".to_owned());
    }
    let files = match weights {
        true => model_files(folder),
        false => Ok(CONFIG.iter().map(|file| (*file).to_owned()).collect()),
    };
    let files = match files {
        Ok(files) => files,
        Err(error) => return Some(format!("{error:#}")),
    };
    let absent: Vec<String> =
        files.iter().filter(|file| !folder.join(file).is_file()).map(|file| format!("`{file}`")).collect();
    if !absent.is_empty() {
        return Some(format!("{} absent from it", absent.join(", ")));
    }
    let weights = files.iter().filter(|file| file.ends_with(".safetensors"));
    weights.map(|file| folder.join(file)).find_map(|file| trouble_of_weights(&file))
}

/// A safetensors file says in its header how long it is; None where that is so.
fn trouble_of_weights(path: &Path) -> Option<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match stated_length(path) {
        Err(error) => Some(format!("`{name}` is no safetensors file: {error:#}")),
        Ok((stated, found)) if stated != found => {
            Some(format!("`{name}` is damaged: {found} bytes, its header says {stated}"))
        }
        Ok(_) => None,
    }
}

/// The bytes that a safetensors file says it has, and those it has.
fn stated_length(path: &Path) -> anyhow::Result<(u64, u64)> {
    let mut file = File::open(path)?;
    let found = file.metadata()?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).context("it ends within its first 8 bytes")?;
    let header = u64::from_le_bytes(length);
    anyhow::ensure!(header <= found, "its header is longer than the file");
    let mut text = vec![0; usize::try_from(header)?];
    file.read_exact(&mut text).context("it ends within its header")?;
    let header_json: serde_json::Map<String, Json> =
        serde_json::from_slice(&text).context("its header is no JSON")?;
    let ends = header_json.values().filter_map(|tensor| tensor.get("data_offsets")?.get(1)?.as_u64());
    Ok((ends.max().unwrap_or(0).saturating_add(8 + header), found))
}

/// The suite's hash takes in what the recording holds, so it must be there even where no meter plays it.
fn missing_recording(suite: &Suite) -> Option<String> {
    let path = suite.meter.replay.path.as_ref().filter(|path| !path.is_file())?;
    Some(format!("recording `{}`: no such file; set `meter.replay.path`", path.display()))
}

fn missing_data(task: &TaskSpec) -> Vec<String> {
    let data = missing_path(task, "path", &task.path, task.kind.folder);
    let examples = task.prompting.few_shot_path.as_deref();
    let examples = examples.map(|path| missing_path(task, "few-shot-path", path, false));
    if data.is_none()
        && let Some(wanted) = &task.sha256
    {
        let shown = format!("data of task `{}`, `{}`", task.name, task.path.display());
        let trouble = match data_sha256(&task.path) {
            Ok(found) if found == *wanted => None,
            Ok(found) => Some(format!(
                "{shown}: its SHA-256 is {found}, the suite wants {wanted}; restore the file, or correct `sha256`"
            )),
            Err(error) => Some(format!("{shown}: {error:#}; make it readable")),
        };
        return trouble.into_iter().chain(examples.flatten()).collect();
    }
    data.into_iter().chain(examples.flatten()).collect()
}

/// The task set that would lie there once it is fetched.
fn published(path: &Path) -> Option<&'static str> {
    let names = || path.iter().filter_map(|name| name.to_str());
    let entry = DATASETS.iter().find(|entry| names().any(|name| name == entry.name))?;
    names().any(|name| name == "fetched").then_some(entry.name)
}

fn missing_path(task: &TaskSpec, key: &str, path: &Path, folder: bool) -> Option<String> {
    let shown = format!("data of task `{}`, `{}`", task.name, path.display());
    let key = format!("task.{}.{key}", task.name);
    if !path.exists() {
        let fetch = published(path).map_or(String::new(), |name| format!("`harness fetch dataset {name}`, "));
        return Some(format!("{shown}: no such file; put it there, {fetch}or set `{key}`"));
    }
    if path.is_dir() {
        return (!folder).then(|| format!("{shown}: not a file; name the file in it"));
    }
    File::open(path).err().map(|error| format!("{shown}: {error}; make it readable, or set `{key}`"))
}

/// `cuda:N` needs the NVIDIA driver's device files; whether the library works is for the engine to say.
fn missing_device(device: &str, devices: &Path) -> Option<String> {
    let Ok(Device::Cuda(number)) = device.parse() else { return None };
    let is_gpu = |name: &str| name.strip_prefix("nvidia").is_some_and(|n| n.parse::<u32>().is_ok());
    let names = std::fs::read_dir(devices).into_iter().flatten();
    let found = names
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_gpu(name))
        .count();
    let what_to_do = "run on a machine that has it, or with `--set engine.device=cpu`";
    match found {
        0 => Some(format!("device `{device}`: no NVIDIA driver on this machine; {what_to_do}")),
        _ if number as usize >= found => {
            Some(format!("device `{device}`: this machine has {found}, counted from 0; {what_to_do}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::content::{INDEX, WEIGHTS};

    #[test]
    fn a_device_is_missed_where_the_driver_shows_too_few() {
        let devices = tempfile::tempdir().unwrap();
        let missing = |device: &str| missing_device(device, devices.path());
        assert_eq!(missing("cpu"), None);
        assert!(missing("cuda:0").unwrap().contains("no NVIDIA driver"));
        for name in ["nvidia0", "nvidiactl", "nvidia-uvm"] {
            std::fs::write(devices.path().join(name), "").unwrap();
        }
        assert_eq!(missing("cuda:0"), None);
        assert!(missing("cuda:1").unwrap().contains("this machine has 1"));
    }

    #[test]
    fn a_model_spread_over_several_files_needs_each_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let trouble = || trouble_of_model(folder.path(), true);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let all = "`config.json`, `model.safetensors`, `tokenizer.json` absent from it";
        assert_eq!(trouble().unwrap(), all);
        let without_weights = || trouble_of_model(folder.path(), false);
        assert_eq!(without_weights().unwrap(), "`config.json`, `tokenizer.json` absent from it");
        write("config.json", "{}");
        write("tokenizer.json", "{}");
        assert_eq!(without_weights(), None);
        write(
            INDEX,
            r#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "one.safetensors"}}"#,
        );
        let nothing = "\u{2}\0\0\0\0\0\0\0{}"; // a header of two bytes that names no tensor
        write("one.safetensors", nothing);
        assert_eq!(trouble().unwrap(), "`two.safetensors` absent from it");
        write("two.safetensors", nothing);
        assert_eq!(trouble(), None);
        write(INDEX, "{}");
        assert!(trouble().unwrap().contains("damaged"));
        write(WEIGHTS, nothing);
        assert_eq!(trouble(), None);
        write(WEIGHTS, "cut");
        assert!(trouble().unwrap().contains("it ends within its first 8 bytes"));
    }
}
