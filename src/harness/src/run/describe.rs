//! The manifest of a run before its first cell.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use harness_meter::{Domain, now_ns};

use super::calibrate::Share;
use crate::items::Items;
use crate::machine::look;
use crate::plan::Plan;
use crate::redact::{private, without_credentials, without_home};
use crate::store::{Anchor, Dataset, Manifest, SCHEMA, Session, Until, suite_folder};
use crate::suite::{Suite, data_sha256, suite_sha256};
use crate::summary::SummaryInput;
use crate::utc;
use crate::windows::Limits;

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

/// What a manifest is made from besides suite, plan and items.
pub(super) struct Circumstances<'a> {
    /// The run folder.
    pub(super) folder: &'a Path,
    /// The sampler's domains.
    pub(super) domains: &'a [Domain],
    /// Those that make up the total, by index.
    pub(super) counted: &'a [u16],
    /// When a window counts.
    pub(super) limits: Limits,
    /// What was looked for, found and taken.
    pub(super) meter_sentence: &'a str,
    /// The machine's lock was held.
    pub(super) exclusive: bool,
    /// Which items each block runs, task by task.
    pub(super) shares: &'a [Share],
    /// Windows are at least so long.
    pub(super) least_window: Duration,
    /// For summaries made later from the tables alone.
    pub(super) summary_input: SummaryInput,
    /// What ends the run, where its blocks go on.
    pub(super) until: Option<Until>,
    /// What protected the machine from generated programs.
    pub(super) sandbox: Option<serde_json::Value>,
}

/// Everything that is known before the first cell.
pub(super) fn describe(
    suite: &Suite,
    plan: &Plan,
    items: &Items,
    about: Circumstances<'_>,
) -> Result<Manifest> {
    let mut meters: Vec<String> = about.domains.iter().map(|domain| domain.meter.clone()).collect();
    meters.dedup();
    let counted = about.counted.iter().filter_map(|index| about.domains.get(usize::from(*index)));
    let session = session();
    Ok(Manifest {
        schema: SCHEMA,
        harness_version: env!("CARGO_PKG_VERSION").to_owned(),
        git: option_env!("HARNESS_GIT").map(str::to_owned),
        created_utc: session.started_utc.clone(),
        mono_anchor: session.mono_anchor,
        suite_text: without_home(&suite.text),
        suite_resolved: suite.resolved.clone(),
        suite_folder: suite_folder(&suite.file, about.folder),
        suite_sha256: suite_sha256(suite)?,
        profile: suite.profile.clone(),
        command: session.command.clone(),
        seed: suite.seed,
        exclusive: about.exclusive,
        order: order(suite, plan),
        items_per_block: sentence(about.shares),
        shares: about.shares.iter().map(|share| share.rule).collect(),
        least_window_s: Some(about.least_window.as_secs_f64()),
        engines: Vec::new(),
        weights: Vec::new(),
        datasets: datasets(suite, items)?,
        hardware: look(suite.threads(), &suite.meter),
        env: environment(),
        meters,
        meter_sentence: about.meter_sentence.to_owned(),
        meter_settings: serde_json::to_value(&suite.meter)?,
        domains: about.domains.iter().map(|domain| domain.name.clone()).collect(),
        counted: counted.map(|domain| domain.name.clone()).collect(),
        domain_details: about.domains.to_vec(),
        limits: about.limits,
        summary_input: about.summary_input,
        sandbox: about.sandbox,
        remeasured_from: None,
        baseline_of_net: None,
        rescored_from: None,
        qualification: None,
        until: about.until,
        missing_figures: Vec::new(),
        sessions: vec![session],
        files: Vec::new(),
        complete: false,
    })
}

/// Block by block, `task/variant` in the order in which they run.
pub(super) fn order(suite: &Suite, plan: &Plan) -> Vec<Vec<String>> {
    let blocks = plan.cells.last().map_or(0, |cell| usize::from(cell.block) + 1);
    let mut order = vec![Vec::new(); blocks];
    for cell in &plan.cells {
        let name = format!("{}/{}", suite.tasks[cell.task].name, suite.variants[cell.variant].name);
        order[usize::from(cell.block)].push(name);
    }
    order
}

/// Variables of the environment that change what is measured.
pub(crate) fn environment() -> BTreeMap<String, String> {
    let variable = |name: &&str| Some(((*name).to_owned(), private(Path::new(&std::env::var(name).ok()?))));
    ENVIRONMENT.iter().filter_map(variable).collect()
}

/// This call of the program.
pub(crate) fn session() -> Session {
    let now = SystemTime::now();
    Session {
        started_utc: utc::text(now),
        mono_anchor: Anchor { mono_ns: now_ns(), utc_ns: utc::nanoseconds(now) },
        command: command(),
    }
}

fn sentence(shares: &[Share]) -> String {
    shares.iter().map(|share| share.sentence.as_str()).collect::<Vec<_>>().join("; ")
}

fn datasets(suite: &Suite, items: &Items) -> Result<Vec<Dataset>> {
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
                prompt_prefix: source.prefix(),
            });
        }
    }
    Ok(datasets)
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
