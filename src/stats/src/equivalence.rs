//! One-sided tests of a value against a margin: superiority, non-inferiority and equivalence.
//!
//! A claim "not worse than the margin" needs a test whose null hypothesis is the loss; a p above alpha in
//! a test of "no difference" shows nothing. Two claims that must hold together are each tested at alpha
//! without correction, because the joint claim fails if either does (intersection-union; Berger 1982,
//! Technometrics 24). `freedom` may be infinite for errors that are known. Without an error p is 0 or 1,
//! and 1 on the margin itself. All are None without freedom, with a negative error, or where a number is
//! not finite.

use crate::student;

/// p of "the true value is at or above `margin`": small where the value lies surely below it.
pub fn not_above(value: f64, error: f64, freedom: f64, margin: f64) -> Option<f64> {
    not_below(-value, error, freedom, -margin)
}

/// p of "the true value is at or below `margin`": small where the value lies surely above it.
pub fn not_below(value: f64, error: f64, freedom: f64, margin: f64) -> Option<f64> {
    if !(value.is_finite() && margin.is_finite() && error.is_finite() && error >= 0.0 && freedom > 0.0) {
        return None;
    }
    if error == 0.0 {
        return Some(if value > margin { 0.0 } else { 1.0 });
    }
    student::upper_tail((value - margin) / error, freedom)
}

/// p of "the true value is outside `lower`..`upper`": the larger of the two one-sided ones (TOST;
/// Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15).
pub fn within(value: f64, error: f64, freedom: f64, lower: f64, upper: f64) -> Option<f64> {
    let above = not_below(value, error, freedom, lower)?;
    let below = not_above(value, error, freedom, upper)?;
    Some(above.max(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Estimate;
    use crate::ratio::tests::close;

    const EQUIVALENCE: [f64; 4] =
        [0.0034750592546555084, 0.0014685347344694983, 0.023684874226749992, 0.934995900956603];
    const VALUES: [f64; 8] = [0.012, -0.004, 0.021, 0.008, -0.011, 0.015, 0.003, 0.006];

    fn of_values(test: impl Fn(f64, f64, f64) -> Option<f64>) -> Option<f64> {
        let found = Estimate::of_mean(&VALUES).unwrap();
        test(found.value, found.error, found.freedom)
    }

    // scripts/golden_stats.py: scipy.stats.ttest_1samp(popmean=margin, alternative=…), statsmodels' TOST.
    #[test]
    fn one_and_two_one_sided_tests_agree_with_scipy_and_statsmodels() {
        close(of_values(|value, error, freedom| not_above(value, error, freedom, 0.02)), EQUIVALENCE[0]);
        close(of_values(|value, error, freedom| not_below(value, error, freedom, -0.01)), EQUIVALENCE[1]);
        close(of_values(|value, error, freedom| within(value, error, freedom, -0.01, 0.015)), EQUIVALENCE[2]);
        // The wrong side of the margin.
        close(of_values(|value, error, freedom| not_above(value, error, freedom, 0.0)), EQUIVALENCE[3]);
    }

    #[test]
    fn a_known_error_uses_the_normal() {
        close(not_above(0.0, 1.0, f64::INFINITY, 1.959963984540054), 0.025);
    }

    #[test]
    fn without_an_error_the_value_decides_and_the_margin_itself_does_not_pass() {
        assert_eq!(not_above(0.01, 0.0, 5.0, 0.02), Some(0.0));
        assert_eq!(not_above(0.03, 0.0, 5.0, 0.02), Some(1.0));
        assert_eq!(not_above(0.02, 0.0, 5.0, 0.02), Some(1.0));
        assert_eq!(not_below(0.02, 0.0, 5.0, 0.02), Some(1.0));
        assert_eq!(within(0.01, 0.0, 5.0, -0.02, 0.02), Some(0.0));
    }

    #[test]
    fn nonsense_gives_none() {
        assert_eq!(not_above(f64::NAN, 1.0, 5.0, 0.0), None);
        assert_eq!(not_above(0.0, -1.0, 5.0, 0.0), None);
        assert_eq!(not_below(0.0, 1.0, 0.0, 0.0), None);
        assert_eq!(not_below(0.0, f64::INFINITY, 5.0, 0.0), None);
        assert_eq!(within(0.0, 1.0, f64::NAN, -1.0, 1.0), None);
    }
}
