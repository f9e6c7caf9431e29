//! The manifest of a training's run folder: what was trained, with what meters, on what machine.

use std::path::Path;

use anyhow::Result;
use harness_meter::Domain;
use harness_protocol::TrainSpec;
use harness_text::hash;

use super::file::TrainFile;
use crate::machine::look;
use crate::metric::METRICS;
use crate::redact::{private, without_home};
use crate::run::{environment, session};
use crate::store::{Manifest, SCHEMA};
use crate::summary::{Settings, SummaryInput};
use crate::windows::Limits;

/// The manifest before the first step. `sentences`: what the meters are, and what the energies are good for.
pub(super) fn manifest(
    file: &TrainFile,
    spec: &TrainSpec,
    domains: &[Domain],
    counted: &[u16],
    limits: Limits,
    sentences: (&str, &str),
) -> Result<Manifest> {
    let session = session();
    let mut names: Vec<String> = domains.iter().map(|domain| domain.meter.clone()).collect();
    names.dedup();
    let asked = TrainSpec {
        stream: private(Path::new(&spec.stream)),
        evaluate: spec.evaluate.iter().map(|(name, path)| (name.clone(), private(Path::new(path)))).collect(),
        ..spec.clone()
    };
    let counted = counted.iter().filter_map(|index| domains.get(usize::from(*index)));
    Ok(Manifest {
        schema: SCHEMA,
        harness_version: env!("CARGO_PKG_VERSION").to_owned(),
        git: option_env!("HARNESS_GIT").map(str::to_owned),
        created_utc: session.started_utc.clone(),
        mono_anchor: session.mono_anchor,
        suite_text: without_home(&file.text),
        suite_resolved: serde_json::to_value(&asked)?,
        suite_folder: None,
        suite_sha256: hash::text(&serde_json::to_string(&asked)?),
        profile: None,
        command: session.command.clone(),
        seed: spec.seed,
        exclusive: false,
        order: Vec::new(),
        items_per_block: "none: a training".to_owned(),
        shares: Vec::new(),
        least_window_s: None,
        engines: Vec::new(),
        weights: Vec::new(),
        datasets: Vec::new(),
        hardware: look(spec.threads, &file.meter),
        env: environment(),
        meters: names,
        meter_sentence: sentences.0.to_owned(),
        meter_settings: serde_json::to_value(&file.meter)?,
        domains: domains.iter().map(|domain| domain.name.clone()).collect(),
        counted: counted.map(|domain| domain.name.clone()).collect(),
        domain_details: domains.to_vec(),
        limits,
        summary_input: summary_input(file, sentences),
        sandbox: None,
        remeasured_from: None,
        baseline_of_net: None,
        rescored_from: None,
        qualification: None,
        missing_figures: Vec::new(),
        until: None,
        sessions: vec![session],
        files: Vec::new(),
        complete: false,
    })
}

/// A training compares nothing: its summary has no rows.
fn summary_input(file: &TrainFile, (meters, energy): (&str, &str)) -> SummaryInput {
    SummaryInput {
        suite: format!("train-{}", file.name),
        seed: file.seed,
        meter_sentence: meters.to_owned(),
        energy_sentence: energy.to_owned(),
        baseline: String::new(),
        variants: Vec::new(),
        tasks: Vec::new(),
        metric: METRICS.first().map_or(String::new(), |metric| metric.name.to_owned()),
        alpha: 0.05,
        practical: 0.03,
        grid_g_per_kwh: None,
        looks: Default::default(),
        settings: Settings::default(),
        learning_curves: Vec::new(),
    }
}
