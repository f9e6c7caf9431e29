//! Intervals and p that hold however often one looks: for a run that goes on until a gate is decided.
//!
//! B is the likelihood ratio of "the standardised effect is N(0, g)" against "the mean is m₀", both with
//! the right-Haar prior on σ. It depends on the data through Student's t alone, whose scale under the
//! prior is √(1 + n·g) times that under the null:
//! B = (1 + n·g)^(−½) · [(1 + t²/ν) / (1 + t²/(ν(1 + n·g)))]^((ν+1)/2), ν = n − 1. Under the null B is a
//! martingale in what scale-invariant data tell, so that it ever reaches 1/α with probability at most α
//! (Ville), and all m₀ with B < 1/α form an interval that covers the mean at all looks together with
//! probability 1 − α. It is t's counterpart of Robbins' normal mixture: Lai 1976, Annals of Statistics 4;
//! Pérez-Ortiz et al. 2022, arXiv 2208.07610; Wang and Ramdas 2023, arXiv 2310.03722; the ratio itself
//! is that of Gönen et al. 2005, The American Statistician 59. Values must be independent and near normal.

use crate::{Estimate, Interval};

/// Variance of the standardised effect that [`Sequence::new`] takes. At α = .05 the interval is then
/// within 2 % of the narrowest that any choice gives at 10, 15 and 20 blocks.
pub const PRIOR: f64 = 1.0;

/// Values this close to zero differ from it by rounding alone.
const ROUNDING: f64 = 1e-12;

/// A plan to look after every value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence {
    /// Chance of ever being wrong, over all looks; between 0 and 1.
    pub alpha: f64,
    /// Variance of the prior of the standardised effect; positive, and chosen before the first look.
    pub g: f64,
}

impl Sequence {
    /// Looks with error `alpha` and the usual prior.
    pub fn new(alpha: f64) -> Self {
        Sequence { alpha, g: PRIOR }
    }

    /// The mean with its always-valid interval; never narrower than the t interval of the same values. The
    /// ends are None while too few values (4 at α = .05) leave it unbounded. None of nothing, where a value
    /// is not finite, or with `alpha` or `g` out of range.
    pub fn interval(&self, values: &[f64]) -> Option<Interval> {
        if !self.is_sound() {
            return None;
        }
        let mut sums = Sums::default();
        values.iter().try_for_each(|value| sums.add(*value))?;
        let half = self.half_width(&sums);
        let value = (sums.count > 0.0).then_some(sums.mean)?;
        Some(Interval { value, lo: half.map(|half| value - half), hi: half.map(|half| value + half) })
    }

    /// Always-valid p of "the mean is zero": the smallest 1/B at any look so far, at most 1. It is below
    /// `alpha` as soon as the interval of any look so far excluded zero, even where the newest one holds
    /// it again. None as for the interval.
    pub fn p(&self, values: &[f64]) -> Option<f64> {
        let mut smallest = 1.0_f64;
        let mut sums = Sums::default();
        if !self.is_sound() || values.is_empty() {
            return None;
        }
        for value in values {
            sums.add(*value)?;
            smallest = smallest.min((-self.log_evidence(&sums)).exp());
        }
        Some(smallest)
    }

    /// ln B of all values against a mean of zero: how much they speak for an effect. None as for the
    /// interval.
    pub fn evidence(&self, values: &[f64]) -> Option<f64> {
        let mut sums = Sums::default();
        values.iter().try_for_each(|value| sums.add(*value))?;
        (self.is_sound() && sums.count > 0.0).then(|| self.log_evidence(&sums))
    }

    /// How far the interval of an estimate reaches on each side, its error and freedom from values as above; None while too
    /// few values leave it unbounded.
    pub fn reach(&self, estimate: &Estimate) -> Option<f64> {
        let sums = Sums::of(estimate)?;
        self.is_sound().then(|| self.half_width(&sums)).flatten()
    }

    /// 1/B of this look for "the true value is `mean`", at most 1: valid as p at whatever look the values stop. None without
    /// freedom.
    pub fn p_of(&self, estimate: &Estimate, mean: f64) -> Option<f64> {
        let sums = Sums::of(&Estimate { value: estimate.value - mean, ..*estimate })?;
        self.is_sound().then(|| (-self.log_evidence(&sums)).exp().min(1.0))
    }

    fn is_sound(&self) -> bool {
        self.alpha > 0.0 && self.alpha < 1.0 && self.g > 0.0 && self.g.is_finite()
    }

    fn log_evidence(&self, sums: &Sums) -> f64 {
        let n = sums.count;
        let growth = 1.0 + n * self.g;
        // t²/ν; a mean of zero without spread is no evidence.
        let mean = if sums.mean.abs() < ROUNDING { 0.0 } else { sums.mean };
        let ratio = if mean == 0.0 { 0.0 } else { n * mean * mean / sums.squares };
        let bracket = if ratio.is_finite() { ratio.ln_1p() - (ratio / growth).ln_1p() } else { growth.ln() };
        n / 2.0 * bracket - growth.ln() / 2.0
    }

    /// B < 1/α solved for the distance from the mean: with r = 1 + n·g and c = (√r/α)^(2/n) the bracket is
    /// below c where t²/ν < r(c − 1)/(r − c), and everywhere where c ≥ r.
    fn half_width(&self, sums: &Sums) -> Option<f64> {
        let n = sums.count;
        let growth = 1.0 + n * self.g;
        let log_limit = (growth.ln() / 2.0 - self.alpha.ln()) * 2.0 / n;
        if n < 2.0 || log_limit >= growth.ln() {
            return None;
        }
        let limit = log_limit.exp();
        let ratio = growth * log_limit.exp_m1() / (growth - limit);
        Some((ratio * sums.squares / n).sqrt()).filter(|half| half.is_finite())
    }
}

