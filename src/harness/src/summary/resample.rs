//! Joint resamples of blocks and clusters, for everything that needs energy and score together.
//!
//! A resample draws blocks first. Where no item ran in two blocks, it then draws clusters inside each
//! drawn block. Where items ran in several blocks, it draws clusters once: repetitions of an item are
//! the same answer, and drawing them block by block would average the items' chance away. All variants
//! share each draw.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use harness_task::Scorer;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::PerCorrect;
use super::gather::{Measured, Repetition, ScoredRow, repetition};
use super::pool::Pool;
use super::score::aggregate_all;
use super::scored::{ScoredItem, scored_items};
use crate::metric::BlockEnergy;
use crate::stats::{Point, bootstrap::RESAMPLES, front_probability, spread};

/// Largest relative standard error of the share of correct items that a division by it can bear.
const WORST_DENOMINATOR: f64 = 0.25;

/// The resamples of one task.
pub(super) struct Resamples {
    /// Blocks of items: one for all where items ran in several blocks.
    groups: Vec<Group>,
    draws: Vec<Draw>,
}

struct Group {
    /// The block whose items these are; None: those of all blocks.
    block: Option<u16>,
    clusters: Vec<Rc<str>>,
    /// Place of the first cluster among those of all groups.
    first: usize,
}

struct Draw {
    blocks: Vec<u16>,
    /// How often each cluster was drawn, group after group.
    times: Vec<u16>,
}

/// One variant in every resample.
pub(super) struct Curve {
    /// Energies per task.
    pub(super) energies: Vec<Option<f64>>,
    /// Primary scores, turned so that higher is better.
    pub(super) scores: Vec<Option<f64>>,
}

impl Resamples {
    /// Draws for all variants of one task.
    pub(super) fn draw(variants: &[&Measured<'_>], generator: &mut impl Rng) -> Self {
        let cells = variants.iter().flat_map(|variant| &variant.cells);
        let blocks: Vec<u16> = cells.map(|cell| cell.block).collect::<BTreeSet<_>>().into_iter().collect();
        let repeated = repetition(variants.iter().copied()) != Repetition::Different;
        let of_groups = if repeated { vec![None] } else { blocks.iter().copied().map(Some).collect() };
        let mut groups: Vec<Group> = Vec::new();
        for block in of_groups {
            let items = variants.iter().flat_map(|variant| items_of(variant, block));
            let clusters: BTreeSet<&Rc<str>> = items.map(|item| &item.cluster).collect();
            let first = groups.last().map_or(0, |last| last.first + last.clusters.len());
            groups.push(Group { block, clusters: clusters.into_iter().cloned().collect(), first });
        }
        let all = groups.iter().map(|group| group.clusters.len()).sum();
        let draws = (0..RESAMPLES)
            .map(|_| {
                let places: Vec<usize> =
                    (0..blocks.len()).map(|_| generator.random_range(0..blocks.len())).collect();
                let drawn_groups = if repeated { vec![0] } else { places.clone() };
                let mut times = vec![0_u16; all];
                for Group { clusters, first, .. } in
                    drawn_groups.iter().filter_map(|group| groups.get(*group))
                {
                    let count = clusters.len();
                    for _ in 0..count {
                        let drawn = &mut times[first + generator.random_range(0..count)];
                        *drawn = drawn.saturating_add(1);
                    }
                }
                Draw { blocks: places.into_iter().map(|place| blocks[place]).collect(), times }
            })
            .collect();
        Resamples { groups, draws }
    }

    /// Energy per task in every resample; None where it drew no valid block of the variant.
    pub(super) fn energies(&self, variant: &Measured<'_>) -> Vec<Option<f64>> {
        let energy = |draw: &Draw| {
            let blocks = draw.blocks.iter().filter_map(|block| variant.blocks.get(block));
            per_task(blocks)
        };
        self.draws.iter().map(energy).collect()
    }

    /// The variant's score in every resample.
    pub(super) fn scores(&self, variant: &Measured<'_>, scorer: &dyn Scorer) -> Vec<Option<f64>> {
        let mut by_cluster: Vec<Vec<ScoredItem>> = Vec::new();
        for group in &self.groups {
            let mut scored: HashMap<Rc<str>, Vec<ScoredItem>> = HashMap::new();
            for item in scored_items(items_of(variant, group.block), variant.place(scorer.name())) {
                scored.entry(Rc::clone(&item.cluster)).or_default().push(item);
            }
            let items = |cluster: &Rc<str>| scored.remove(cluster).unwrap_or_default();
            by_cluster.extend(group.clusters.iter().map(items));
        }
        let pool = Pool::new(scorer, by_cluster.iter().map(Vec::as_slice));
        self.draws.par_iter().map(|draw| pool.score(&draw.times)).collect()
    }
}

fn items_of<'m>(variant: &'m Measured<'_>, block: Option<u16>) -> impl Iterator<Item = &'m ScoredRow> {
    variant.items.iter().filter(move |item| block.is_none_or(|block| item.block == block))
}

fn per_task<'b>(blocks: impl Iterator<Item = &'b BlockEnergy>) -> Option<f64> {
    let (energy, tasks) = blocks.fold((0.0, 0.0), |sums, b| (sums.0 + b.energy, sums.1 + b.tasks));
    (tasks > 0.0).then(|| energy / tasks)
}

