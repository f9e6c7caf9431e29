//! `manifest.json`: what was run, with what, on what, so that a stranger can judge and repeat it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use harness_meter::{Domain, now_ns};
use serde::Serialize;

use crate::engine::EngineUse;
use crate::items::Items;
use crate::machine::{Hardware, look};
use crate::plan::Plan;
use crate::redact::{private, without_credentials, without_home};
use crate::suite::{Suite, data_sha256, suite_sha256};
use crate::summary::SummaryInput;
use crate::windows::Limits;

/// Version of this format.
const SCHEMA: u32 = 1;

/// Environment variables that change what is measured; no others are stored.
const ENVIRONMENT: &[&str] = &[
    "CUDA_VISIBLE_DEVICES",
    "LIBTORCH",
    "LIBTORCH_USE_PYTORCH",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "OPENBLAS_NUM_THREADS",
];

/// A whole manifest.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    schema: u32,
    harness_version: &'static str,
    git: Option<&'static str>,
    created_utc: String,
    mono_anchor: Anchor,
    suite_text: String,
    suite_resolved: serde_json::Value,
    suite_sha256: String,
    profile: Option<String>,
    command: Vec<String>,
    seed: u64,
    exclusive: bool,
    order: Vec<Vec<String>>,
    items_per_block: String,
    /// Engines that have answered, with the variants that they ran.
    pub engines: Vec<EngineUse>,
    /// Weight files by what cells said.
    pub weights: Vec<Weights>,
    datasets: Vec<Dataset>,
    hardware: Hardware,
    env: BTreeMap<String, String>,
    meters: Vec<String>,
    meter_sentence: String,
    meter_settings: serde_json::Value,
    domains: Vec<String>,
    /// What makes up the total.
    counted: Vec<String>,
    /// Everything that is needed to measure the stored samples again.
    domain_details: Vec<Domain>,
    /// When a window counted.
    limits: Limits,
    summary_input: SummaryInput,
    /// What protected the machine from generated programs, and how slow it is; null: none ran.
    sandbox: Option<serde_json::Value>,
    /// Written so far.
    pub files: Vec<FileEntry>,
    /// Every planned cell was run.
    pub complete: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Anchor {
    mono_ns: i64,
    utc_ns: i64,
}

/// Weights of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weights {
    /// Variants that used them.
    pub variants: Vec<String>,
    /// Folder, or the built-in model's name.
    pub path: String,
    /// Of the weight files.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize)]
struct Dataset {
    task: String,
    /// Those whose models read the data alike.
    variants: Vec<String>,
    path: String,
    sha256: String,
    rows: usize,
    items: usize,
    /// What of the data became no item or not a whole one.
    left_out: Vec<String>,
    /// Of instruction, examples and chat template; null: prompts are as in the data.
    prompting_sha256: Option<String>,
}

/// One file of the run folder.
#[derive(Debug, Clone, Serialize)]
pub struct FileEntry {
    /// Relative to the run folder.
    pub name: String,
    /// Of tables.
    pub rows: Option<usize>,
    /// Of the file.
    pub sha256: String,
}

/// What else a manifest is made from.
pub struct Circumstances<'a> {
    /// The sampler's domains.
    pub domains: &'a [Domain],
    /// Those that make up the total, by index.
    pub counted: &'a [u16],
    /// When a window counts.
    pub limits: Limits,
    /// What was looked for, found and taken.
    pub meter_sentence: &'a str,
    /// The machine's lock was held.
    pub exclusive: bool,
    /// `all`, or how slices were made.
    pub items_per_block: String,
    /// For summaries made later from the tables alone.
    pub summary_input: SummaryInput,
    /// What protected the machine from generated programs.
    pub sandbox: Option<serde_json::Value>,
}

impl Manifest {
    /// Everything that is known before the first cell.
    pub fn new(suite: &Suite, plan: &Plan, items: &Items, about: &Circumstances) -> Result<Self> {
        let name = |cell: &crate::plan::PlannedCell| {
            format!("{}/{}", suite.tasks[cell.task].name, suite.variants[cell.variant].name)
        };
        let block = |block| plan.cells.iter().filter(|cell| cell.block == block).map(name).collect();
        let mut meters: Vec<String> = about.domains.iter().map(|domain| domain.meter.clone()).collect();
        meters.dedup();
        let mut datasets = Vec::new();
        for (index, task) in suite.tasks.iter().enumerate() {
            let sha256 = data_sha256(&task.path)?;
            for (source, variants) in items.readings(index) {
                datasets.push(Dataset {
                    task: task.name.clone(),
                    variants: variants.iter().map(|variant| suite.variants[*variant].name.clone()).collect(),
                    path: private(&task.path),
                    sha256: sha256.clone(),
                    rows: source.rows,
                    items: source.items.len(),
                    left_out: source.left_out.clone(),
                    prompting_sha256: source.prompting_sha256.clone(),
                });
            }
        }
        let utc = SystemTime::now();
        let variable =
            |name: &&str| Some(((*name).to_owned(), private(Path::new(&std::env::var(name).ok()?))));
        Ok(Self {
            schema: SCHEMA,
            harness_version: env!("CARGO_PKG_VERSION"),
            git: option_env!("HARNESS_GIT"),
            created_utc: humantime::format_rfc3339_seconds(utc).to_string(),
            mono_anchor: Anchor {
                mono_ns: now_ns(),
                utc_ns: utc.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64),
            },
            suite_text: without_home(&suite.text),
            suite_resolved: suite.resolved.clone(),
            suite_sha256: suite_sha256(suite)?,
            profile: suite.profile.clone(),
            command: command(),
            seed: suite.seed,
            exclusive: about.exclusive,
            order: (0..suite.run.blocks).map(block).collect(),
            items_per_block: about.items_per_block.clone(),
            engines: Vec::new(),
            weights: Vec::new(),
            datasets,
            hardware: look(suite.threads(), &suite.meter),
            env: ENVIRONMENT.iter().filter_map(variable).collect(),
            meters,
            meter_sentence: about.meter_sentence.to_owned(),
            meter_settings: serde_json::to_value(&suite.meter)?,
            domains: about.domains.iter().map(|domain| domain.name.clone()).collect(),
            counted: about
                .counted
                .iter()
                .filter_map(|index| Some(about.domains.get(usize::from(*index))?.name.clone()))
                .collect(),
            domain_details: about.domains.to_vec(),
            limits: about.limits,
            summary_input: about.summary_input.clone(),
            sandbox: about.sandbox.clone(),
            files: Vec::new(),
            complete: false,
        })
    }
}

/// The command line; the program by its name alone.
fn command() -> Vec<String> {
    let mut words: Vec<String> =
        std::env::args().map(|word| without_credentials(&without_home(&word))).collect();
    if let Some(program) = words.first_mut() {
        *program = env!("CARGO_PKG_NAME").to_owned();
    }
    words
}
