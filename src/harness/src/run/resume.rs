//! Going on with a run that was killed or interrupted, at the first step that has left no part.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use harness_meter::{Domain, Sampler};
use harness_text::printable::Shown;

use super::calibrate;
use super::describe::{order, session};
use super::measure::{Begun, Laid, Options};
use crate::machine::look;
use crate::plan::Plan;
use crate::record::{CellRecord, Phase, WindowRecord};
use crate::stop::Stop;
use crate::store::{Finished, Manifest, RunFolder, suite_of};
use crate::suite::{Suite, check_resources, suite_sha256};
use crate::windows::{IdlePower, power};
use crate::{engine, interrupt, machine, meters, progress};

/// Goes on with the run in a folder. `settings` turns the suite's settings of the meters into those of this call.
///
/// # Errors
/// There is nothing to go on with; the suite's data, the machine or the meters are not those that the run began with;
/// else as [`run`](super::run).
pub fn resume(
    path: &Path,
    options: &Options,
    settings: impl FnOnce(harness_meter::Settings) -> harness_meter::Settings,
) -> Result<Finished> {
    let _lock = if options.exclusive { Some(machine::acquire()?) } else { None };
    interrupt::listen()?;
    let (mut folder, mut manifest) = RunFolder::open(path)?;
    folder.take()?;
    // Another process may have gone on with it until a moment ago.
    manifest = Manifest::read(path).unwrap_or(manifest);
    if manifest.complete {
        progress::say("nothing is left to run: every planned cell has its part");
        return folder.finish(manifest, &[]);
    }
    if let Some(from) = manifest.remeasured_from.as_ref().or(manifest.rescored_from.as_ref()) {
        return Err(Stop::usage(format!(
            "`{}` was made from the run `{from}`, there is nothing to go on with\nhelp: resume `{from}`, then make this again",
            path.shown()
        ))
        .into());
    }
    let mut suite = suite_of(&manifest, path)?;
    suite.meter = settings(suite.meter);
    check_resources(&suite)?;
    let plan = Plan::of(&suite, manifest.until.as_ref().map_or(suite.run.blocks, |until| until.blocks));
    same_work(&suite, &plan, &manifest)?;
    let laid = Laid::out(&suite, options.sandbox)?;

    let choice = meters::open(&suite)?;
    let domains: Vec<Domain> = choice.meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
    same_meters(&domains, &manifest.domain_details)?;
    let counted = meters::indices(&manifest.counted, &domains).map_err(Stop::missing)?;
    progress::say(&manifest.summary_input.energy_sentence);
    progress::say(&choice.sentence);
    let mut sampler = Sampler::start_at_own_pace(choice.meters)?;
    meters::slowest_update(&mut sampler, &counted);

    folder.reopen();
    let baseline = laid.baseline();
    let shares = manifest
        .shares
        .iter()
        .enumerate()
        .map(|(task, rule)| calibrate::blocks(*rule, &laid.items.of(task, baseline).items, &suite));
    let shares = shares.collect();
    let done = folder.steps()?;
    progress::say(&format!("going on: {} of {} steps are done", done.len(), plan.cells.len() + 2));
    let idle = idle_powers(&folder, &suite)?;
    let session_number = manifest.sessions.len() as u16;
    manifest.sessions.push(session());
    manifest.exclusive &= options.exclusive;
    manifest.files.clear();
    let least_window = manifest.least_window_s.and_then(|length| Duration::try_from_secs_f64(length).ok());
    let begun = Begun {
        counted,
        limits: manifest.limits,
        least_window: least_window.unwrap_or(suite.run.min_window),
        shares,
        session: session_number,
        idle,
        done,
        folder,
        manifest,
    };
    begun.go_on(laid, &plan, &sampler)
}

/// Refuses to mix cells of other models, data, programs or machines into a run.
fn same_work(suite: &Suite, plan: &Plan, manifest: &Manifest) -> Result<()> {
    let refused = |what: &str| {
        Stop::missing(format!(
            "cannot go on: {what} since the run began\nhelp: bring it back as it was, or run the suite again"
        ))
    };
    let (version, git) = (env!("CARGO_PKG_VERSION"), option_env!("HARNESS_GIT"));
    if manifest.harness_version != version || manifest.git.as_deref() != git {
        return Err(refused("this program has become another version").into());
    }
    if suite_sha256(suite)? != manifest.suite_sha256 {
        return Err(refused("a model or the data of a task have changed").into());
    }
    for used in &manifest.engines {
        let variant = suite.variants.iter().find(|variant| used.variants.contains(&variant.name));
        let now = variant.and_then(|variant| engine::sha256_of(&variant.engine));
        if used.identity.sha256.is_some() && now != used.identity.sha256 {
            return Err(refused(&format!("the engine `{}` has changed", used.identity.name)).into());
        }
    }
    if order(suite, plan) != manifest.order {
        return Err(refused("the plan of cells has changed").into());
    }
    if look(suite.threads(), &suite.meter).key != manifest.hardware.key {
        return Err(refused("the machine has changed").into());
    }
    Ok(())
}

/// Refuses to add joules of other meters to those of a run.
fn same_meters(now: &[Domain], then: &[Domain]) -> Result<()> {
    let told = |domains: &[Domain]| {
        let domain = |domain: &Domain| format!("`{}` by {} ({})", domain.name, domain.meter, domain.class);
        domains.iter().map(domain).collect::<Vec<_>>().join(", ")
    };
    let same = |a: &Domain, b: &Domain| {
        Domain { seen_period: None, source: String::new(), ..a.clone() }
            == Domain { seen_period: None, source: String::new(), ..b.clone() }
    };
    if now.len() == then.len() && now.iter().zip(then).all(|(now, then)| same(now, then)) {
        return Ok(());
    }
    Err(Stop::missing(format!(
        "cannot go on: the run began with the domains {}, and now there are {}\nhelp: see `harness doctor`; bring them back, or run the suite again",
        told(then),
        told(now)
    ))
    .into())
}

/// Loaded idle power as the run has measured it so far.
fn idle_powers(folder: &RunFolder, suite: &Suite) -> Result<BTreeMap<(usize, usize), IdlePower>> {
    let cells: BTreeMap<u32, CellRecord> =
        folder.read::<CellRecord>()?.into_iter().map(|cell| (cell.cell, cell)).collect();
    let windows: Vec<WindowRecord> = folder.read()?;
    let mut idle = BTreeMap::new();
    for rows in windows.chunk_by(|a, b| (a.cell, a.phase) == (b.cell, b.phase)) {
        let cell = rows.first().filter(|row| row.phase == Phase::IdleLoaded).and_then(|row| row.cell);
        let Some(cell) = cell.and_then(|cell| cells.get(&cell)) else { continue };
        let task = suite.tasks.iter().position(|task| task.name == cell.task);
        let variant = suite.variants.iter().position(|variant| variant.name == cell.variant);
        let measured = power(rows);
        if let Some(key) = task.zip(variant).filter(|_| measured.iter().any(Option::is_some)) {
            idle.entry(key).or_insert(measured);
        }
    }
    Ok(idle)
}
