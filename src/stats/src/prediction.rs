//! Whether a new session fits earlier ones: the interval in which one more session's value is expected.
//!
//! Sessions differ by more than their blocks tell (temperature, boot, memory layout), so a new one is
//! judged by the spread between sessions: mean ± t·s·√(1 + 1/k) with k − 1 degrees of freedom (Hahn and
//! Meeker 1991, Statistical Intervals, §4.7).

use crate::{Estimate, Interval, student};

/// The mean of the values of `k` earlier sessions, with the interval in which a new one lies with
/// probability `level`; the ends are None of one session. None of none or where a value is not finite.
pub fn prediction(earlier: &[f64], level: f64) -> Option<Interval> {
    let mean = Estimate::of_mean(earlier)?;
    let half = student::reach_at(level, mean.freedom).map(|reach| reach * spread_of_new(&mean));
    let value = mean.value;
    Some(Interval { value, lo: half.map(|half| value - half), hi: half.map(|half| value + half) })
}

/// The same on logarithms, for energies and ratios: the geometric mean and the interval around it. None
/// also where a value is not positive.
pub fn prediction_of_ratio(earlier: &[f64], level: f64) -> Option<Interval> {
    let logs: Vec<f64> = earlier.iter().map(|value| value.ln()).collect();
    let found = prediction(&logs, level)?;
    Some(Interval { value: found.value.exp(), lo: found.lo.map(f64::exp), hi: found.hi.map(f64::exp) })
}

/// Two-sided p of a new session's value under the distribution of the earlier ones; for ratios give the
/// logarithms. None below two earlier sessions or where a value is not finite. Earlier sessions that all
/// agree make every other value impossible (p = 0).
pub fn prediction_p(earlier: &[f64], new: f64) -> Option<f64> {
    let mean = Estimate::of_mean(earlier)?;
    if !new.is_finite() {
        return None;
    }
    student::two_sided_p_at((new - mean.value) / spread_of_new(&mean), mean.freedom)
}

/// s·√(1 + 1/k), from the error of the mean, s/√k.
fn spread_of_new(mean: &Estimate) -> f64 {
    mean.error * (mean.freedom + 2.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

    const PREDICTION: [f64; 7] = [
        1.0079999999999998,
        0.944748217320697,
        1.0712517826793024,
        0.034169322108815875,
        1.0078285664719364,
        0.9465772155822916,
        1.073043384814681,
    ];
    const EARLIER: [f64; 5] = [1.02, 0.99, 1.01, 1.035, 0.985];

    // scripts/golden_stats.py: statsmodels OLS on a constant, get_prediction's observation interval.
    #[test]
    fn the_interval_agrees_with_statsmodels() {
        let found = prediction(&EARLIER, 0.95).unwrap();
        close(Some(found.value), PREDICTION[0]);
        close(found.lo, PREDICTION[1]);
        close(found.hi, PREDICTION[2]);
        close(prediction_p(&EARLIER, 1.08), PREDICTION[3]);
        let ratio = prediction_of_ratio(&EARLIER, 0.95).unwrap();
        close(Some(ratio.value), PREDICTION[4]);
        close(ratio.lo, PREDICTION[5]);
        close(ratio.hi, PREDICTION[6]);
    }

    #[test]
    fn p_at_the_end_of_the_interval_is_one_minus_the_level() {
        let hi = prediction(&EARLIER, 0.95).unwrap().hi.unwrap();
        assert!((prediction_p(&EARLIER, hi).unwrap() - 0.05).abs() < 1e-9);
    }

    #[test]
    fn one_session_predicts_nothing_and_nonsense_gives_none() {
        assert_eq!(prediction(&[2.0], 0.95).unwrap(), Interval::bare(2.0));
        assert_eq!(prediction_p(&[2.0], 2.0), None);
        assert_eq!(prediction(&[], 0.95), None);
        assert_eq!(prediction(&[1.0, f64::NAN], 0.95), None);
        assert_eq!(prediction_of_ratio(&[1.0, 0.0], 0.95), None);
        assert_eq!(prediction_of_ratio(&[1.0, -1.0], 0.95), None);
        assert_eq!(prediction_p(&EARLIER, f64::INFINITY), None);
        assert_eq!(prediction_p(&[1.0; 4], 1.0), Some(1.0));
        assert_eq!(prediction_p(&[1.0; 4], 1.1), Some(0.0));
    }
}
