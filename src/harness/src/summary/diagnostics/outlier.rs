//! Blocks that lie far from the others of their row.

use harness_stats::{fences, median};

use super::series::Series;
use crate::summary::diagnosis::Outlier;

/// Quartiles of fewer values are the values themselves.
const FEWEST: usize = 4;

/// Values that differ by less than this from the median differ by rounding.
const ROUNDING: f64 = 1e-9;

/// Those beyond Tukey's fences, 1.5 interquartile ranges from the quartiles; beyond three they are far out (Tukey 1977,
/// Exploratory Data Analysis).
pub(super) fn outliers(series: &Series) -> Result<Vec<Outlier>, String> {
    let few = || format!("fewer than {FEWEST} blocks have a valid energy");
    let levels: Vec<f64> = series.residuals().into_iter().map(f64::exp).collect();
    if levels.len() < FEWEST {
        return Err(few());
    }
    let found = fences(&levels).ok_or_else(few)?;
    let middle = median(levels.clone()).ok_or_else(few)?;
    // The fences are four interquartile ranges apart, the outer ones seven.
    let further = 1.5 * (found.hi - found.lo) / 4.0;
    let outlier = |index: &usize| {
        let (point, level) = (series.points.get(*index)?, *levels.get(*index)?);
        ((level / middle - 1.0).abs() > ROUNDING).then_some(Outlier {
            block: point.block,
            energy_per_task_j: point.energy_per_task,
            of_median: level / middle,
            far: level < found.lo - further || level > found.hi + further,
        })
    };
    Ok(found.outside.iter().filter_map(outlier).collect())
}
