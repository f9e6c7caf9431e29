//! Looks whether what a suite needs is here: models, data, device.

use std::path::{Path, PathBuf};

use harness_checkpoint::{Checkpoint, CheckpointError, CheckpointFault, folder, is_gguf};
use harness_protocol::{COMPRESSIONS, Device, EXITS, Entry, ModelSource, Value};
use harness_task::DATASETS;
use harness_text::regular;
use serde_json::{Map, Value as Json};

use super::checked::{Suite, TaskSpec, Variant};
use super::content::data_sha256;
use super::error::{Place, SuiteError};
use super::unfit::fits;

/// Where the kernel shows its devices.
const DEVICES: &str = "/dev";

/// Looks for every model, data file and device of the suite before anything is loaded.
///
/// # Errors
/// Lists all that is missing, each with what to do; exit code 3. Where everything is there, the first key that does not
/// fit its model; exit code 2, of an agent 3.
pub fn check_resources(suite: &Suite) -> Result<(), SuiteError> {
    let mut missing = missing_models(suite);
    missing.extend(suite.tasks.iter().flat_map(missing_data));
    missing.extend(missing_recording(suite));
    missing.extend(suite.variants.iter().flat_map(missing_parameters));
    // Another engine knows its own devices.
    if suite.variants.iter().any(|variant| variant.engine.is_own()) {
        missing.extend(missing_device(suite.device(), Path::new(DEVICES)));
    }
    if missing.is_empty() {
        return suite.variants.iter().try_for_each(|variant| fits(suite, variant));
    }
    let things = if missing.len() == 1 { "1 thing is" } else { &format!("{} things are", missing.len()) };
    Err(SuiteError::missing(format!("suite `{}` cannot run, {things} missing or unfit:", suite.name))
        .listed(missing)
        .at(Place::File(suite.file.display().to_string()))
        .help("mend each of them, then try again; `harness plan` checks without measuring"))
}

/// One line for each model that lacks something or cannot run, naming the variants that use it.
fn missing_models(suite: &Suite) -> Vec<String> {
    let mut missing = Vec::new();
    for (index, model) in suite.variants.iter().map(|variant| &variant.model).enumerate() {
        let same = |other: &&Variant| place(&other.model) == place(model);
        if suite.variants.iter().take(index).any(|earlier| same(&earlier)) {
            continue;
        }
        let users = || suite.variants.iter().filter(same);
        let weights = users().any(|variant| variant.engine.is_own());
        let Some(trouble) = trouble_of_model(model, weights) else { continue };
        let only_weights = trouble_of_model(model, false).is_none();
        let users = users().filter(|variant| !only_weights || variant.engine.is_own());
        let users: Vec<String> = users.map(|variant| format!("`{}`", variant.name)).collect();
        let shown = model.path.as_ref().or(model.hub.as_ref()).unwrap_or(&model.kind);
        missing.push(format!("model `{shown}`: {trouble} (used by {})", users.join(", ")));
    }
    missing
}

/// What tells one model from another, whatever its number format.
fn place(model: &ModelSource) -> (&str, &Option<String>, &Option<String>, &Option<String>) {
    (&model.kind, &model.path, &model.hub, &model.revision)
}

/// What a model lacks, or why it cannot run; weights and architecture only where `harness-engine` reads them, other
/// engines may have them elsewhere. Ends in what to do.
fn trouble_of_model(model: &ModelSource, weights: bool) -> Option<String> {
    const ELSEWHERE: &str = "download or train it, or set `model.path`";
    if let Some(path) = model.path.as_deref().map(Path::new) {
        let trouble = match (path.is_dir(), is_gguf(path)) {
            (_, true) if !path.exists() => Some("no such file"),
            _ if !path.exists() => Some("no such folder"),
            (true, true) => Some("not a file"),
            (false, false) => Some("not a folder"),
            _ => None,
        };
        if let Some(trouble) = trouble {
            return Some(format!("{trouble}; {ELSEWHERE}"));
        }
    }
    let told = |error: CheckpointError| format!("{}; {}", error.message, error.help);
    let absent = match model.path.as_deref().map(Path::new).filter(|path| path.is_dir()) {
        Some(folder) => match folder::files(folder, weights) {
            Ok(files) => files.into_iter().filter(|file| !file.is_file()).collect(),
            Err(error) if weights && error.kind != CheckpointFault::Missing => return Some(told(error)),
            // Its other files may be absent too: all are named at once.
            Err(_) => [folder::CONFIG, folder::WEIGHTS, folder::TOKENIZER]
                .map(|name| folder.join(name))
                .into_iter()
                .filter(|file| !file.is_file())
                .collect(),
        },
        None => Vec::new(),
    };
    if !absent.is_empty() {
        let name = |file: &PathBuf| format!("`{}`", file.file_name().unwrap_or_default().to_string_lossy());
        let names: Vec<String> = absent.iter().map(name).collect();
        return Some(format!("{} absent from it; {ELSEWHERE}", names.join(", ")));
    }
    if !weights {
        return harness_checkpoint::files(model, false).err().map(told);
    }
    Checkpoint::open(model).and_then(|checkpoint| checkpoint.check()).err().map(told)
}

