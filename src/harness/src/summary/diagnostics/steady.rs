//! Steady state: whether the blocks of a row scatter around one level, without trend and without a change of it.
//!
//! Coefficient of variation as in Georges, Buytaert and Eeckhout 2007 (OOPSLA), who start to measure when it is below 1 or 2 %;
//! change points because warm-up often never ends in one (Barrett et al. 2017, OOPSLA; Traini et al. 2022, Empirical Software
//! Engineering 28), here Pettitt's (1979, Applied Statistics 28).

use harness_stats::{change_point, median, slope, variation};

use super::series::Series;
use crate::summary::diagnosis::{Shift, Steady, Trend};

/// Blocks that vary by more than this are marked: the larger of the two bounds that Georges et al. 2007 use.
pub const STEADY_VARIATION: f64 = 0.02;

/// The p values are adjusted where all rows are known.
pub(super) fn steady(series: &Series) -> Result<Steady, String> {
    let logs: Vec<f64> = series.points.iter().map(|point| point.log).collect();
    // Sizes only matter up to a factor; with the mean taken off, the exponential never overflows.
    let levels: Vec<f64> = series.residuals().into_iter().map(f64::exp).collect();
    let few = || "fewer than three blocks have a valid energy".to_owned();
    let variation = variation(&levels).ok_or_else(few)?;
    let line = slope(&logs).ok_or_else(few)?;
    let change = change_point(&logs).ok_or_else(few)?;
    let behind = series.points.get(change.index).ok_or_else(few)?;
    let (before, after) = levels.split_at(change.index);
    let change_rel =
        median(after.to_vec()).zip(median(before.to_vec())).map(|(after, before)| after / before - 1.0);
    Ok(Steady {
        of: series.of.to_owned(),
        blocks: series.points.len(),
        variation,
        trend: Trend { per_block_rel: line.per_step.exp_m1(), p: line.p, p_holm: line.p },
        shift: Shift {
            block: behind.block,
            change_rel: change_rel.ok_or_else(few)?,
            p: change.p,
            p_holm: change.p,
        },
    })
}