/// Count, mean and sum of squares about it, value by value (Welford 1962).
#[derive(Default)]
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Sums {
    /// Those of as many values as give an estimate its freedom, and its error.
    fn of(estimate: &Estimate) -> Option<Self> {
        let Estimate { value, error, freedom } = *estimate;
        let count = freedom + 1.0;
        let squares = error * error * count * freedom;
        (value.is_finite() && squares.is_finite() && freedom > 0.0).then_some(Self {
            count,
            mean: value,
            squares,
        })
    }

    fn add(&mut self, value: f64) -> Option<()> {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
        (self.mean.is_finite() && self.squares.is_finite()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimate, ratio::tests::close};

    const INTEGRATED: f64 = 1.4532566349651912;
    const SEQUENTIAL: [f64; 4] =
        [7.166436105604686, -0.05491725909705767, -0.021082740902942307, 0.0007720694077223862];
    const VALUES: [f64; 10] =
        [-0.031, -0.052, -0.018, -0.044, -0.060, -0.025, -0.049, -0.038, -0.041, -0.022];

    // scripts/golden_stats.py: the ratio of two densities of scipy.stats.t, and its root by brentq.
    #[test]
    fn evidence_interval_and_p_agree_with_scipy() {
        let sequence = Sequence::new(0.05);
        close(sequence.evidence(&VALUES), SEQUENTIAL[0]);
        let found = sequence.interval(&VALUES).unwrap();
        close(found.lo, SEQUENTIAL[1]);
        close(found.hi, SEQUENTIAL[2]);
        close(sequence.p(&VALUES), SEQUENTIAL[3]);
    }

    // scripts/golden_stats.py: the same ratio by integrating the likelihoods over effect and σ.
    #[test]
    fn the_evidence_is_the_ratio_of_the_integrated_likelihoods() {
        let found = Sequence { alpha: 0.05, g: 0.7 }.evidence(&VALUES[..4]).unwrap();
        assert!((found - INTEGRATED).abs() < 1e-6, "{found}");
    }

    #[test]
    fn the_interval_is_never_narrower_than_students() {
        for count in 2..=VALUES.len() {
            for g in [0.01, 0.3, 1.0, 10.0, 1000.0] {
                for alpha in [0.001, 0.05, 0.3] {
                    let values = &VALUES[..count];
                    let Some(hi) = Sequence { alpha, g }.interval(values).unwrap().hi else { continue };
                    let fixed = Estimate::of_mean(values).unwrap().difference(1.0 - alpha);
                    assert!(hi >= fixed.hi.unwrap(), "{count} {g} {alpha}");
                }
            }
        }
    }

    #[test]
    fn the_prior_is_near_the_best_for_ten_to_twenty_values() {
        let width = |count: usize, g: f64| {
            let sums = Sums { count: count as f64, mean: 0.0, squares: 1.0 };
            Sequence { alpha: 0.05, g }.half_width(&sums).unwrap_or(f64::INFINITY)
        };
        for count in [10, 15, 20] {
            let best = (1..1000).map(|step| width(count, 0.01 * f64::from(step))).fold(f64::MAX, f64::min);
            assert!(width(count, PRIOR) < 1.02 * best, "{count}: {} {best}", width(count, PRIOR));
        }
    }

    #[test]
    fn an_estimate_has_the_interval_and_evidence_of_the_values_that_it_is_the_mean_of() {
        let sequence = Sequence::new(0.05);
        let mean = Estimate::of_mean(&VALUES).unwrap();
        let interval = sequence.interval(&VALUES).unwrap();
        close(Some(mean.value + sequence.reach(&mean).unwrap()), interval.hi.unwrap());
        close(sequence.p_of(&mean, 0.0), (-sequence.evidence(&VALUES).unwrap()).exp());
        assert_eq!(sequence.p_of(&mean, mean.value), Some(1.0));
        assert_eq!(sequence.reach(&Estimate { freedom: 0.0, ..mean }), None);
        assert_eq!(sequence.p_of(&Estimate { error: f64::NAN, ..mean }, 0.0), None);
        // A known error has no number of values.
        assert_eq!(sequence.reach(&Estimate { freedom: f64::INFINITY, ..mean }), None);
    }

    #[test]
    fn few_values_leave_the_interval_unbounded() {
        let sequence = Sequence::new(0.05);
        assert_eq!(sequence.interval(&VALUES[..4]).unwrap().lo, None);
        assert!(sequence.interval(&VALUES[..5]).unwrap().lo.is_some());
        assert_eq!(sequence.p(&VALUES[..1]), Some(1.0));
    }

    #[test]
    fn values_without_spread_and_nonsense_have_defined_answers() {
        let sequence = Sequence::new(0.05);
        let same = sequence.interval(&[0.1; 8]).unwrap();
        assert!((same.hi.unwrap() - 0.1).abs() < 1e-9);
        assert_eq!(sequence.p(&[0.0; 8]), Some(1.0));
        assert!(sequence.p(&[0.125; 8]).unwrap() < 0.001);
        assert_eq!(sequence.p(&[1e-17; 8]), Some(1.0));
        assert_eq!(sequence.interval(&[]), None);
        assert_eq!(sequence.p(&[]), None);
        assert_eq!(sequence.p(&[0.1, f64::NAN]), None);
        assert_eq!(sequence.interval(&[f64::MAX, f64::MIN]), None);
        assert_eq!(Sequence::new(0.0).interval(&VALUES), None);
        assert_eq!(Sequence { alpha: 0.05, g: f64::NAN }.p(&VALUES), None);
    }
}