/// Probability of each variant to be on the front of its class; None where a variant has no point.
/// Energies of different classes never meet.
pub(super) fn on_front(variants: &[&Measured<'_>], curves: &[Curve]) -> Vec<Option<f64>> {
    let drawn = |variant: usize, resample: usize| {
        let Curve { energies, scores } = &curves[variant];
        Some(Point { energy: energies[resample]?, score: scores[resample]? })
    };
    let mut found = vec![None; variants.len()];
    for (index, variant) in variants.iter().enumerate() {
        let Some(class) = variant.class else { continue };
        if found[index].is_some() || curves[index].scores.iter().all(Option::is_none) {
            continue;
        }
        let alike: Vec<usize> =
            (0..variants.len()).filter(|&other| variants[other].class == Some(class)).collect();
        let resamples = (0..curves[index].energies.len())
            .map(|resample| alike.iter().map(|&variant| drawn(variant, resample)).collect());
        for (&variant, p) in alike.iter().zip(front_probability(resamples)) {
            let has_point = curves[variant].scores.iter().any(Option::is_some);
            found[variant] = has_point.then_some(p);
        }
    }
    found
}

/// Energy per task over the share of correct tasks, from the resamples of both; refused where that share
/// is too uncertain to divide by.
pub(super) fn per_correct(
    variant: &Measured<'_>,
    scorer: &dyn Scorer,
    resamples: &Resamples,
    level: f64,
) -> PerCorrect {
    let refused = |refused: &str| PerCorrect::Refused { refused: refused.to_string() };
    let Some(energy) = per_task(variant.blocks.values()) else { return refused("no valid energy") };
    let items = scored_items(variant.items.iter(), variant.place(scorer.name()));
    let Some(share) = aggregate_all(scorer, &items) else { return refused("nothing was generated") };
    if share == 0.0 {
        return refused("no task was correct");
    }
    let shares = resamples.scores(variant, scorer);
    let Some(of_share) = spread(share, shares.iter().flatten().copied().collect(), level) else {
        return refused("too few resamples");
    };
    let relative = of_share.error / share;
    if relative > WORST_DENOMINATOR {
        let limit = 100.0 * WORST_DENOMINATOR;
        return refused(&format!(
            "the share of correct tasks has a relative standard error of {:.0} %, above {limit:.0} %",
            100.0 * relative
        ));
    }
    let energies = resamples.energies(variant);
    let ratios = energies.iter().zip(&shares).filter_map(|(energy, share)| Some((*energy)? / (*share)?));
    let interval = spread(energy / share, ratios.collect(), level).map(|spread| spread.interval);
    PerCorrect::Value {
        value: energy / share,
        lo: interval.and_then(|interval| interval.lo),
        hi: interval.and_then(|interval| interval.hi),
        scorer: scorer.name().to_string(),
    }
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

    #[test]
    fn the_front_belongs_to_the_cheaper_of_equals() {
        let summary = summary();
        let on_front: Vec<Option<f64>> = summary.rows.iter().map(|row| row.on_front_p).collect();
        assert_eq!(on_front, [Some(0.0), Some(1.0), Some(0.0)]);
    }
}
