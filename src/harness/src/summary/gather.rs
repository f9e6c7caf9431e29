//! Joins the tables: what each variant did on each task, block by block.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Result;
use harness_meter::Class;
use harness_task::{ScorerSpec, Stats};
use rayon::prelude::*;

use super::answer::Answer;
use super::{ExitCount, FailedCell, SummaryInput, alike};
use crate::metric::{BlockEnergy, BlockRun};
use crate::record::{CellRecord, Phase, ScoreRecord, Status, TOTAL, Unscored, WindowRecord};

/// What one variant did on one task.
#[derive(Debug, Default)]
pub(super) struct Measured<'a> {
    /// Cells of the plan.
    pub(super) cells: Vec<&'a CellRecord>,
    /// Items of all blocks.
    pub(super) items: Vec<ScoredRow>,
    /// Names of the task's scorers, in the order of the items' statistics.
    pub(super) scorers: Vec<&'a str>,
    /// Generated tokens by the blocks that ran for them, all passes; empty where the engine did not tell.
    pub(super) exits: BTreeMap<u16, u64>,
    /// Why scorers have no statistics of some items: how many, and the first reason.
    pub(super) unscored: BTreeMap<String, (usize, Unscored)>,
    /// Length of every cell's window, s, by cell.
    pub(super) seconds: HashMap<u32, f64>,
    /// Blocks that ran whole passes.
    pub(super) runs: BTreeMap<u16, BlockRun>,
    /// Blocks with a valid energy.
    pub(super) blocks: BTreeMap<u16, BlockEnergy>,
    /// Why there is no energy at all.
    pub(super) reason: Option<String>,
    /// How the energy came about.
    pub(super) class: Option<Class>,
    /// Relative standard uncertainty of scale.
    pub(super) u_scale_rel: Option<f64>,
    /// Relative model error of ratios.
    pub(super) u_model_rel: f64,
    /// What was measured.
    pub(super) domains: Vec<String>,
}

/// What a summary keeps of one item in one cell: little, since there may be a million of them.
#[derive(Debug)]
pub(super) struct ScoredRow {
    pub(super) block: u16,
    pub(super) item: u32,
    /// Items of one cluster are not independent.
    pub(super) cluster: Arc<str>,
    /// What was generated.
    pub(super) answer: Answer,
    /// One for each scorer of the task.
    pub(super) stats: Vec<Option<Stats>>,
}

/// Hands out the items' rows of a task and a variant.
pub type ItemsOf<'a> = dyn Fn(&str, &str) -> Result<Vec<ScoreRecord>> + Sync + 'a;

/// How the items of variants are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// One variant after the other: whole rows of a million items take memory.
    OneByOne,
    /// Several at once: for rows that hold statistics alone.
    Together,
}

/// Everything that ran, by task and variant, and what is missing.
pub(super) struct Gathered<'a> {
    /// Keyed by (task, variant).
    pub(super) by_variant: BTreeMap<(&'a str, &'a str), Measured<'a>>,
    /// Cells without energy.
    pub(super) failed: Vec<FailedCell>,
}

/// Joins the tables. Cells of unknown tasks or variants are left out.
pub(super) fn gather<'a>(
    input: &'a SummaryInput,
    cells: &'a [CellRecord],
    windows: &'a [WindowRecord],
    items: &ItemsOf<'_>,
    pace: Pace,
) -> Result<Gathered<'a>> {
    let mut by_variant: BTreeMap<(&str, &str), Measured<'a>> = BTreeMap::new();
    for task in &input.tasks {
        for variant in &input.variants {
            let scorers = task.scorers.iter().map(ScorerSpec::name).collect();
            by_variant.insert((&task.name, variant), Measured { scorers, ..Measured::default() });
        }
    }
    let mut by_cell: HashMap<u32, Vec<&WindowRecord>> = HashMap::new();
    for window in windows.iter().filter(|window| window.phase == Phase::Window) {
        if let Some(cell) = window.cell {
            by_cell.entry(cell).or_default().push(window);
        }
    }
    let mut failed = Vec::new();
    for cell in cells {
        let Some(measured) = by_variant.get_mut(&(cell.task.as_str(), cell.variant.as_str())) else {
            continue;
        };
        measured.cells.push(cell);
        let windows = by_cell.get(&cell.cell).map_or(&[][..], Vec::as_slice);
        if let Err((status, reason)) = measured.add(cell, windows) {
            failed.push(FailedCell {
                cell: cell.cell,
                block: cell.block,
                task: cell.task.clone(),
                variant: cell.variant.clone(),
                status,
                reason,
            });
        }
    }
    let take = |((task, variant), measured): (&(&str, &str), &mut Measured<'a>)| {
        measured.take(items(task, variant)?);
        measured.reason = measured.blocks.is_empty().then(|| why_nothing(&failed, task, variant));
        anyhow::Ok(())
    };
    match pace {
        Pace::OneByOne => by_variant.iter_mut().try_for_each(take)?,
        Pace::Together => by_variant.par_iter_mut().try_for_each(take)?,
    }
    Ok(Gathered { by_variant, failed })
}

