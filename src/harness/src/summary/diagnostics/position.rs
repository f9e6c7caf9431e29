//! Whether a cell's energy depends on its place in the block.
//!
//! Places are drawn, so that an effect widens intervals and biases nothing; it still tells that cells are not run alike, for
//! example warmer and warmer.

use std::collections::BTreeSet;

use harness_stats::{median, rank_correlation, student};

use super::series::{LEVELLED, Series};
use crate::summary::diagnosis::PositionEffect;

pub(super) fn position(all: &[&Series]) -> Result<PositionEffect, String> {
    let (mut places, mut residuals) = (Vec::new(), Vec::new());
    for series in all {
        places.extend(series.points.iter().map(|point| f64::from(point.position)));
        residuals.extend(series.residuals());
    }
    let found = rank_correlation(&places, &residuals)
        .ok_or("fewer than three cells have a valid energy, or all of them the same place or energy")?;
    Ok(PositionEffect {
        cells: places.len(),
        rho: found.rho,
        p: p(found.rho, free(all)).unwrap_or(found.p),
        late_rel: late(&places, &residuals),
    })
}

/// Cells that vary freely: where a block's mean is taken off, its last residual follows from the others.
fn free(all: &[&Series]) -> usize {
    let levelled = all.iter().filter(|series| series.of == LEVELLED);
    let tasks: BTreeSet<&str> = levelled.clone().map(|series| series.task.as_str()).collect();
    let blocks =
        |task: &str| levelled.clone().filter(|own| own.task == task).map(|own| own.points.len()).max();
    let bound: usize = tasks.into_iter().filter_map(blocks).sum();
    all.iter().map(|series| series.points.len()).sum::<usize>().saturating_sub(bound)
}

/// Two-sided p of a rank correlation of so many values, by the t approximation; None of fewer than three.
fn p(rho: f64, count: usize) -> Option<f64> {
    let freedom = count.checked_sub(2).filter(|freedom| *freedom > 0)?;
    let t = rho * (freedom as f64 / ((1.0 - rho) * (1.0 + rho)).max(0.0)).sqrt();
    student::two_sided_p(t, freedom)
}

/// Mean of the later half over that of the earlier half, less 1; 0 where places tell none apart.
fn late(places: &[f64], residuals: &[f64]) -> f64 {
    let middle = median(places.to_vec()).unwrap_or(0.0);
    let mean = |chosen: &dyn Fn(f64) -> bool| {
        let own: Vec<f64> =
            places.iter().zip(residuals).filter(|(place, _)| chosen(**place)).map(|(_, own)| *own).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    let change = (mean(&|place| place > middle) - mean(&|place| place < middle)).exp_m1();
    if change.is_finite() { change } else { 0.0 }
}
