//! Energy per correct task, and how it compares with the baseline's.

use std::collections::BTreeMap;

use harness_stats::per_success::REFUSE_ABOVE;
use harness_stats::{BlockTotal, Confidence, Estimate, Interval, PerSuccess, ratio_estimate};
use harness_task::Scorer;

use super::comparison::{Answers, common, of_both, of_ratio};
use super::gather::{Measured, Repetition};
use super::scored::scored_items;
use super::{Comparison, PerCorrect};
use crate::metric::{METRICS, Metric};

/// Energy per task over the share of correct ones; refused where that share is too uncertain to divide by.
///
/// Where every block has items of its own, the interval comes from joules and correct items of the blocks, which vary
/// together; else blocks tell how energy varies, clusters of items how answers do.
pub(super) fn per_correct(
    variant: &Measured<'_>,
    scorer: &dyn Scorer,
    repetition: Repetition,
    sure: Confidence,
) -> PerCorrect {
    match interval(variant, scorer, repetition, sure) {
        Ok(Interval { value, lo, hi }) => {
            PerCorrect::Value { value, lo, hi, scorer: scorer.name().to_string() }
        }
        Err(refused) => PerCorrect::Refused { refused },
    }
}

fn interval(
    variant: &Measured<'_>,
    scorer: &dyn Scorer,
    repetition: Repetition,
    sure: Confidence,
) -> Result<Interval, String> {
    let blocks: Vec<BlockTotal> =
        variant.blocks.values().map(|block| BlockTotal { energy: block.energy, work: block.tasks }).collect();
    if blocks.is_empty() {
        return Err("no valid energy".to_owned());
    }
    let mut clusters: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let items = scored_items(variant.items.iter(), variant.place(scorer.name()));
    for item in &items {
        let (correct, all) = clusters.entry(&item.cluster).or_default();
        *correct += scorer.value(&item.stats).unwrap_or(0.0);
        *all += 1.0;
    }
    let clusters: Vec<(f64, f64)> = clusters.into_values().collect();
    if clusters.is_empty() {
        return Err("nothing was generated".to_owned());
    }
    if clusters.iter().all(|(correct, _)| *correct == 0.0) {
        return Err("no task was correct".to_owned());
    }
    let found = PerSuccess::measured(&blocks, &clusters).ok_or("the energy is not positive")?;
    let relative = found.relative_error.ok_or("one cluster of items does not tell how sure the share is")?;
    if relative > REFUSE_ABOVE {
        return Err(format!(
            "the share of correct tasks has a relative standard error of {:.0} %, above {:.0} %",
            100.0 * relative,
            100.0 * REFUSE_ABOVE
        ));
    }
    let together = (repetition == Repetition::Different)
        .then(|| sure.total(&by_block(variant, scorer).into_values().collect::<Vec<_>>()))
        .flatten();
    Ok(together.unwrap_or_else(|| found.interval(sure.level)))
}

/// Of each block with a valid energy the joules of one pass, and its correct items.
fn by_block(variant: &Measured<'_>, scorer: &dyn Scorer) -> BTreeMap<u16, BlockTotal> {
    let place = variant.place(scorer.name());
    let mut blocks: BTreeMap<u16, (f64, f64)> = BTreeMap::new();
    for row in &variant.items {
        let Some(stats) = place.and_then(|place| row.stats.get(place)?.as_ref()) else { continue };
        let (correct, all) = blocks.entry(row.block).or_default();
        *correct += scorer.value(stats).unwrap_or(0.0);
        *all += 1.0;
    }
    let joined = blocks.into_iter().filter_map(|(block, (correct, all))| {
        let energy = variant.blocks.get(&block)?;
        Some((block, BlockTotal { energy: energy.energy / energy.tasks * all, work: correct }))
    });
    joined.collect()
}

/// Energy per correct task over the baseline's; None where either is refused.
pub(super) fn ratio(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    scorer: &dyn Scorer,
    repetition: Repetition,
    sure: Confidence,
) -> Option<Comparison> {
    if variant.class != baseline.class
        || [variant, baseline].iter().any(|one| interval(one, scorer, repetition, sure).is_err())
    {
        return None;
    }
    let (estimate, n, method) = match repetition {
        Repetition::Different => {
            let (ours, theirs) = (by_block(variant, scorer), by_block(baseline, scorer));
            let both = ours.into_iter().filter_map(|(block, own)| Some((own, *theirs.get(&block)?)));
            let (ours, theirs): (Vec<_>, Vec<_>) = both.unzip();
            let method = "log-delta over paired blocks, joules with correct items";
            (ratio_estimate(&ours, &theirs)?, ours.len(), method)
        }
        Repetition::Same | Repetition::Shared => {
            let (ours, theirs) = common(variant, baseline, per_task()?)?;
            let energy = ratio_estimate(&ours, &theirs)?;
            let share = share(&of_both(variant, baseline, scorer)?)?;
            let method = "log-delta, energy over paired blocks and share over paired clusters";
            (energy.less(&share), ours.len(), method)
        }
    };
    Some(of_ratio(&estimate, sure, n, method))
}

fn per_task() -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == "energy-per-task")
}

/// Logarithm of the share of correct items over the baseline's.
fn share(answers: &Answers) -> Option<Estimate> {
    let log = |(ours, theirs): (f64, f64)| Some((ours / theirs).ln()).filter(|log| log.is_finite());
    let without: Option<Vec<f64>> = answers.without.iter().copied().map(log).collect();
    Estimate::jackknife(log(answers.whole)?, &without?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn energy_per_correct_task_divides_by_the_share_of_correct_ones_or_is_refused() {
        let summary = summary();
        // Three of four right, in three clusters.
        let PerCorrect::Value { value, lo, hi, scorer } = &summary.rows[0].energy_per_correct_j else {
            panic!("{:?}", summary.rows[0].energy_per_correct_j)
        };
        close(*value, 2.0 / 0.75);
        assert_eq!(scorer, "exact-match");
        assert!(lo.unwrap() < *value && hi.unwrap() > *value);
        // Two of four right: the few clusters leave the share too uncertain.
        let PerCorrect::Refused { refused } = &summary.rows[2].energy_per_correct_j else {
            panic!("{:?}", summary.rows[2].energy_per_correct_j)
        };
        assert!(refused.contains("relative standard error"), "{refused}");
    }
}
