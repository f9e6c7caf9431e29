//! Energies per unit of work, and the comparison of one variant with the baseline.

use statrs::distribution::{ContinuousCDF, Normal};

use super::gather::{BlockEnergy, Measured};
use super::{Energy, GeoMean, Metric, Ratio};
use crate::stats::{BlockTotal, Interval, paired, ratio_of_totals, total, total_signed};

/// Energy over work from all blocks of a variant; None without valid blocks.
pub(super) fn per_work(measured: &Measured<'_>, work: fn(&BlockEnergy) -> f64, level: f64) -> Option<Energy> {
    let interval = total(&totals(measured.blocks.values(), work), level)?;
    Some(with_scale(interval, measured.u_scale_rel, level))
}

/// Net energy per task; None unless every valid block has a net energy.
pub(super) fn net_per_task(measured: &Measured<'_>, level: f64) -> Option<Energy> {
    let blocks: Option<Vec<BlockTotal>> = measured
        .blocks
        .values()
        .map(|block| Some(BlockTotal { energy: block.net?, work: block.tasks }))
        .collect();
    let Interval { value, lo, hi } = total_signed(&blocks?, level)?;
    // Scale acts on gross and idle alike, so on their difference; its sign does not matter.
    let scale = measured.u_scale_rel.map(|u| normal_reach(level) * u * value.abs());
    let combined = |end: Option<f64>| Some((end? - value).hypot(scale?));
    Some(Energy {
        value,
        lo,
        hi,
        u_scale_rel: measured.u_scale_rel,
        lo_absolute: combined(lo).map(|half| value - half),
        hi_absolute: combined(hi).map(|half| value + half),
    })
}

/// Adds the uncertainty of scale to an interval in quadrature of logarithms.
fn with_scale(interval: Interval, u_scale_rel: Option<f64>, level: f64) -> Energy {
    let Interval { value, lo, hi } = interval;
    let half = hi.zip(u_scale_rel).map(|(hi, u)| (hi / value).ln().hypot(normal_reach(level) * u));
    let absolute = Interval::around_log(value, half);
    Energy { value, lo, hi, u_scale_rel, lo_absolute: absolute.lo, hi_absolute: absolute.hi }
}

/// How many standard uncertainties an interval reaches on each side where they are known, not estimated.
fn normal_reach(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + level / 2.0)
}

/// A variant over the baseline, from the blocks in which both have a valid energy of the same class; None
/// without such blocks. The adjusted p is left for whoever knows the whole family.
pub(super) fn compare(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    metric: &Metric,
    level: f64,
) -> Option<(Ratio, GeoMean)> {
    if variant.class != baseline.class {
        return None;
    }
    let common = |of: &Measured<'_>, other: &Measured<'_>| {
        let blocks = of.blocks.iter().filter(|(block, _)| other.blocks.contains_key(block));
        totals(blocks.map(|(_, energy)| energy), metric.work)
    };
    let (ours, theirs) = (common(variant, baseline), common(baseline, variant));
    let Interval { value, lo, hi } = ratio_of_totals(&ours, &theirs, level)?;
    let blocks = paired(&ours, &theirs, level)?;
    let mean = blocks.geometric_mean;
    Some((
        Ratio { value, lo, hi, p: blocks.p, p_holm: None, n_blocks: ours.len() },
        GeoMean { value: mean.value, lo: mean.lo, hi: mean.hi, p_sign_flip: blocks.p_sign_flip },
    ))
}

fn totals<'b>(
    blocks: impl Iterator<Item = &'b BlockEnergy>,
    work: fn(&BlockEnergy) -> f64,
) -> Vec<BlockTotal> {
    blocks.map(|block| BlockTotal { energy: block.energy, work: work(block) }).collect()
}
