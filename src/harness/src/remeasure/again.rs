//! Computes the windows of a stored run again and writes a new run folder beside it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::rules::Changes;
use crate::meters::{energy_sentence, indices, sum};
use crate::record::{
    CellRecord, ItemRecord, Phase, SampleRecord, TOTAL, WindowConditions, WindowRecord, why_no_energy,
};
use crate::stop::Stop;
use crate::store::{Finished, Manifest, Part, RunFolder, StoredReadings};
use crate::table;
use crate::windows::{BEYOND_NS, Baseline, IdlePower, Limits, Readings, Stretch, power, rows};

/// What measuring again ended with.
pub struct Remeasured {
    /// The new run folder, with what it says.
    pub finished: Finished,
    /// Rows of the windows' table.
    pub windows: usize,
    /// Those whose energy, uncertainty and reason are the same as before.
    pub same: usize,
}

/// Measures the run in `from` again and writes a new folder into `out` (by default beside it).
///
/// # Errors
/// A [`Stop`] where the run has not ended, is damaged or lacks what it takes, or a domain is unknown.
pub fn remeasure(from: &Path, out: Option<&Path>, changes: &Changes) -> Result<Remeasured> {
    let (old, mut manifest) = RunFolder::open(from)?;
    old.expect_ended(&manifest)?;
    manifest.expect_known_words()?;
    old.expect_whole_tables()?;
    let before: Vec<WindowRecord> = old.read()?;
    let (windows, counted) = measure_again(&old, &manifest, &before, changes)?;
    let same = std::iter::zip(&before, &windows).filter(|(old, new)| is_unchanged(old, new)).count();

    let count = windows.len();
    manifest.summary_input.energy_sentence = energy_sentence(&manifest.domain_details, &counted);
    manifest.remeasured_from = from.file_name().map(|name| name.to_string_lossy().into_owned());
    manifest.counted = changes.domains.clone().unwrap_or(manifest.counted);
    manifest.limits = changes.apply(manifest.limits);
    manifest.baseline_of_net = Some(changes.baseline.unwrap_or(Baseline::IdleLoaded));
    let finished = RunFolder::beside(from, "remeasured", out)?.filled(|folder| {
        folder.copy::<CellRecord>(&old)?;
        folder.copy::<SampleRecord>(&old)?;
        attribute(&old, &folder, &before, &windows)?;
        folder.write(0, &Part { windows, ..Part::default() })?;
        folder.finish(manifest, &[])
    })?;
    Ok(Remeasured { finished, windows: count, same })
}

/// Every window of a stored run from its raw readings, in the stored order, and the domains that count, by index.
///
/// # Errors
/// A [`Stop`] where readings are missing or damaged, or a domain is unknown.
pub fn measure_again(
    folder: &RunFolder,
    manifest: &Manifest,
    before: &[WindowRecord],
    changes: &Changes,
) -> Result<(Vec<WindowRecord>, Vec<u16>)> {
    let names = changes.domains.as_ref().unwrap_or(&manifest.counted);
    let domains = &manifest.domain_details;
    let counted = indices(names, domains).map_err(Stop::usage)?;
    sum(domains, &counted, "the named domains cannot be added up")?;
    let limits = changes.apply(manifest.limits);
    let cells = folder.read::<CellRecord>()?;
    let again = Again {
        readings: StoredReadings::open(folder, domains.clone())?,
        cells: cells.into_iter().map(|cell| (cell.cell, (cell.task, cell.variant))).collect(),
        counted: &counted,
        limits: &limits,
        baseline: changes.baseline.unwrap_or(Baseline::IdleLoaded),
        idle: BTreeMap::new(),
        idle_machine: None,
    };
    let windows = again.windows(before)?;
    Ok((windows, counted))
}

struct Again<'a> {
    readings: StoredReadings,
    /// Task and variant of each cell.
    cells: BTreeMap<u32, (String, String)>,
    counted: &'a [u16],
    limits: &'a Limits,
    baseline: Baseline,
    /// Loaded idle power by (task, variant).
    idle: BTreeMap<(String, String), IdlePower>,
    idle_machine: Option<IdlePower>,
}

