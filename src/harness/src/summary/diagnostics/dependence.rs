//! Whether a measured value tells of the next: intervals and tests take them as independent.

use std::collections::BTreeMap;

use harness_stats::{lag_one, normal};

use super::series::{PLAIN, Series};
use crate::summary::diagnosis::Dependence;
use crate::summary::gather::Measured;

/// Confidence of the bound.
const LEVEL: f64 = 0.95;

/// Of all cells of a run. In the order in which they ran, where every block ran the same items. Else neighbours in a block share
/// its items, and what these do not explain adds up to nothing in each block: then from block to block within each variant, with
/// the freedom that is left, (variants − 1) · (blocks − 1) for each task.
pub(super) fn of_run(all: &[&Series]) -> Result<Dependence, String> {
    match all.iter().all(|series| series.of == PLAIN) {
        true => of_cells(all),
        false => of_blocks(all),
    }
}

fn of_cells(all: &[&Series]) -> Result<Dependence, String> {
    let cells = all.iter().flat_map(|series| series.points.iter().zip(series.residuals()));
    let in_order: BTreeMap<u32, f64> = cells.map(|(point, residual)| (point.cell, residual)).collect();
    let residuals: Vec<f64> = in_order.into_values().collect();
    let found = lag_one(&residuals).ok_or("fewer than three cells differ in energy")?;
    Ok(Dependence {
        value: found.value,
        bound: found.bound,
        of: "cells in the order in which they ran".to_owned(),
    })
}

fn of_blocks(all: &[&Series]) -> Result<Dependence, String> {
    let (mut joint, mut squares) = (0.0, 0.0);
    let mut tasks: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for series in all {
        let residuals = series.residuals();
        squares += residuals.iter().map(|own| own * own).sum::<f64>();
        joint += residuals.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
        let (variants, blocks) = tasks.entry(&series.task).or_default();
        *variants += 1;
        *blocks = residuals.len().max(*blocks);
    }
    let freedom: usize =
        tasks.values().map(|(variants, blocks)| variants.saturating_sub(1) * blocks.saturating_sub(1)).sum();
    let value: f64 = joint / squares;
    if freedom == 0 || !value.is_finite() {
        return Err("fewer than three cells differ in energy".to_owned());
    }
    Ok(Dependence {
        value,
        bound: normal::reach(LEVEL) / (freedom as f64).sqrt(),
        of: "blocks of each variant and task, in the order in which they ran".to_owned(),
    })
}

/// Autocorrelation of the logarithms of a variant's energy per task over the baseline's, block by block.
pub(super) fn of_ratios(variant: &Measured<'_>, baseline: &Measured<'_>) -> Result<Dependence, String> {
    let log = |(block, own): (&u16, &crate::metric::BlockEnergy)| {
        let other = baseline.blocks.get(block)?;
        Some((own.energy / own.tasks).ln() - (other.energy / other.tasks).ln())
    };
    let logs: Vec<f64> = variant.blocks.iter().filter_map(log).collect();
    let found = lag_one(&logs).ok_or("fewer than three blocks in common differ in their ratio")?;
    Ok(Dependence { value: found.value, bound: found.bound, of: "block ratios to the baseline".to_owned() })
}
