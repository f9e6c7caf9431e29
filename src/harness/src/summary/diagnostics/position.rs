//! Whether a cell's energy depends on its place in the block.
//!
//! Places are drawn, so that an effect widens intervals and biases nothing; it still tells that cells are not run alike, for
//! example warmer and warmer.

use harness_stats::{median, rank_correlation};

use super::series::Series;
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
        p: found.p,
        late_rel: late(&places, &residuals),
    })
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
