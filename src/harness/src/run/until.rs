//! A run whose blocks go on: after each block the gates are asked, with bounds that hold at every look.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::gate::{Reference, Verdict, judge_all};
use crate::plan::Plan;
use crate::progress;
use crate::record::{CellRecord, TOTAL, WindowRecord};
use crate::store::{Look, Manifest, RunFolder, Until};
use crate::suite::Suite;

/// More blocks than a run is ever planned for.
const MOST_BLOCKS: u16 = 1000;

/// What a run whose blocks go on may spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Minutes of cells.
    pub minutes: Option<f64>,
    /// Joules of cells.
    pub joules: Option<f64>,
}

impl Budget {
    /// For the manifest: as many blocks as can fit, and at least those of the suite.
    pub(super) fn until(self, suite: &Suite) -> Until {
        let block = Plan::of(suite, 1).seconds(suite) - Plan::of(suite, 0).seconds(suite);
        let fit = self.minutes.map_or(f64::INFINITY, |minutes| (60.0 * minutes / block).ceil() + 1.0);
        let blocks = fit.clamp(f64::from(suite.run.blocks), f64::from(MOST_BLOCKS.max(suite.run.blocks)));
        Until {
            max_minutes: self.minutes,
            max_joules: self.joules,
            blocks: blocks as u16,
            ..Until::default()
        }
    }
}

/// Asks the gates after each block.
#[derive(Default)]
pub(super) struct Watch {
    /// Time that the looks themselves took.
    looking: Duration,
}

impl Watch {
    /// Looks after so many blocks; true: the run ends, and the manifest says why.
    pub(super) fn ends(
        &mut self,
        folder: &RunFolder,
        manifest: &mut Manifest,
        suite: &Suite,
        blocks: u16,
    ) -> Result<bool> {
        let Some(mut until) = manifest.until.take() else { return Ok(false) };
        let begun = Instant::now();
        let ended = self.look(folder, manifest, suite, blocks, &mut until);
        self.looking += begun.elapsed();
        let ended = ended?;
        if let Some(why) = &ended {
            progress::say(&format!("after {blocks} blocks {why}"));
        }
        until.ended = ended;
        let ends = until.ended.is_some();
        manifest.until = Some(until);
        folder.note(manifest)?;
        Ok(ends)
    }

    fn look(
        &self,
        folder: &RunFolder,
        manifest: &Manifest,
        suite: &Suite,
        blocks: u16,
        until: &mut Until,
    ) -> Result<Option<String>> {
        let (summary, _) = folder.summarise(manifest)?;
        let report = judge_all(&summary, &suite.gates, &suite.certifications, Reference::Blocks);
        let count = |verdict| report.verdicts().filter(|found| *found == verdict).count();
        let (open, unmeasured) = (count(Verdict::Inconclusive), count(Verdict::NotMeasurable));
        until.looks.push(Look { blocks, verdict: report.verdict.word().to_owned(), open });
        progress::look(blocks, report.verdict.word(), open);
        // What the first blocks do not have later ones may, but not for ever.
        if open == 0 && (unmeasured == 0 || blocks >= suite.run.blocks) {
            return Ok(Some("every gate has its answer".to_owned()));
        }
        let spent = Spent::read(folder, self.looking)?;
        let next = |spent: f64| spent * (1.0 + 1.0 / f64::from(blocks));
        let beyond = |spent: f64, most: Option<f64>| most.is_some_and(|most| next(spent) > most);
        if beyond(spent.minutes, until.max_minutes) {
            return Ok(Some(format!(
                "one more would go beyond the minutes ({:.1} are spent)",
                spent.minutes
            )));
        }
        if beyond(spent.joules, until.max_joules) {
            return Ok(Some(format!("one more would go beyond the joules ({:.0} are spent)", spent.joules)));
        }
        Ok((blocks >= until.blocks).then(|| "no more are planned".to_owned()))
    }
}

/// What the cells of a run have spent so far, in this call of the program and in earlier ones.
struct Spent {
    minutes: f64,
    joules: f64,
}

impl Spent {
    fn read(folder: &RunFolder, looking: Duration) -> Result<Self> {
        let cells: Vec<CellRecord> = folder.read()?;
        let windows: Vec<WindowRecord> = folder.read()?;
        let ns: i64 = cells.iter().map(|cell| cell.t_end_ns - cell.t_start_ns).sum();
        let totals = windows.iter().filter(|window| window.cell.is_some() && window.domain == TOTAL);
        Ok(Self {
            minutes: (ns as f64 * 1e-9 + looking.as_secs_f64()) / 60.0,
            joules: totals.filter_map(|window| window.energy_j).sum(),
        })
    }
}
