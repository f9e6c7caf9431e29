//! A variant held against the baseline: ratios of amounts of work, differences of scores.

use std::collections::BTreeMap;

use harness_stats::{
    BlockTotal, Confidence, Difference, Estimate, Interval, Looks, mcnemar, ratio_estimate, student,
};
use harness_task::Scorer;

use super::Comparison;
use super::gather::Measured;
use super::groups::groups;
use super::pool::Pool;
use super::scored::{Items, ScoredItem};
use crate::metric::{METRICS, Metric};

/// How the error of differences is found of which there are none.
const RULE_OF_THREE: &str = "no cluster differs from another: rule of three";

/// Every metric that some block has, with its interval, by name.
pub(super) fn amounts(measured: &Measured<'_>, sure: Confidence) -> BTreeMap<String, Interval> {
    let one = |metric: &Metric| {
        let blocks: Vec<BlockTotal> = measured.runs.values().filter_map(metric.total).collect();
        Some((metric.name.to_owned(), sure.total(&blocks)?))
    };
    METRICS.iter().filter_map(one).collect()
}

/// Ratios of every metric that both have, by name.
pub(super) fn ratios(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    sure: Confidence,
) -> BTreeMap<String, Comparison> {
    let one = |metric: &Metric| Some((metric.name.to_owned(), ratio(variant, baseline, metric, sure)?));
    METRICS.iter().filter_map(one).collect()
}

fn ratio(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    metric: &Metric,
    sure: Confidence,
) -> Option<Comparison> {
    let (ours, theirs) = common(variant, baseline, metric)?;
    let estimate = ratio_estimate(&ours, &theirs)?;
    Some(of_ratio(&estimate, sure, ours.len(), "log-delta over paired blocks, Student's t"))
}

/// A ratio from the estimate of its logarithm.
pub(super) fn of_ratio(estimate: &Estimate, sure: Confidence, n: usize, method: &str) -> Comparison {
    let Difference { value, lo, hi, p } = sure.difference(estimate);
    Comparison {
        value: value.exp(),
        lo: lo.map(f64::exp),
        hi: hi.map(f64::exp),
        error: estimate.error,
        freedom: estimate.freedom,
        p,
        p_holm: None,
        n,
        width: None,
        method: looked(method, sure.looks),
    }
}

/// A method, and that it holds at every look where one looks after every block.
fn looked(method: &str, looks: Looks) -> String {
    match looks {
        Looks::Once => method.to_owned(),
        Looks::Always => format!("{method}; interval and p always valid, by the mixture t test in its place"),
    }
}

/// What the blocks of both that have the metric came to, in the same order; None where joules are of different classes.
pub(super) fn common(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    metric: &Metric,
) -> Option<(Vec<BlockTotal>, Vec<BlockTotal>)> {
    if metric.is_energy && variant.class != baseline.class {
        return None;
    }
    let both = variant.runs.iter().filter_map(|(block, run)| {
        let other = baseline.runs.get(block)?;
        Some(((metric.total)(run)?, (metric.total)(other)?))
    });
    Some(both.unzip())
}

/// Differences of every score that both have, by the scorer's name.
pub(super) fn differences(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    scorers: &[&dyn Scorer],
    sure: Confidence,
) -> BTreeMap<String, Comparison> {
    let one = |scorer: &&dyn Scorer| {
        let found = difference(variant, baseline, *scorer, sure)?;
        Some((scorer.name().to_owned(), found))
    };
    scorers.iter().filter_map(one).collect()
}

fn difference(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    scorer: &dyn Scorer,
    sure: Confidence,
) -> Option<Comparison> {
    let answers = of_both(variant, baseline, scorer)?;
    let less = |(ours, theirs): (f64, f64)| ours - theirs;
    let without: Vec<f64> = answers.without.iter().copied().map(less).collect();
    let mut estimate = Estimate::jackknife(less(answers.whole), &without)?;
    let (lowest, highest) = scorer.range();
    let width = Some(highest - lowest).filter(|width| width.is_finite());
    let no_spread = estimate.error == 0.0 && answers.clusters > 1;
    if no_spread {
        estimate = at_most_rare(estimate.value, answers.clusters, width, sure.level)?;
    }
    let Difference { value, lo, hi, p } = sure.difference(&estimate);
    Some(Comparison {
        value,
        lo,
        hi,
        error: estimate.error,
        freedom: estimate.freedom,
        p: match (answers.discordant, sure.looks) {
            (Some((gained, lost)), Looks::Once) => Some(mcnemar(gained, lost)),
            _ => p,
        },
        p_holm: None,
        n: answers.clusters,
        width,
        method: match (answers.discordant, sure.looks) {
            _ if no_spread => RULE_OF_THREE.to_owned(),
            (Some(_), Looks::Once) => {
                "jackknife over paired items, Student's t; p: McNemar, exact".to_owned()
            }
            _ => looked("jackknife over paired clusters, Student's t", sure.looks),
        },
    })
}

