//! The course of a run: idle, cell after cell, idle. Each step leaves one part in the run folder, so that a run that ends
//! in the middle goes on at the first step without one.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use harness_meter::{Domain, Sample, now_ns};
use harness_task::Item;

use super::cell::{Bench, CellOutput, blank, pause};
use super::fitness::Fitness;
use super::settled::Settled;
use super::trouble::Trouble;
use super::until::Watch;
use crate::items::Items;
use crate::plan::{Plan, PlannedCell};
use crate::record::{CellRecord, Phase, SampleRecord, Status, WindowConditions};
use crate::redact::private;
use crate::store::{Manifest, Part, RunFolder, Weights};
use crate::suite::Suite;
use crate::windows::{Stretch, records};
use crate::{engine, interrupt, progress};

/// Why a cell is left for another call of the program.
const INTERRUPTED: &str = "the run was interrupted";

/// A run on its way.
pub(super) struct Course<'a> {
    pub(super) suite: &'a Suite,
    pub(super) items: &'a Items,
    pub(super) folder: &'a RunFolder,
    pub(super) manifest: &'a mut Manifest,
    /// Ids of the items of each block, by task.
    pub(super) shares: Vec<Vec<Vec<u32>>>,
    /// Steps that have left their part.
    pub(super) done: BTreeSet<u32>,
    /// Asks the gates after each block.
    pub(super) watch: Watch,
    /// What tells whether the machine is fit to be measured on.
    pub(super) fitness: Fitness,
    /// Cells that need no try.
    pub(super) settled: Settled,
}

