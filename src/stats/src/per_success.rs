//! Energy per success (joules per correct task), where energy varies by block and success by cluster.
//!
//! With the same items in every block, repetitions of an item are the same answer: blocks tell how the
//! energy varies, clusters of items how the successes do, and neither tells the other. The variances of
//! the two logarithms then add up, with Welch's and Satterthwaite's freedom (Welch 1947, Biometrika 34).
//! Where every block has items of its own, [`crate::total`] with successes as the work is right instead:
//! it keeps the covariance of both.

use crate::{BlockTotal, Interval, student};

/// Relative standard error of the share of successes above which a reader is warned.
pub const WARN_ABOVE: f64 = 0.15;

/// Relative standard error of the share of successes above which nothing may be ranked by a division by it.
pub const REFUSE_ABOVE: f64 = 0.25;

/// Energy per success with what its interval is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct PerSuccess {
    /// J per success.
    pub value: f64,
    /// Standard error of the share of successes over that share; None where nothing tells it. Compare it
    /// with [`WARN_ABOVE`] and [`REFUSE_ABOVE`].
    pub relative_error: Option<f64>,
    /// Pulls of the blocks on ln energy; empty for published totals.
    energy: Vec<f64>,
    /// Pulls of the clusters on ln share of successes; empty for published totals.
    success: Vec<f64>,
}

impl PerSuccess {
    /// From the blocks (energy in J, and items times passes as work) and, of each cluster, (successes,
    /// trials). None without blocks, items or successes, or where the energy isn't positive.
    pub fn measured(blocks: &[BlockTotal], clusters: &[(f64, f64)]) -> Option<Self> {
        let energies: Vec<(f64, f64)> = blocks.iter().map(|block| (block.energy, block.work)).collect();
        let value = share(&energies)? / share(clusters)?;
        let success = pulls(clusters);
        let relative_error = Some(variance(&success)).filter(|_| success.len() > 1).map(f64::sqrt);
        let found = PerSuccess { value, relative_error, energy: pulls(&energies), success };
        (value.is_finite() && value > 0.0).then_some(found)
    }

    /// From published totals alone: joules of all items, how many were correct, and their number. Only the
    /// chance of the successes is known (binomial, (1 − p)/(p·n)), that of the energy is not. None without
    /// successes or energy, or with more successes than items.
    pub fn published(joules: f64, correct: u64, items: u64) -> Option<Self> {
        if correct == 0 || correct > items || !(joules > 0.0 && joules.is_finite()) {
            return None;
        }
        let share = correct as f64 / items as f64;
        let relative_error = Some(((1.0 - share) / correct as f64).sqrt());
        let value = joules / correct as f64;
        Some(PerSuccess { value, relative_error, energy: Vec::new(), success: Vec::new() })
    }

    /// Interval of confidence `level`; bare below two blocks or clusters.
    pub fn interval(&self, level: f64) -> Interval {
        Interval::around_log(self.value, half_width(&self.variances(), level))
    }

    /// This over a baseline that shares neither blocks nor items with it, as two publications or two runs.
    pub fn unpaired_ratio(&self, baseline: &Self, level: f64) -> Interval {
        let mut variances = self.variances();
        variances.extend(baseline.variances());
        Interval::around_log(self.value / baseline.value, half_width(&variances, level))
    }

    /// This over a baseline of the same blocks and the same clusters, each in the same order; what moves
    /// both does not widen the interval. None where the two differ in number or either is from published
    /// totals.
    pub fn paired_ratio(&self, baseline: &Self, level: f64) -> Option<Interval> {
        let energy = differences(&self.energy, &baseline.energy)?;
        let success = differences(&self.success, &baseline.success)?;
        let half = half_width(&[spread(&energy), spread(&success)], level);
        Some(Interval::around_log(self.value / baseline.value, half))
    }

    /// Variance and freedom of each independent part.
    fn variances(&self) -> Vec<(f64, f64)> {
        if self.energy.is_empty() {
            return vec![(self.relative_error.unwrap_or(f64::NAN).powi(2), f64::INFINITY)];
        }
        vec![spread(&self.energy), spread(&self.success)]
    }
}

/// ΣA/ΣB; None unless both are positive and finite.
fn share(pairs: &[(f64, f64)]) -> Option<f64> {
    let (above, below) = sums(pairs);
    (above > 0.0 && below > 0.0 && above.is_finite() && below.is_finite()).then(|| above / below)
}

fn sums(pairs: &[(f64, f64)]) -> (f64, f64) {
    pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1))
}

/// What each pair does to ln(ΣA/ΣB), times their number; they add up to zero.
fn pulls(pairs: &[(f64, f64)]) -> Vec<f64> {
    let (above, below) = sums(pairs);
    let count = pairs.len() as f64;
    pairs.iter().map(|pair| count * (pair.0 / above - pair.1 / below)).collect()
}

/// Variance of the mean of pulls, whose average is zero.
fn variance(pulls: &[f64]) -> f64 {
    let count = pulls.len();
    pulls.iter().map(|pull| pull * pull).sum::<f64>() / (count * (count - 1).max(1)) as f64
}

fn spread(pulls: &[f64]) -> (f64, f64) {
    (variance(pulls), (pulls.len() - 1) as f64)
}

fn differences(own: &[f64], other: &[f64]) -> Option<Vec<f64>> {
    let same = own.len() == other.len() && !own.is_empty();
    same.then(|| own.iter().zip(other).map(|(own, other)| own - other).collect())
}