/// Where all clusters agree, another one may still differ, by as much as the score's range: in a share of clusters up
/// to 1 − ((1 − level) / 2)^(1/n), else so many would hardly agree (the rule of three). Its error is half of that interval;
/// nothing tells it of a score without bounds.
fn at_most_rare(value: f64, clusters: usize, width: Option<f64>, level: f64) -> Option<Estimate> {
    let share = 1.0 - ((1.0 - level) / 2.0).powf(1.0 / clusters as f64);
    let reach = student::reach(level, clusters - 1)?;
    Some(match width {
        Some(width) => Estimate { value, error: width * share / reach, freedom: (clusters - 1) as f64 },
        None => Estimate { value, error: 0.0, freedom: 0.0 },
    })
}

/// What a reader must know of a difference whose clusters all agree.
pub(super) fn alike_note(difference: &Comparison) -> Option<String> {
    (difference.method == RULE_OF_THREE).then(|| {
        let n = difference.n;
        let told = match difference.lo {
            Some(_) => {
                format!("the interval says what {n} clusters that agree leave possible (rule of three)")
            }
            None => "without bounds of the score nothing tells what others leave possible".to_owned(),
        };
        format!("every answer scores as the baseline's; {told}")
    })
}

/// What a scorer says of the items that variant and baseline both answered.
pub(super) struct Answers {
    /// Score of the variant and of the baseline.
    pub(super) whole: (f64, f64),
    /// The same without each group of clusters in turn.
    pub(super) without: Vec<(f64, f64)>,
    /// Clusters of these items.
    clusters: usize,
    /// Items that only the variant, and that only the baseline has right; None where answers are more than right or wrong,
    /// or items are not independent.
    discordant: Option<(u64, u64)>,
}

/// None without common items, or where the scorer has no value of them.
pub(super) fn of_both(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    scorer: &dyn Scorer,
) -> Option<Answers> {
    let items = |measured: &Measured<'_>| Items::of(measured.items.iter(), measured.place(scorer.name()));
    let (ours, theirs) = (items(variant), items(baseline));
    let both: Vec<u32> = ours.numbers().filter(|item| theirs.get(*item).is_some()).collect();
    let groups = groups(&ours, &both);
    let pool = |items: &Items| {
        let own: Vec<Vec<&ScoredItem>> = groups
            .items
            .iter()
            .map(|group| group.iter().filter_map(|item| items.get(*item)).collect())
            .collect();
        let pool = Pool::new(scorer, own.iter().map(Vec::as_slice));
        Some((pool.whole()?, pool.without_each()))
    };
    let ((whole, without), (other, other_without)) = (pool(&ours)?, pool(&theirs)?);
    // One group left out of one leaves nothing.
    let without = match groups.items.len() {
        1 => vec![(whole, other)],
        _ => {
            let both = without.into_iter().zip(other_without).map(|(ours, theirs)| Some((ours?, theirs?)));
            both.collect::<Option<_>>()?
        }
    };
    let alone = groups.clusters == both.len();
    Some(Answers {
        whole: (whole, other),
        without,
        clusters: groups.clusters,
        discordant: alone.then(|| discordant(scorer, &ours, &theirs, &both)).flatten(),
    })
}

fn discordant(scorer: &dyn Scorer, ours: &Items, theirs: &Items, both: &[u32]) -> Option<(u64, u64)> {
    if !scorer.is_proportion() {
        return None;
    }
    let right = |items: &Items, item: &u32| match scorer.value(&items.get(*item)?.stats)? {
        1.0 => Some(true),
        0.0 => Some(false),
        _ => None,
    };
    let (mut gained, mut lost) = (0, 0);
    for item in both {
        match (right(ours, item)?, right(theirs, item)?) {
            (true, false) => gained += 1,
            (false, true) => lost += 1,
            _ => {}
        }
    }
    Some((gained, lost))
}
