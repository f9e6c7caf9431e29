//! Clopper's and Pearson's interval for a rate that was counted.

use crate::{Interval, beta};

/// The exact interval of confidence `level` for the rate behind `successes` of `trials` independent ones
/// (Clopper and Pearson 1934, Biometrika 26). It never covers less than it says, as a false-alarm rate
/// needs. None without trials, with more successes than trials, or for a level outside 0..1.
pub fn clopper_pearson(successes: u64, trials: u64, level: f64) -> Option<Interval> {
    if trials == 0 || successes > trials || !(0.0..1.0).contains(&level) {
        return None;
    }
    let (right, wrong) = (successes as f64, (trials - successes) as f64);
    let tail = (1.0 - level) / 2.0;
    let lo = if successes == 0 { 0.0 } else { below(tail, right, wrong + 1.0) };
    let hi = if successes == trials { 1.0 } else { below(1.0 - tail, right + 1.0, wrong) };
    Some(Interval { value: right / trials as f64, lo: Some(lo), hi: Some(hi) })
}

/// The x with I_x(a, b) = `share`, by halving.
fn below(share: f64, a: f64, b: f64) -> f64 {
    /// A double has no more halvings between 0 and 1 that matter to a rate.
    const STEPS: usize = 200;
    let (mut lo, mut hi) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(lo, hi);
        if beta::regularized(a, b, middle) < share {
            lo = middle
        } else {
            hi = middle
        }
        if hi - lo <= f64::EPSILON * hi {
            break;
        }
    }
    f64::midpoint(lo, hi)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVALS: [(u64, u64, f64, f64); 6] = [
        (0, 10, 0.0, 0.30849710781876294),
        (1, 10, 0.0025285785444625728, 0.44501611702819543),
        (5, 10, 0.1870860284474045, 0.8129139715525955),
        (10, 10, 0.6915028921812371, 1.0),
        (17, 2000, 0.004959135021568091, 0.01357454619978396),
        (60, 1000000, 4.5786623233011163e-05, 7.723122795738793e-05),
    ];

    // scripts/golden_stats.py: scipy.stats.binomtest(...).proportion_ci(method="exact").
    #[test]
    fn intervals_agree_with_scipy() {
        for (successes, trials, lo, hi) in INTERVALS {
            let found = clopper_pearson(successes, trials, 0.95).unwrap();
            for (found, expected) in [(found.lo.unwrap(), lo), (found.hi.unwrap(), hi)] {
                assert!((found - expected).abs() <= 1e-8 * expected, "{successes} {trials}: {found}");
            }
        }
    }

    #[test]
    fn the_ends_are_closed_and_nonsense_gives_none() {
        assert_eq!(clopper_pearson(0, 10, 0.95).unwrap().lo, Some(0.0));
        assert_eq!(clopper_pearson(10, 10, 0.95).unwrap().hi, Some(1.0));
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(3, 2, 0.95), None);
        assert_eq!(clopper_pearson(1, 2, f64::NAN), None);
        assert_eq!(clopper_pearson(1, 2, 1.0), None);
    }
}
