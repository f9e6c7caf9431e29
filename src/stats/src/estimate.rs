//! A value with its standard error and the freedom of that error: what intervals and tests are made of.

use serde::{Deserialize, Serialize};

use crate::{Difference, student};

/// Values this close to zero differ from it by rounding alone and must not become a finding where nothing
/// has any spread.
const ROUNDING: f64 = 1e-12;

/// An estimate whose error has Student's distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate itself.
    pub value: f64,
    /// Its standard error, in the same unit.
    pub error: f64,
    /// Degrees of freedom of the error; zero where nothing tells it, infinite where it is known.
    pub freedom: f64,
}

impl Estimate {
    /// The mean of independent values, one a block; None of nothing or where one is not finite.
    pub fn of_mean(values: &[f64]) -> Option<Self> {
        let (value, squares) = mean_and_squares(values)?;
        let count = values.len();
        let error = (squares / (count * (count - 1).max(1)) as f64).sqrt();
        Self::new(value, error, count - 1)
    }

    /// A value of all clusters, with the error that the values without one cluster each tell: the
    /// delete-one jackknife, √((G−1)/G · Σ(θ₍ᵢ₎ − θ̄)²) (Efron and Stein 1981, Annals of Statistics 9). It
    /// suits every smooth aggregate, corpus scores too. None without clusters or where one is not finite.
    pub fn jackknife(value: f64, left_out: &[f64]) -> Option<Self> {
        let (_, squares) = mean_and_squares(left_out)?;
        let count = left_out.len();
        let error = (squares * (count - 1) as f64 / count as f64).sqrt();
        Self::new(value, error, count - 1)
    }

    /// The estimate with an interval of confidence `level` and the two-sided p of zero; both None without
    /// freedom.
    pub fn difference(&self, level: f64) -> Difference {
        let value = if self.value.abs() < ROUNDING { 0.0 } else { self.value };
        let half = student::reach_at(level, self.freedom).map(|reach| reach * self.error);
        Difference {
            value: self.value,
            lo: half.map(|half| self.value - half),
            hi: half.map(|half| self.value + half),
            p: student::two_sided_p_at(value / self.error, self.freedom),
        }
    }

    /// This minus another that varies independently of it: errors add in quadrature, with the freedom of Welch
    /// and Satterthwaite (Welch 1947, Biometrika 34).
    pub fn less(&self, other: &Self) -> Self {
        let (own, theirs) = (self.error.powi(2), other.error.powi(2));
        let parts = own.powi(2) / self.freedom + theirs.powi(2) / other.freedom;
        // One without freedom tells no error: nothing does then.
        let known = self.freedom > 0.0 && other.freedom > 0.0;
        let freedom = match parts > 0.0 && known {
            true => (own + theirs).powi(2) / parts,
            false => self.freedom.min(other.freedom),
        };
        Self { value: self.value - other.value, error: self.error.hypot(other.error), freedom }
    }

    fn new(value: f64, error: f64, freedom: usize) -> Option<Self> {
        (value.is_finite() && error.is_finite()).then_some(Estimate { value, error, freedom: freedom as f64 })
    }
}

/// Mean and sum of squares about it; None of nothing or where one is not finite.
fn mean_and_squares(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some((mean, values.iter().map(|value| (value - mean).powi(2)).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEM: f64 = 0.09147328085900884;

    // scripts/golden_stats.py: scipy.stats.sem.
    #[test]
    fn the_error_of_a_mean_agrees_with_scipy() {
        let found = Estimate::of_mean(&[-0.5, -0.375, -0.375, 0.065, -0.425, -0.575]).unwrap();
        assert!((found.error - SEM).abs() < 1e-12, "{}", found.error);
        assert_eq!(found.freedom, 5.0);
    }

    #[test]
    fn errors_of_independent_estimates_add_up_with_welchs_freedom() {
        let a = Estimate { value: 1.0, error: 0.3, freedom: 5.0 };
        let b = Estimate { value: 0.25, error: 0.4, freedom: 8.0 };
        let found = a.less(&b);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        close(found.value, 0.75);
        close(found.error, 0.5);
        close(found.freedom, 0.0625 / (0.0081 / 5.0 + 0.0256 / 8.0));
        let certain = Estimate { error: 0.0, ..b };
        assert_eq!(certain.less(&certain).freedom, 8.0);
        let unknown = Estimate { value: 1.0, error: 0.0, freedom: 0.0 };
        assert_eq!((a.less(&unknown).freedom, unknown.less(&a).difference(0.95).lo), (0.0, None));
    }

    #[test]
    fn one_value_has_no_freedom_and_what_is_not_finite_no_estimate() {
        let one = Estimate::of_mean(&[2.0]).unwrap();
        assert_eq!((one.error, one.freedom), (0.0, 0.0));
        assert_eq!((one.difference(0.95).lo, one.difference(0.95).p), (None, None));
        assert_eq!(Estimate::of_mean(&[]), None);
        assert_eq!(Estimate::of_mean(&[1.0, f64::INFINITY]), None);
        assert_eq!(Estimate::of_mean(&[f64::MAX, f64::MIN]), None);
        assert_eq!(Estimate::jackknife(f64::NAN, &[1.0, 2.0]), None);
    }
}
