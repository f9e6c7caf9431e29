//! Random draws from the normal and the chi-squared distribution.

use rand::{Rng, RngExt};

/// A standard normal value, by Box and Muller (1958, Annals of Mathematical Statistics 29).
pub fn standard_normal(generator: &mut impl Rng) -> f64 {
    // In 0..1 without the 0, whose logarithm is infinite.
    let radius = 1.0 - generator.random::<f64>();
    let angle = std::f64::consts::TAU * generator.random::<f64>();
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

/// A chi-squared value with `freedom` degrees of freedom, by Marsaglia's and Tsang's way to the gamma
/// distribution (2000, ACM Transactions on Mathematical Software 26); not a number without finite positive
/// freedom.
pub fn chi_squared(generator: &mut impl Rng, freedom: f64) -> f64 {
    if !(freedom > 0.0 && freedom.is_finite()) {
        return f64::NAN;
    }
    let shape = freedom / 2.0;
    if shape < 1.0 {
        let share = 1.0 - generator.random::<f64>();
        return chi_squared(generator, freedom + 2.0) * share.powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = standard_normal(generator);
        let cube = (1.0 + c * normal).powi(3);
        let share = 1.0 - generator.random::<f64>();
        if cube > 0.0 && share.ln() < normal * normal / 2.0 + d - d * cube + d * cube.ln() {
            return 2.0 * d * cube;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator;

    /// Enough for bounds of four standard errors that no seed of ours crosses.
    const DRAWS: usize = 40_000;

    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / DRAWS as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, squares / DRAWS as f64)
    }

    #[test]
    fn normal_draws_have_mean_zero_variance_one_and_the_right_tail() {
        let mut generator = generator(1, 0);
        let (mean, variance) = moments(|| standard_normal(&mut generator));
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        let beyond = (0..DRAWS).filter(|_| standard_normal(&mut generator) > 1.959963984540054).count();
        assert!((beyond as f64 / DRAWS as f64 - 0.025).abs() < 0.0032, "{beyond}");
    }

    #[test]
    fn chi_squared_draws_have_their_mean_and_variance() {
        for freedom in [1.0, 2.0, 5.0, 40.0] {
            let mut generator = generator(2, 0);
            let (mean, variance) = moments(|| chi_squared(&mut generator, freedom));
            assert!((mean / freedom - 1.0).abs() < 0.03, "{freedom}: {mean}");
            assert!((variance / (2.0 * freedom) - 1.0).abs() < 0.12, "{freedom}: {variance}");
        }
    }

    #[test]
    fn without_freedom_there_is_no_number() {
        let mut generator = generator(3, 0);
        assert!(chi_squared(&mut generator, 0.0).is_nan());
        assert!(chi_squared(&mut generator, f64::NAN).is_nan());
    }
}
