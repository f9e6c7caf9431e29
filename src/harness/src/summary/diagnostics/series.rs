//! Energies of blocks as series that can be read without the items' differences.

use std::collections::BTreeMap;

use crate::summary::SummaryInput;
use crate::summary::gather::{Gathered, Measured, Repetition, repetition};

/// Joules per task, block by block.
pub(super) const PLAIN: &str = "joules per task";

/// Joules per task without what the block's items explain.
pub(super) const LEVELLED: &str = "joules per task over the block's mean";

/// One variant on one task.
pub(super) struct Series {
    pub(super) task: String,
    pub(super) variant: String,
    /// [`PLAIN`] or [`LEVELLED`].
    pub(super) of: &'static str,
    /// In the order of blocks.
    pub(super) points: Vec<SeriesPoint>,
}

/// One cell with a valid energy.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeriesPoint {
    pub(super) block: u16,
    /// Number in the plan: cells run in this order.
    pub(super) cell: u32,
    /// Place in its block.
    pub(super) position: u16,
    /// J.
    pub(super) energy_per_task: f64,
    /// Logarithm of energy per task, where blocks ran different items less that of the block's mean.
    pub(super) log: f64,
}

impl Series {
    /// Logarithms less their mean.
    pub(super) fn residuals(&self) -> Vec<f64> {
        let mean = self.points.iter().map(|point| point.log).sum::<f64>() / self.points.len() as f64;
        self.points.iter().map(|point| point.log - mean).collect()
    }
}

/// The series of every variant and task that has one, or (task, variant) and the reason why there is none.
pub(super) type Found = Vec<Result<Series, (String, String, String)>>;

/// The series of all rows, in their order.
///
/// Where every block ran the same items, energy per task is the same work in each. Else blocks differ by their items, and what
/// a series may say is what they do not explain: the logarithm less the mean over the variants of the block, each centred first,
/// so that a variant that lacks a block does not shift the others.
pub(super) fn series(input: &SummaryInput, gathered: &Gathered<'_>) -> Found {
    let mut all = Vec::new();
    for task in &input.tasks {
        let of_task: Vec<(&String, &Measured<'_>)> = input
            .variants
            .iter()
            .filter_map(|variant| Some((variant, gathered.of(&task.name, variant)?)))
            .collect();
        let same = repetition(of_task.iter().map(|(_, measured)| *measured)) == Repetition::Same;
        let mut found: Vec<Series> = of_task
            .iter()
            .map(|(variant, measured)| Series {
                task: task.name.clone(),
                variant: (*variant).clone(),
                of: if same { PLAIN } else { LEVELLED },
                points: points(measured),
            })
            .collect();
        let several = found.iter().filter(|series| !series.points.is_empty()).count() > 1;
        if !same {
            level(&mut found);
        }
        all.extend(found.into_iter().map(|series| match (series.points.is_empty(), same || several) {
            (true, _) => Err((series.task, series.variant, "no valid energy".to_owned())),
            (false, true) => Ok(series),
            (false, false) => {
                let why = "blocks ran different items, and no other variant tells what those cost";
                Err((series.task, series.variant, why.to_owned()))
            }
        }));
    }
    all
}

fn points(measured: &Measured<'_>) -> Vec<SeriesPoint> {
    let point = |(block, energy): (&u16, &crate::metric::BlockEnergy)| {
        let cell = measured.cells.iter().find(|cell| cell.block == *block)?;
        let energy_per_task = energy.energy / energy.tasks;
        let log = energy_per_task.ln();
        let place = (cell.cell, cell.position);
        log.is_finite().then_some(SeriesPoint {
            block: *block,
            cell: place.0,
            position: place.1,
            energy_per_task,
            log,
        })
    };
    measured.blocks.iter().filter_map(point).collect()
}

/// Takes from each logarithm the mean of its block's residuals.
fn level(all: &mut [Series]) {
    let mut blocks: BTreeMap<u16, (f64, f64)> = BTreeMap::new();
    for series in all.iter() {
        for (point, residual) in series.points.iter().zip(series.residuals()) {
            let (sum, count) = blocks.entry(point.block).or_default();
            *sum += residual;
            *count += 1.0;
        }
    }
    for point in all.iter_mut().flat_map(|series| &mut series.points) {
        if let Some((sum, count)) = blocks.get(&point.block) {
            point.log -= sum / count;
        }
    }
}