impl Again<'_> {
    /// All windows, stretch by stretch in the order in which they were stored.
    fn windows(mut self, before: &[WindowRecord]) -> Result<Vec<WindowRecord>> {
        let same_stretch = |a: &WindowRecord, b: &WindowRecord| {
            (a.cell, a.session, a.phase, a.t_start_ns, a.t_end_ns)
                == (b.cell, b.session, b.phase, b.t_start_ns, b.t_end_ns)
        };
        let mut all = Vec::new();
        for old in before.chunk_by(same_stretch) {
            let Some(first) = old.first() else { continue };
            let key = first.cell.and_then(|cell| self.cells.get(&cell).cloned());
            let new = self.stretch(first, old, key.as_ref())?;
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
        Ok(all)
    }

    fn stretch(
        &mut self,
        first: &WindowRecord,
        old: &[WindowRecord],
        key: Option<&(String, String)>,
    ) -> Result<Vec<WindowRecord>> {
        let stretch = Stretch {
            cell: first.cell,
            session: first.session,
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
        let from_ns = stretch.start_ns.saturating_sub(BEYOND_NS);
        let to_ns = stretch.end_ns.saturating_add(BEYOND_NS);
        let near = self.readings.around(stretch.session, from_ns, to_ns)?;
        let domains = self.readings.domains();
        let readings = Readings { domains, samples: &near };
        let said = |index: u16| {
            let name = &domains[usize::from(index)].name;
            let row = old.iter().find(|row| row.domain == *name);
            row.map_or_else(|| stretch.conditions.clone(), |row| row.conditions.clone())
        };
        Ok(rows(&readings, self.counted, &stretch, idle, self.limits, said))
    }
}

/// Conditions of the whole machine, without those of one device.
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

/// Whether a window says what it said before.
pub fn is_unchanged(old: &WindowRecord, new: &WindowRecord) -> bool {
    (&old.domain, old.energy_j, old.energy_net_j, old.u_indep_j, old.reason())
        == (&new.domain, new.energy_j, new.energy_net_j, new.u_indep_j, new.reason())
}

/// Shares the new energies of windows among their items as the old ones were: by active time.
fn attribute(from: &RunFolder, to: &RunFolder, old: &[WindowRecord], new: &[WindowRecord]) -> Result<()> {
    let (before, after) = (totals(old), totals(new));
    let active = table::sums::<ItemRecord>(&from.files::<ItemRecord>()?, "cell", ["seconds", "pass_count"])
        .map_err(|error| Stop::missing(error.to_string()))?;
    // Step 0 is the windows' own.
    for (step, items) in (1..).zip(from.batches::<ItemRecord>()?) {
        let mut items = items?;
        for item in &mut items {
            let (before, after) = (before.get(&item.cell).copied(), after.get(&item.cell).copied());
            let energies = |window: &WindowRecord| (window.energy_j, window.energy_net_j, window.reason());
            if before.is_some() && before.map(energies) == after.map(energies) {
                continue;
            }
            let share = item.seconds / active.get(&item.cell).copied().unwrap_or(f64::NAN);
            let part =
                |energy: Option<f64>| energy.map(|energy| energy * share).filter(|part| part.is_finite());
            item.energy_total_j = part(after.and_then(|window| window.energy_j));
            item.energy_net_total_j = part(after.and_then(|window| window.energy_net_j));
            item.energy_class = after.filter(|window| window.energy_j.is_some()).map(|window| window.class);
            item.why = why_no_energy(after);
        }
        to.write(step, &Part { items, ..Part::default() })?;
    }
    Ok(())
}

/// The total of each cell's window.
fn totals(windows: &[WindowRecord]) -> BTreeMap<u32, &WindowRecord> {
    let total = |row: &&WindowRecord| row.phase == Phase::Window && row.domain == TOTAL;
    let mut totals = BTreeMap::new();
    for row in windows.iter().filter(total) {
        if let Some(cell) = row.cell {
            totals.entry(cell).or_insert(row);
        }
    }
    totals
}