/// Files that compressions and exits of a variant are given by parameter.
fn missing_parameters(variant: &Variant) -> Vec<String> {
    let steps =
        variant.compress.iter().flat_map(|step| absent_files(COMPRESSIONS, &step.name, &step.parameters));
    let exit = variant.exit.iter().flat_map(|exit| absent_files(EXITS, &exit.policy, &exit.parameters));
    let said = |(key, path)| format!("`{key}`, `{path}`: no such file; set it in variant `{}`", variant.name);
    steps.chain(exit).map(said).collect()
}

/// Keys and paths of the parameters that name a file which is not there.
fn absent_files(board: &[Entry], name: &str, parameters: &Map<String, Json>) -> Vec<(&'static str, String)> {
    let entry = board.iter().find(|entry| entry.name == name);
    let files =
        entry.into_iter().flat_map(|entry| entry.parameters).filter(|known| known.value == Value::Path);
    let named =
        files.filter_map(|known| Some((known.name, parameters.get(known.name)?.as_str()?.to_owned())));
    named.filter(|(_, path)| !Path::new(path).is_file()).collect()
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
    regular::open(path).err().map(|error| format!("{shown}: {error}; make it readable, or set `{key}`"))
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
    use harness_protocol::Parameter;

    use super::*;

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
    fn a_parameter_that_is_a_file_must_be_there() {
        const WEIGHTS: Parameter =
            Parameter { name: "weights", value: Value::Path, default: None, summary: "weights of an agent" };
        const BOARD: &[Entry] =
            &[Entry { name: "agent", key: "policy", summary: "an agent", parameters: &[WEIGHTS] }];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w").display().to_string();
        let parameters = Map::from_iter([("weights".to_owned(), Json::from(path.clone()))]);
        assert_eq!(absent_files(BOARD, "agent", &parameters), [("weights", path.clone())]);
        std::fs::write(&path, "w").unwrap();
        assert!(absent_files(BOARD, "agent", &parameters).is_empty());
    }

    #[test]
    fn a_folder_names_all_that_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let model = ModelSource {
            kind: "hugging-face-folder".to_owned(),
            path: Some(folder.path().display().to_string()),
            ..ModelSource::default()
        };
        let trouble = |weights| trouble_of_model(&model, weights).unwrap_or_default();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        assert!(
            trouble(true).starts_with("`config.json`, `model.safetensors`, `tokenizer.json` absent from it;")
        );
        assert!(trouble(false).starts_with("`config.json`, `tokenizer.json` absent from it;"));
        write("config.json", "{}");
        write("tokenizer.json", "{}");
        write(
            "model.safetensors.index.json",
            r#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#,
        );
        write("one.safetensors", "");
        assert!(trouble(true).starts_with("`two.safetensors` absent from it"));
        write("two.safetensors", "");
        assert!(trouble(true).contains("no `model_type`"));
        write("model.safetensors.index.json", "{}");
        assert!(trouble(true).contains("no `weight_map`"));
        std::fs::remove_file(folder.path().join("model.safetensors.index.json")).unwrap();
        write("pytorch_model.bin", "");
        assert!(trouble(true).contains("pytorch_model.bin"), "{}", trouble(true));
    }
}