impl<'a> Gathered<'a> {
    /// What a variant did on a task.
    pub(super) fn of(&self, task: &str, variant: &str) -> Option<&Measured<'a>> {
        let mut all = self.by_variant.iter();
        all.find(|(key, _)| **key == (task, variant)).map(|(_, measured)| measured)
    }
}

impl<'a> Measured<'a> {
    /// Where a scorer's statistics stand in the items' rows.
    pub(super) fn place(&self, scorer: &str) -> Option<usize> {
        self.scorers.iter().position(|name| *name == scorer)
    }

    /// Takes the items' rows in.
    pub(super) fn take(&mut self, rows: Vec<ScoreRecord>) {
        let mut clusters: HashMap<String, Arc<str>> = HashMap::new();
        for mut row in rows {
            for layer in row.exit_layers.iter().flatten() {
                *self.exits.entry(*layer).or_default() += u64::from(row.pass_count);
            }
            let answer = Answer::of(&row);
            let name = row.cluster.take().unwrap_or_else(|| format!("item {}", row.item));
            let cluster = clusters.entry(name).or_insert_with_key(|name| Arc::from(name.as_str()));
            let mut own = |scorer: &&str| {
                let place = row.stats.iter().position(|(name, _)| **name == **scorer)?;
                Some(Stats(row.stats.swap_remove(place).1))
            };
            let stats = self.scorers.iter().map(&mut own).collect();
            self.items.push(ScoredRow {
                block: row.block,
                item: row.item,
                cluster: Arc::clone(cluster),
                answer,
                stats,
            });
            for (scorer, why) in row.unscored {
                self.unscored.entry(scorer).or_insert((0, why)).0 += 1;
            }
        }
    }

    /// Generated tokens by the blocks that ran for them.
    pub(super) fn exit_histogram(&self) -> Vec<ExitCount> {
        let count = |(blocks, tokens): (&u16, &u64)| ExitCount { blocks: *blocks, tokens: *tokens };
        self.exits.iter().map(count).collect()
    }

    /// Takes one cell's energy in, or says (status, reason) why it can't.
    fn add(&mut self, cell: &'a CellRecord, windows: &[&WindowRecord]) -> Result<(), (String, String)> {
        if cell.status != Status::Ok {
            let status = crate::table::word_of(&cell.status).unwrap_or_default();
            return Err((status, cell.reason.clone().unwrap_or_default()));
        }
        let no_energy = |reason: String| ("no-energy".to_string(), reason);
        let window = whole(windows).map_err(no_energy)?;
        self.seconds.insert(cell.cell, window.seconds);
        let passes = cell.passes.filter(|passes| *passes > 0);
        let passes = passes.ok_or_else(|| no_energy("the cell counts no whole pass".to_string()))?;
        let tokens = cell.tokens_out.ok_or_else(|| no_energy("the cell counts no tokens".to_string()))?;
        let tasks = f64::from(cell.items) * f64::from(passes);
        let run = BlockRun {
            energy: None,
            seconds: Some(window.seconds).filter(|_| !window.is_disturbed()),
            peak_rss: cell.peak_rss_bytes,
            tasks,
            tokens: tokens as f64,
        };
        self.runs.insert(cell.block, run);
        let energy = window.energy_j.ok_or_else(|| no_energy(window.reason().unwrap_or_default()))?;
        if self.class.is_some_and(|class| class != window.class) {
            return Err(no_energy("its class differs from that of the variant's other cells".to_string()));
        }
        self.class = Some(window.class);
        self.u_scale_rel = larger(self.u_scale_rel, window.u_scale_rel);
        self.u_model_rel = self.u_model_rel.max(window.u_model_rel.unwrap_or(0.0));
        self.domains = match &window.formula {
            Some(formula) => formula.split('+').map(|domain| domain.trim().to_string()).collect(),
            None => vec![window.domain.clone()],
        };
        self.runs.insert(cell.block, BlockRun { energy: Some(energy), ..run });
        self.blocks.insert(
            cell.block,
            BlockEnergy { energy, net: window.energy_net_j, tasks, tokens: tokens as f64 },
        );
        Ok(())
    }
}