impl Course<'_> {
    /// Takes every step that is left; rows of the cells that were not run because of an interruption.
    ///
    /// # Errors
    /// A part cannot be written.
    pub(super) fn go(&mut self, bench: &mut Bench, plan: &Plan) -> Result<Vec<CellRecord>> {
        self.idle(bench, 0)?;
        let blocks = self.cells(bench, plan)?;
        // Where blocks go on, those that were not begun are not planned.
        let planned = |cell: &&PlannedCell| cell.block < blocks;
        let skipped: Vec<CellRecord> = plan
            .cells
            .iter()
            .filter(planned)
            .filter(|planned| !self.done.contains(&step(planned)))
            .map(|planned| self.skipped(planned, bench.session, INTERRUPTED))
            .collect();
        if skipped.is_empty() && !interrupt::requested() {
            self.manifest.order.truncate(usize::from(blocks));
            // Where nothing ran, there is nothing to compare the machine's rest with.
            if !self.settled.all(self.suite) {
                self.idle(bench, plan.cells.len() as u32 + 1)?;
            }
        }
        Ok(skipped)
    }

    /// Runs the cells that are left, until the gates end the run or the user does; how many blocks the run then has.
    fn cells(&mut self, bench: &mut Bench, plan: &Plan) -> Result<u16> {
        let all = plan.cells.last().map_or(0, |cell| cell.block + 1);
        let begun = Instant::now();
        let mut trouble = Trouble::default();
        let left: Vec<&PlannedCell> =
            plan.cells.iter().filter(|planned| !self.done.contains(&step(planned))).collect();
        for (index, planned) in left.iter().enumerate() {
            let over = planned.block;
            if planned.position == 0
                && over > 0
                && self.watch.ends(self.folder, self.manifest, self.suite, over)?
            {
                return Ok(over);
            }
            let goes_on = self.manifest.until.is_some();
            if goes_on && planned.position == 0 && over > 0 && self.settled.all(self.suite) {
                return Ok(over);
            }
            let interrupted = if goes_on { over + 1 } else { all };
            if interrupt::requested() {
                return Ok(interrupted);
            }
            if let Some(reason) = self.settled.reason(planned) {
                let output = CellOutput::of(self.skipped(planned, bench.session, reason));
                let event = progress::of_cell(&output.cell, &output.windows);
                self.keep(bench, step(planned), output)?;
                progress::tell(|| event);
                continue;
            }
            let source = self.items.of(planned.task, planned.variant);
            // Blocks that go on begin again with the items of the first.
            let shares = &self.shares[planned.task];
            let slice = &shares[usize::from(over) % shares.len()];
            // Another model's tokenizer may have left out some of them: ids, not places, name an item.
            let wanted = |item: &&Item| slice.binary_search(&item.id).is_ok();
            let items: Vec<&Item> = source.items.iter().filter(wanted).collect();
            self.fitness.warmth.before(planned.block, bench);
            let output = bench.run(planned, source, &items);
            if interrupt::requested() && output.cell.status != Status::Ok {
                return Ok(interrupted);
            }
            let rest = begun.elapsed().mul_f64((left.len() - index - 1) as f64 / (index + 1) as f64);
            // How many there will be, nobody knows where blocks go on.
            let (of, rest) = if goes_on { (None, None) } else { (Some(plan.cells.len()), Some(rest)) };
            let line = progress::cell(planned.cell as usize + 1, of, &output.cell, &output.windows, rest);
            let note = trouble.note(&output.cell, &output.windows);
            let failed = (output.scope, output.cell.reason.as_deref().unwrap_or_default());
            let shared = self.settled.note(self.suite, planned, failed, &left[index + 1..]);
            let event = progress::of_cell(&output.cell, &output.windows);
            self.keep(bench, step(planned), output)?;
            // What is told is stored.
            progress::say_line(&line);
            progress::tell(|| event);
            note.iter().chain(&shared).for_each(|note| progress::say(note));
        }
        self.watch.ends(self.folder, self.manifest, self.suite, all)?;
        Ok(all)
    }

    fn keep(&mut self, bench: &Bench, step: u32, output: CellOutput) -> Result<()> {
        let before = (self.manifest.engines.clone(), self.manifest.weights.clone());
        if let Some(engine) = output.engine {
            engine::note(&mut self.manifest.engines, engine, &output.cell.variant);
        }
        if let Some(sha256) = &output.cell.weights_sha256 {
            let variant = self.suite.variants.iter().find(|variant| variant.name == output.cell.variant);
            let model = variant.map(|variant| &variant.model);
            let path = model.map(|model| model.path.as_ref().or(model.hub.as_ref()).unwrap_or(&model.kind));
            let path = path.map_or("", String::as_str);
            note_weights(&mut self.manifest.weights, &output.cell.variant, path, sha256);
        }
        if before != (self.manifest.engines.clone(), self.manifest.weights.clone()) {
            self.folder.note(self.manifest)?;
        }
        let samples = Vec::new();
        let part = Part { cells: vec![output.cell], windows: output.windows, items: output.items, samples };
        self.commit(bench, step, part)
    }

    /// Writes a step's part, with the raw readings up to now.
    fn commit(&mut self, bench: &Bench, step: u32, mut part: Part) -> Result<()> {
        part.samples = readings(bench.sampler.domains(), bench.session, &bench.sampler.hand_out());
        self.folder.write(step, &part)?;
        self.done.insert(step);
        Ok(())
    }

    /// The machine without an engine, then the control workload: alike before the first cell and after the last.
    fn idle(&mut self, bench: &Bench, step: u32) -> Result<()> {
        if self.done.contains(&step) {
            return Ok(());
        }
        let mut part = Part::default();
        let idle = self.suite.run.idle;
        let start_ns = now_ns();
        if !idle.is_zero() {
            if pause(idle).is_err() {
                return Ok(());
            }
            let end_ns = now_ns();
            bench.sampler.read_now();
            let (cell, session, conditions) = (None, bench.session, WindowConditions::default());
            let stretch = Stretch { cell, session, phase: Phase::IdleMachine, start_ns, end_ns, conditions };
            part.windows = records(bench.sampler, &bench.counted, &stretch, None, &bench.limits);
        }
        match bench.control() {
            Ok(rows) => part.windows.extend(rows),
            Err(why) => self.fitness.no_control(why),
        }
        if interrupt::requested() {
            return Ok(());
        }
        self.commit(bench, step, part)
    }

    fn skipped(&self, planned: &PlannedCell, session: u16, reason: &str) -> CellRecord {
        let (task, variant) = (&self.suite.tasks[planned.task], &self.suite.variants[planned.variant]);
        CellRecord {
            status: Status::Skipped,
            reason: Some(reason.to_owned()),
            t_start_ns: now_ns(),
            t_end_ns: now_ns(),
            ..blank(planned, task, variant, 0, session)
        }
    }
}

/// The step that runs a cell; before the first and after the last the machine idles.
fn step(planned: &PlannedCell) -> u32 {
    planned.cell + 1
}

/// Raw readings as rows.
pub(crate) fn readings(domains: &[Domain], session: u16, samples: &[Sample]) -> Vec<SampleRecord> {
    let row = |sample: &Sample| {
        let domain = domains.get(usize::from(sample.domain))?;
        Some(SampleRecord {
            session,
            t_ns: sample.t_ns,
            meter: domain.meter.clone(),
            domain: domain.name.clone(),
            kind: domain.kind,
            raw: sample.raw,
            unit: domain.unit.clone(),
            scale: domain.scale,
            fault: sample.fault,
            driver_t_us: sample.driver_t_us,
            took_ns: Some(sample.took_ns),
        })
    };
    samples.iter().filter_map(row).collect()
}

fn note_weights(weights: &mut Vec<Weights>, variant: &str, path: &str, sha256: &str) {
    let path = private(Path::new(path));
    match weights.iter_mut().find(|known| known.path == path && known.sha256 == sha256) {
        Some(known) if known.variants.iter().any(|name| name == variant) => {}
        Some(known) => known.variants.push(variant.to_owned()),
        None => weights.push(Weights { variants: vec![variant.to_owned()], path, sha256: sha256.to_owned() }),
    }
}
