//! Computes the windows of a stored run again and writes a new run folder beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_meter::around;
use serde_json::{Value as Json, json};

use super::rules::{Baseline, Changes};
use crate::meters::{energy_sentence, indices, sum};
use crate::record::{ItemRecord, Phase, Status, TOTAL, WindowConditions, WindowRecord, why_no_energy};
use crate::report::{write_report, write_summary};
use crate::stop::{MISSING, Stop};
use crate::store::{Stored, Tables, create_beside, files, write_json, write_readings, write_tables};
use crate::summary::{Summary, SummaryInput, summarise};
use crate::windows::{BEYOND_NS, IdlePower, Limits, Readings, Stretch, power, rows};

/// What measuring again ended with.
pub struct Remeasured {
    /// The new run folder.
    pub folder: PathBuf,
    /// What it says.
    pub summary: Summary,
    /// Rows of the windows' table.
    pub windows: usize,
    /// Those whose energy, uncertainty and reason are the same as before.
    pub same: usize,
    /// 0 or 3.
    pub code: u8,
}

/// Measures the run in `from` again and writes a new folder into `out` (by default beside it).
///
/// # Errors
/// A [`Stop`] where the run lacks what it takes, or a domain is unknown.
pub fn remeasure(from: &Path, out: Option<&Path>, changes: &Changes) -> Result<Remeasured> {
    let Stored { mut manifest, meters, mut tables, samples } = Stored::read(from)?;
    let names = changes.domains.as_ref().unwrap_or(&meters.counted);
    let domains = meters.domain_details;
    let counted = indices(names, &domains).map_err(Stop::usage)?;
    sum(&domains, &counted, "the named domains cannot be added up")?;
    let limits = changes.apply(meters.limits);
    let mut again = Again {
        readings: Readings { domains: &domains, samples: &samples },
        counted: &counted,
        limits: &limits,
        baseline: changes.baseline.unwrap_or(Baseline::IdleLoaded),
        idle: BTreeMap::new(),
        idle_machine: None,
    };
    let windows = again.windows(&tables);
    let same = std::iter::zip(&tables.windows, &windows).filter(|(old, new)| unchanged(old, new)).count();
    let same = if windows.len() == tables.windows.len() { same } else { 0 };
    attribute(&mut tables.items, &tables.windows, &windows);
    tables.windows = windows;

    let folder = create_beside(from, "remeasured", out)?;
    write_readings(&folder, &domains, &samples)?;
    write_tables(&folder, &tables)?;
    let input = SummaryInput { energy_sentence: energy_sentence(&domains, &counted), ..meters.summary_input };
    let summary = summarise(&input, &tables.cells, &tables.windows, &tables.items)?;
    write_summary(&folder, &summary)?;
    write_report(&folder, &summary)?;
    manifest["summary_input"] = serde_json::to_value(&input)?;
    tell(&mut manifest, from, names, &limits, again.baseline);
    manifest["files"] = serde_json::to_value(files(&folder, &tables)?)?;
    write_json(&folder.join("manifest.json"), &manifest)?;
    let unfinished = tables.cells.iter().any(|cell| cell.status != Status::Ok) || !summary.failed.is_empty();
    let code = if unfinished { MISSING } else { 0 };
    Ok(Remeasured { folder, summary, windows: tables.windows.len(), same, code })
}

struct Again<'a> {
    readings: Readings<'a>,
    counted: &'a [u16],
    limits: &'a Limits,
    baseline: Baseline,
    /// Loaded idle power by (task, variant).
    idle: BTreeMap<(String, String), IdlePower>,
    idle_machine: Option<IdlePower>,
}