/// Whether blocks ran the same items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// Every block ran the same ones.
    Same,
    /// Some items ran in several blocks.
    Shared,
    /// No item ran in two blocks.
    Different,
}

/// What the blocks of a task have in common, taken over all variants.
pub(super) fn repetition<'m>(variants: impl Iterator<Item = &'m Measured<'m>>) -> Repetition {
    let mut blocks: BTreeMap<u16, BTreeSet<u32>> = BTreeMap::new();
    for item in variants.flat_map(|variant| &variant.items) {
        blocks.entry(item.block).or_default().insert(item.item);
    }
    let different: BTreeSet<u32> = blocks.values().flatten().copied().collect();
    if blocks.values().all(|items| items.len() == different.len()) {
        return Repetition::Same;
    }
    let ran: usize = blocks.values().map(BTreeSet::len).sum();
    if ran == different.len() { Repetition::Different } else { Repetition::Shared }
}

fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        _ => a.or(b),
    }
}

/// The row that speaks for a cell: the total, or the only domain.
pub(super) fn whole<'w>(windows: &[&'w WindowRecord]) -> Result<&'w WindowRecord, String> {
    match (windows.iter().find(|window| window.domain == TOTAL), windows) {
        (Some(total), _) => Ok(total),
        (None, [only]) => Ok(only),
        (None, []) => Err("no window was stored".to_string()),
        (None, _) => {
            Err("its domains have no total: energies of different classes are never added".to_string())
        }
    }
}

/// The reasons of a variant's cells, each with how often it occurs.
fn why_nothing(failed: &[FailedCell], task: &str, variant: &str) -> String {
    let own = failed.iter().filter(|cell| cell.task == task && cell.variant == variant);
    let reasons: Vec<&str> = own.map(|cell| cell.reason.as_str()).collect();
    if reasons.is_empty() {
        return "no cell was run".to_string();
    }
    let told: Vec<String> =
        alike(&reasons).iter().map(|alike| format!("{} ({} ×)", alike.text, alike.places.len())).collect();
    format!("no valid window: {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{FAILED, example, summary, summary_of, why};
    use crate::summary::Verdict;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn a_failed_cell_is_told_with_its_reason() {
        let summary = summary();
        let expected = FailedCell {
            cell: FAILED,
            block: 5,
            task: "java".to_string(),
            variant: "pruned".to_string(),
            status: "failed".to_string(),
            reason: "the engine was killed by signal 9".to_string(),
        };
        assert_eq!(summary.failed, [expected]);
        assert_eq!(summary.rows[2].notes, ["1 of 6 blocks have no valid energy"]);
    }

    #[test]
    fn a_variant_without_a_valid_window_has_a_reason_instead_of_energy() {
        let mut example = example();
        for window in &mut example.windows {
            if window.cell.is_some_and(|cell| cell % 3 == 1) {
                (window.energy_j, window.energy_net_j, window.valid) = (None, None, false);
                window.why = Some(why("too-few-updates", "3 updates"));
            }
        }
        let summary = summary_of(&example);
        let int8 = &summary.rows[1];
        assert_eq!(int8.energy_per_task_j, None);
        assert_eq!(int8.energy_reason.as_deref(), Some("no valid window: too-few-updates: 3 updates (6 ×)"));
        assert_eq!((int8.verdict, int8.on_front_p), (Verdict::NotMeasured, None));
        assert_eq!(int8.score.as_ref().unwrap().value, 0.875);
        assert_eq!(summary.failed.len(), 7);
    }

    #[test]
    fn other_phases_are_not_the_measurement() {
        let mut example = example();
        let load = WindowRecord { phase: Phase::Load, energy_j: Some(1e6), ..example.windows[0].clone() };
        example.windows.insert(0, load);
        close(summary_of(&example).rows[0].energy_per_task_j.as_ref().unwrap().value, 2.0);
    }

    #[test]
    fn a_window_that_others_disturbed_has_no_time_either() {
        let with = |word: &str| {
            let mut example = example();
            for window in &mut example.windows {
                (window.energy_j, window.energy_net_j, window.valid) = (None, None, false);
                window.why = Some(why(word, ""));
            }
            summary_of(&example).rows[0].amounts.contains_key("seconds-per-task")
        };
        assert!(with("counter-stuck"), "time is known where only the meter failed");
        for word in harness_meter::DISTURBANCES {
            assert!(!with(word), "{word}");
        }
    }
}
