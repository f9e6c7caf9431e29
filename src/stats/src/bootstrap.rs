//! The spread of a statistic over random resamples.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Interval;

/// Resamples of one bootstrap: enough that the ends of a 95 % interval move by less than a tenth of its
/// width from seed to seed.
pub const RESAMPLES: usize = 2000;

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

/// Linear between the two nearest of the sorted values, which must not be empty.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

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
}