impl Again<'_> {
    /// All windows, stretch by stretch in the order in which they were stored.
    fn windows(&mut self, tables: &Tables) -> Vec<WindowRecord> {
        let same_stretch = |a: &WindowRecord, b: &WindowRecord| {
            (a.cell, a.phase, a.t_start_ns, a.t_end_ns) == (b.cell, b.phase, b.t_start_ns, b.t_end_ns)
        };
        let mut all = Vec::new();
        for old in tables.windows.chunk_by(same_stretch) {
            let Some(first) = old.first() else { continue };
            let cell = tables.cells.iter().find(|cell| Some(cell.cell) == first.cell);
            let key = cell.map(|cell| (cell.task.clone(), cell.variant.clone()));
            let new = self.stretch(first, old, key.as_ref());
            if let Some(key) =
                key.filter(|key| first.phase == Phase::IdleLoaded && !self.idle.contains_key(key))
            {
                let idle = power(&new);
                if idle.iter().any(Option::is_some) {
                    self.idle.insert(key, idle);
                }
            }
            if first.phase == Phase::IdleMachine && self.idle_machine.is_none() {
                self.idle_machine = Some(power(&new));
            }
            all.extend(new);
        }
        all
    }

    fn stretch(
        &self,
        first: &WindowRecord,
        old: &[WindowRecord],
        key: Option<&(String, String)>,
    ) -> Vec<WindowRecord> {
        let stretch = Stretch {
            cell: first.cell,
            phase: first.phase,
            start_ns: first.t_start_ns,
            end_ns: first.t_end_ns,
            conditions: of_the_machine(&first.conditions),
        };
        let idle = match self.baseline {
            _ if !first.phase.is_judged() => None,
            Baseline::IdleLoaded => key.and_then(|key| self.idle.get(key)),
            Baseline::IdleMachine => self.idle_machine.as_ref(),
            Baseline::None => None,
        };
        let near = around(
            self.readings.samples,
            self.readings.domains.len(),
            stretch.start_ns - BEYOND_NS,
            stretch.end_ns + BEYOND_NS,
        );
        let readings = Readings { domains: self.readings.domains, samples: &near };
        let said = |index: u16| {
            let name = &self.readings.domains[usize::from(index)].name;
            let row = old.iter().find(|row| row.domain == *name);
            row.map_or_else(|| stretch.conditions.clone(), |row| row.conditions.clone())
        };
        rows(&readings, self.counted, &stretch, idle, self.limits, said)
    }
}

/// What was so for the whole machine, without what concerns one device.
fn of_the_machine(conditions: &WindowConditions) -> WindowConditions {
    WindowConditions {
        throttled: None,
        throttle: None,
        temp_start_c: None,
        temp_end_c: None,
        clock_mhz: None,
        power_limit_w: None,
        foreign_processes: None,
        ..conditions.clone()
    }
}

fn unchanged(old: &WindowRecord, new: &WindowRecord) -> bool {
    (&old.domain, old.energy_j, old.energy_net_j, old.u_indep_j, &old.reason)
        == (&new.domain, new.energy_j, new.energy_net_j, new.u_indep_j, &new.reason)
}

/// Shares the new energies of windows among their items as the old ones were: by active time.
fn attribute(items: &mut [ItemRecord], old: &[WindowRecord], new: &[WindowRecord]) {
    let whole = |windows: &[WindowRecord], cell: u32| {
        let mine =
            |row: &&WindowRecord| row.cell == Some(cell) && row.phase == Phase::Window && row.domain == TOTAL;
        windows.iter().find(mine).cloned()
    };
    let mut active: BTreeMap<u32, f64> = BTreeMap::new();
    for item in items.iter() {
        *active.entry(item.cell).or_default() += item.seconds * f64::from(item.pass_count);
    }
    for item in items {
        let (before, after) = (whole(old, item.cell), whole(new, item.cell));
        let same = before.zip(after.clone()).is_some_and(|(before, after)| {
            (before.energy_j, before.energy_net_j, before.reason)
                == (after.energy_j, after.energy_net_j, after.reason)
        });
        if same {
            continue;
        }
        let share = item.seconds / active.get(&item.cell).copied().unwrap_or(f64::NAN);
        let part = |energy: Option<f64>| energy.map(|energy| energy * share).filter(|part| part.is_finite());
        item.energy_total_j = part(after.as_ref().and_then(|window| window.energy_j));
        item.energy_net_total_j = part(after.as_ref().and_then(|window| window.energy_net_j));
        item.energy_class =
            after.as_ref().filter(|window| window.energy_j.is_some()).map(|window| window.class);
        item.reason = why_no_energy(after.as_ref());
    }
}

fn tell(manifest: &mut Json, from: &Path, counted: &[String], limits: &Limits, baseline: Baseline) {
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned());
    manifest["remeasured_from"] = json!(name);
    manifest["counted"] = json!(counted);
    manifest["limits"] = json!(limits);
    manifest["baseline_of_net"] = json!(format!("{baseline:?}"));
}
