//! The spread of a statistic over random resamples.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Interval, normal};

/// Resamples of one bootstrap: enough that the ends of a 95 % interval move by less than a tenth of its
/// width from seed to seed.
pub const RESAMPLES: usize = 2000;

/// Fewest observations for which the bias-corrected interval holds what it says; below it Student's does.
pub const FEWEST_FOR_BCA: usize = 30;

/// A generator that gives the same resamples for the same seed and purpose on every machine.
pub fn generator(seed: u64, purpose: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    // Streams of one seed do not overlap, so that no two purposes share their draws.
    generator.set_stream(purpose);
    generator
}

/// What the resampled values of a statistic say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The value of the whole sample with the percentile interval.
    pub interval: Interval,
    /// Standard error.
    pub error: f64,
}

/// Percentile interval of confidence `level` around `value` from its resampled values; None below two
/// values or where one is no number.
pub fn spread(value: f64, mut resampled: Vec<f64>, level: f64) -> Option<Spread> {
    let count = resampled.len();
    if count < 2 || resampled.iter().any(|value| !value.is_finite()) {
        return None;
    }
    resampled.sort_by(f64::total_cmp);
    let mean = resampled.iter().sum::<f64>() / count as f64;
    let squares: f64 = resampled.iter().map(|value| (value - mean).powi(2)).sum();
    let tail = (1.0 - level) / 2.0;
    Some(Spread {
        interval: Interval {
            value,
            lo: Some(quantile(&resampled, tail)),
            hi: Some(quantile(&resampled, 1.0 - tail)),
        },
        error: (squares / (count - 1) as f64).sqrt(),
    })
}

/// Bias-corrected and accelerated interval of confidence `level` around `value` (Efron 1987, Journal of the
/// American Statistical Association 82), from its resampled values and those with each observation left
/// out. None below 30 observations, because with fewer it covers less than it says; below two resamples;
/// where all of them lie on one side of `value`; or where a number is not finite.
pub fn bca(value: f64, mut resampled: Vec<f64>, left_out: &[f64], level: f64) -> Option<Interval> {
    let enough = resampled.len() >= 2 && left_out.len() >= FEWEST_FOR_BCA;
    let finite = resampled.iter().chain(left_out).chain([&value]).all(|value| value.is_finite());
    if !enough || !finite || !(0.0..1.0).contains(&level) {
        return None;
    }
    resampled.sort_by(f64::total_cmp);
    let below = resampled.partition_point(|other| *other < value);
    let not_above = resampled.partition_point(|other| *other <= value);
    let bias = normal::quantile((below + not_above) as f64 / (2 * resampled.len()) as f64);
    let acceleration = acceleration(left_out);
    let end = |tail: f64| {
        let moved = bias + normal::quantile(tail);
        let share = normal::upper_tail(-(bias + moved / (1.0 - acceleration * moved)));
        share.is_finite().then(|| quantile(&resampled, share))
    };
    let tail = (1.0 - level) / 2.0;
    Some(Interval { value, lo: Some(end(tail)?), hi: Some(end(1.0 - tail)?) })
}

/// How fast the standard error changes with the value: the skewness of the jackknife's values over 6.
fn acceleration(left_out: &[f64]) -> f64 {
    let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let power = |power: i32| left_out.iter().map(|value| (mean - value).powi(power)).sum::<f64>();
    let squares = power(2);
    if squares > 0.0 { power(3) / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

/// Linear between the two nearest of the sorted values, which must not be empty.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    const BCA: [f64; 3] = [1.103793912402167, 7.20024419710632, 0.01716153691045876];

    #[test]
    fn percentiles_are_linear_between_the_values() {
        let found = spread(2.0, vec![4.0, 0.0, 3.0, 1.0, 2.0], 0.9).unwrap();
        assert!((found.interval.lo.unwrap() - 0.2).abs() < 1e-12);
        assert!((found.interval.hi.unwrap() - 3.8).abs() < 1e-12);
        assert!((found.error - 2.5f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_unusable_values_give_none() {
        assert_eq!(spread(1.0, vec![1.0], 0.95), None);
        assert_eq!(spread(1.0, vec![1.0, f64::NAN], 0.95), None);
    }

    #[test]
    fn a_seed_always_gives_the_same_draws_and_purposes_differ() {
        let draw = |seed, purpose| -> Vec<u32> {
            let mut generator = generator(seed, purpose);
            (0..4).map(|_| generator.random_range(0..1000)).collect()
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    /// Resampled values and those without one observation, by a rule that numpy can follow.
    fn skewed() -> (Vec<f64>, Vec<f64>) {
        let resampled = (0..999).map(|place| (f64::from(place) / 500.0).exp()).collect();
        let left_out = (0..40).map(|place| 3.0 - 0.002 * f64::from(place).powi(2)).collect();
        (resampled, left_out)
    }

    // scripts/golden_stats.py: Efron's formula with scipy.stats.norm.
    #[test]
    fn the_accelerated_interval_agrees_with_numpy() {
        let (resampled, left_out) = skewed();
        let found = bca(3.0, resampled, &left_out, 0.95).unwrap();
        assert!((found.lo.unwrap() / BCA[0] - 1.0).abs() < 1e-8, "{found:?}");
        assert!((found.hi.unwrap() / BCA[1] - 1.0).abs() < 1e-8, "{found:?}");
        assert!((acceleration(&left_out) - BCA[2]).abs() < 1e-10);
    }

    #[test]
    fn without_bias_or_skewness_the_accelerated_interval_is_the_percentiles() {
        let resampled: Vec<f64> = (0..=1000).map(f64::from).collect();
        let left_out: Vec<f64> = (0..40).map(f64::from).collect();
        let found = bca(500.0, resampled, &left_out, 0.9).unwrap();
        assert!((found.lo.unwrap() - 50.0).abs() < 1e-6, "{found:?}");
        assert!((found.hi.unwrap() - 950.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn the_accelerated_interval_of_few_or_one_sided_values_is_none() {
        let (resampled, left_out) = skewed();
        assert_eq!(bca(3.0, resampled.clone(), &left_out[..29], 0.95), None);
        assert_eq!(bca(3.0, vec![3.0], &left_out, 0.95), None);
        assert_eq!(bca(100.0, resampled.clone(), &left_out, 0.95), None);
        assert_eq!(bca(f64::NAN, resampled.clone(), &left_out, 0.95), None);
        assert_eq!(bca(3.0, resampled, &left_out, f64::NAN), None);
        let same = bca(2.0, vec![2.0; 5], &[2.0; 30], 0.95).unwrap();
        assert_eq!((same.lo, same.hi), (Some(2.0), Some(2.0)));
    }
}
