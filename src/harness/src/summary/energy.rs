//! Energies per unit of work, and the comparison of one variant with the baseline.

use super::comparison::common;
use super::gather::Measured;
use super::{Energy, GeoMean, Ratio};
use crate::metric::{BlockEnergy, Metric};
use harness_stats::{
    BlockTotal, Confidence, Difference, Interval, Looks, normal, paired, ratio_estimate, total_signed,
};

/// Energy over work from all blocks of a variant; None without valid blocks.
pub(super) fn per_work(
    measured: &Measured<'_>,
    work: fn(&BlockEnergy) -> f64,
    sure: Confidence,
) -> Option<Energy> {
    let interval = sure.total(&totals(measured.blocks.values(), work))?;
    Some(with_scale(interval, measured.u_scale_rel, sure.level))
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
    normal::reach(level)
}

/// A variant over the baseline, from the blocks in which both have the metric, energies of the same class; None
/// without such blocks. The adjusted p is left for whoever knows the whole family.
pub(super) fn compare(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    metric: &Metric,
    sure: Confidence,
) -> Option<(Ratio, GeoMean)> {
    let (ours, theirs) = common(variant, baseline, metric)?;
    let Difference { value, lo, hi, p } = sure.difference(&ratio_estimate(&ours, &theirs)?);
    let blocks = paired(&ours, &theirs, sure.level)?;
    let mean = blocks.geometric_mean;
    // The mean of block ratios and its flips are for a single look.
    let (p, mean_lo, mean_hi, flips) = match sure.looks {
        Looks::Once => (blocks.p, mean.lo, mean.hi, blocks.p_sign_flip),
        Looks::Always => (p, None, None, None),
    };
    Some((
        Ratio {
            value: value.exp(),
            lo: lo.map(f64::exp),
            hi: hi.map(f64::exp),
            p,
            p_holm: None,
            n_blocks: ours.len(),
        },
        GeoMean { value: mean.value, lo: mean_lo, hi: mean_hi, p_sign_flip: flips },
    ))
}

fn totals<'b>(
    blocks: impl Iterator<Item = &'b BlockEnergy>,
    work: fn(&BlockEnergy) -> f64,
) -> Vec<BlockTotal> {
    blocks.map(|block| BlockTotal { energy: block.energy, work: work(block) }).collect()
}

#[cfg(test)]
mod tests {
    use crate::report::example::summary;
    use crate::summary::Verdict;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    // Expected intervals as in scripts/golden_stats.py, from the example's numbers.
    #[test]
    fn energies_per_task_are_sums_over_sums_with_block_intervals() {
        let summary = summary();
        for (row, value, lo, hi, blocks) in [
            (&summary.rows[0], 2.0, 1.8569602466059931, 2.15405795967409, 6),
            (&summary.rows[1], 1.0, 0.9284801233029966, 1.077028979837045, 6),
            (&summary.rows[2], 1.59872, 1.4705724691448148, 1.7380344675474182, 5),
        ] {
            let energy = row.energy_per_task_j.as_ref().unwrap();
            close(energy.value, value);
            close(energy.lo.unwrap(), lo);
            close(energy.hi.unwrap(), hi);
            close(energy.hi_absolute.unwrap(), hi);
            assert_eq!((row.n_blocks, row.n_blocks_planned), (blocks, 6));
        }
        let full = &summary.rows[0];
        close(full.energy_per_token_j.as_ref().unwrap().value, 2.0 / 15.0);
        close(full.energy_net_per_task_j.as_ref().unwrap().value, 1.5);
        close(full.wh_per_1000_tasks.unwrap(), 2000.0 / 3600.0);
        close(full.gco2e_per_1000_tasks.unwrap(), 2000.0 / 3.6e6 * 300.0);
    }

    #[test]
    fn ratios_use_the_blocks_that_both_have_and_carry_their_verdicts() {
        let summary = summary();
        let [full, int8, pruned] = &summary.rows[..] else { panic!("three rows") };
        assert_eq!((&full.ratio_of_totals, full.verdict), (&None, Verdict::Baseline));
        let ratio = int8.ratio_of_totals.as_ref().unwrap();
        close(ratio.value, 0.5);
        close(ratio.hi.unwrap(), 0.5);
        assert_eq!(int8.geo_mean_ratio.as_ref().unwrap().p_sign_flip, Some(2.0 / 64.0));
        let ratio = pruned.ratio_of_totals.as_ref().unwrap();
        close(ratio.value, 0.79936);
        close(ratio.lo.unwrap(), 0.7839894278733323);
        close(ratio.hi.unwrap(), 0.8150319211998843);
        close(ratio.p.unwrap(), 6.002094741572013e-06);
        // Holm: the larger of two p values stays as it is.
        close(ratio.p_holm.unwrap(), 6.002094741572013e-06);
        assert_eq!(ratio.n_blocks, 5);
        let mean = pruned.geo_mean_ratio.as_ref().unwrap();
        close(mean.value, 0.7999199903977594);
        close(mean.lo.unwrap(), 0.7843667543134334);
        assert_eq!(mean.p_sign_flip, Some(2.0 / 32.0));
        assert_eq!((int8.verdict, pruned.verdict), (Verdict::Lower, Verdict::Lower));
        assert_eq!(summary.comparisons, 2);
    }
}