/// t or z times the root of the summed variances; None where one has no freedom or is not finite.
fn half_width(variances: &[(f64, f64)], level: f64) -> Option<f64> {
    let sum: f64 = variances.iter().map(|(variance, _)| variance).sum();
    if !sum.is_finite() || variances.iter().any(|(_, freedom)| *freedom <= 0.0) {
        return None;
    }
    if sum == 0.0 {
        return Some(0.0);
    }
    // Shares of the whole, so that tiny variances do not vanish when squared.
    let parts = variances.iter().map(|(variance, freedom)| (variance / sum).powi(2) / freedom);
    Some(student::reach_at(level, 1.0 / parts.sum::<f64>())? * sum.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::{baseline, close, variant};

    const RELATIVE: f64 = 0.17126976771553507;
    const MEASURED: [[f64; 3]; 3] = [
        [4.073333333333333, 2.624154888004489, 6.322814449821477],
        [0.9376918354818908, 0.5556890612371744, 1.5822985184768943],
        [0.9376918354818908, 0.6896681551982426, 1.2749116683177224],
    ];
    const PUBLISHED: [f64; 3] = [1.7869430817886145, 0.9826073293753682, 3.249686301019196];
    const RIGHT: [(f64, f64); 6] = [(3.0, 4.0), (2.0, 4.0), (4.0, 4.0), (1.0, 4.0), (3.0, 4.0), (2.0, 4.0)];
    const BASE_RIGHT: [(f64, f64); 6] =
        [(3.0, 4.0), (3.0, 4.0), (4.0, 4.0), (2.0, 4.0), (3.0, 4.0), (1.0, 4.0)];

    /// GREEN-CODE's Llama-3.2-3B on JavaCorpus, context 0.2 (arXiv 2501.11006, published result files):
    /// total energy in J and exact matches of 1,001 items.
    fn green_code(joules: f64, correct: u64) -> PerSuccess {
        PerSuccess::published(joules, correct, 1001).unwrap()
    }

    #[test]
    fn the_published_table_gives_energy_per_exact_match_with_its_chance() {
        let base = green_code(419_060.36, 55);
        let full = green_code(427_625.777, 46);
        let (six, nine) = (green_code(176_997.839, 13), green_code(288_468.669, 43));
        for (ratio, expected) in [
            (six.unpaired_ratio(&base, 0.95), [1.787, 0.983, 3.250]),
            (six.unpaired_ratio(&full, 0.95), [1.465, 0.796, 2.694]),
            (nine.unpaired_ratio(&base, 0.95), [0.880, 0.597, 1.299]),
        ] {
            let found = [ratio.value, ratio.lo.unwrap(), ratio.hi.unwrap()];
            for (found, expected) in found.iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 0.01, "{found}, expected {expected}");
            }
        }
        assert!(six.relative_error.unwrap() > REFUSE_ABOVE);
        assert!(base.relative_error.unwrap() < WARN_ABOVE);
        assert!(nine.relative_error.unwrap() < REFUSE_ABOVE);
    }

    // scripts/golden_stats.py
    #[test]
    fn the_published_ratios_agree_with_numpy() {
        let ratio = green_code(176_997.839, 13).unpaired_ratio(&green_code(419_060.36, 55), 0.95);
        close(Some(ratio.value), PUBLISHED[0]);
        close(ratio.lo, PUBLISHED[1]);
        close(ratio.hi, PUBLISHED[2]);
    }

    // scripts/golden_stats.py
    #[test]
    fn measured_values_and_both_ratios_agree_with_numpy() {
        let own = PerSuccess::measured(&variant(), &RIGHT).unwrap();
        let base = PerSuccess::measured(&baseline(), &BASE_RIGHT).unwrap();
        let (alone, unpaired) = (own.interval(0.95), own.unpaired_ratio(&base, 0.95));
        let paired = own.paired_ratio(&base, 0.95).unwrap();
        for (found, expected) in [alone, unpaired, paired].iter().zip(MEASURED) {
            close(Some(found.value), expected[0]);
            close(found.lo, expected[1]);
            close(found.hi, expected[2]);
        }
        close(own.relative_error, RELATIVE);
    }

    #[test]
    fn single_items_have_the_binomial_error() {
        let clusters: Vec<(f64, f64)> = (0..100).map(|item| (f64::from(u8::from(item < 20)), 1.0)).collect();
        let found = PerSuccess::measured(&variant(), &clusters).unwrap().relative_error;
        close(found, (0.8f64 / (0.2 * 99.0)).sqrt());
    }

    #[test]
    fn no_success_no_energy_and_nonsense_give_none() {
        assert_eq!(PerSuccess::measured(&variant(), &[(0.0, 4.0); 3]), None);
        assert_eq!(PerSuccess::measured(&variant(), &[]), None);
        assert_eq!(PerSuccess::measured(&[], &RIGHT), None);
        assert_eq!(PerSuccess::measured(&[BlockTotal { energy: f64::NAN, work: 1.0 }; 3], &RIGHT), None);
        assert_eq!(PerSuccess::measured(&[BlockTotal { energy: -1.0, work: 1.0 }; 3], &RIGHT), None);
        assert_eq!(PerSuccess::published(1.0, 0, 10), None);
        assert_eq!(PerSuccess::published(f64::INFINITY, 1, 10), None);
        assert_eq!(PerSuccess::published(1.0, 11, 10), None);
        let own = PerSuccess::measured(&variant(), &RIGHT).unwrap();
        assert_eq!(own.paired_ratio(&PerSuccess::published(1.0, 1, 2).unwrap(), 0.95), None);
        let one = PerSuccess::measured(&variant()[..1], &RIGHT).unwrap();
        assert_eq!((one.interval(0.95).lo, one.interval(0.95).hi), (None, None));
        let all = PerSuccess::published(10.0, 10, 10).unwrap().interval(0.95);
        assert_eq!((all.lo, all.hi), (Some(1.0), Some(1.0)));
    }
}
