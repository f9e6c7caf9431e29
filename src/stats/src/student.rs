//! Student's t distribution, for means of few blocks.

use statrs::function::gamma::ln_gamma;

use crate::{beta, normal};

/// From here on a normal value tells the tail to twelve digits, and the beta function to fewer.
const NEARLY_NORMAL: f64 = 1e6;

/// How many standard errors a two-sided interval of confidence `level` (0 to 1) reaches on each side,
/// with `freedom` degrees of freedom; None below one or for another level.
pub fn reach(level: f64, freedom: usize) -> Option<f64> {
    reach_at(level, freedom as f64)
}

/// The same for a freedom that is no whole number, as Welch's is; infinite freedom gives the normal's.
pub fn reach_at(level: f64, freedom: f64) -> Option<f64> {
    if !(freedom > 0.0 && (0.0..=1.0).contains(&level)) {
        return None;
    }
    Some(upper_quantile((1.0 - level) / 2.0, freedom))
}

/// Two-sided p of a mean that lies `t` standard errors from zero; None below one degree of freedom.
/// Blocks that do not differ at all have no standard error: `t` is then infinite (p = 0) or, with a mean
/// of zero, not a number (p = 1).
pub fn two_sided_p(t: f64, freedom: usize) -> Option<f64> {
    two_sided_p_at(t, freedom as f64)
}

/// The same for a freedom that is no whole number.
pub fn two_sided_p_at(t: f64, freedom: f64) -> Option<f64> {
    if t.is_nan() {
        return (freedom > 0.0).then_some(1.0);
    }
    Some((2.0 * upper_tail(t.abs(), freedom)?).min(1.0))
}

/// Share of the distribution above `t`; None without positive freedom or where `t` is not a number.
/// Infinite freedom gives the normal's.
pub fn upper_tail(t: f64, freedom: f64) -> Option<f64> {
    if freedom.is_nan() || freedom <= 0.0 || t.is_nan() {
        return None;
    }
    if freedom >= NEARLY_NORMAL {
        return Some(normal::upper_tail(wallace(t, freedom)));
    }
    let square = t * t;
    // Of the two forms each loses digits where the other does not.
    let above = if square < 1.0 {
        0.5 - 0.5 * beta::regularized(0.5, freedom / 2.0, square / (freedom + square))
    } else {
        0.5 * beta::regularized(freedom / 2.0, 0.5, freedom / (freedom + square))
    };
    Some(if t < 0.0 { 1.0 - above } else { above })
}

/// The t above which a share `tail` (0 to ½) of the distribution lies, by Newton's steps on the logarithms
/// of t and tail: there the tail falls ever faster, so that no step overshoots more than once.
pub(crate) fn upper_quantile(tail: f64, freedom: f64) -> f64 {
    /// Many times what any freedom and tail take.
    const STEPS: usize = 100;
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    if tail >= 0.5 {
        return 0.0;
    }
    let z = -normal::quantile(tail);
    if freedom.is_infinite() {
        return z;
    }
    if freedom >= NEARLY_NORMAL {
        let scaled = z * (8.0 * freedom + 3.0) / (8.0 * freedom + 1.0);
        return (freedom * (scaled * scaled / freedom).exp_m1()).sqrt();
    }
    // The first term of Fisher's and Cornish's expansion.
    let mut t = z + z * (z * z + 1.0) / (4.0 * freedom);
    for _ in 0..STEPS {
        let Some(above) = upper_tail(t, freedom) else { break };
        let slope = t * density(t, freedom) / above;
        let step = ((above / tail).ln() / slope).clamp(-2.0, 2.0);
        if !step.is_finite() {
            break;
        }
        t *= step.exp();
        // The steps' digits double each time, so that the next one would be rounding.
        if step.abs() < 1e-9 {
            break;
        }
    }
    t
}

/// The normal value with nearly the same tail as `t` (Wallace 1959, Annals of Mathematical Statistics 30).
fn wallace(t: f64, freedom: f64) -> f64 {
    if freedom.is_infinite() {
        return t;
    }
    let size = (freedom * (t / freedom * t).ln_1p()).sqrt();
    (size * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)).copysign(t)
}

fn density(t: f64, freedom: f64) -> f64 {
    let constant = ln_gamma((freedom + 1.0) / 2.0) - ln_gamma(freedom / 2.0);
    let scale = (freedom * std::f64::consts::PI).sqrt();
    (constant - (freedom + 1.0) / 2.0 * (t * t / freedom).ln_1p()).exp() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTREMES: [(f64, f64, f64); 7] = [
        (0.999, 1.0, 636.619248768719),
        (0.99999, 2.0, 316.2253943043713),
        (0.95, 4.7, 2.62072607535317),
        (0.9999, 6.3, 8.658371332765197),
        (0.95, 1000000.0, 1.959966356814107),
        (0.001, 5.0, 0.0013171532190937652),
        (0.999999999, 11.0, 18.863755215496504),
    ];

    // scripts/golden_stats.py: scipy.stats.t.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (level, freedom, expected) in [
            (0.95, 1, 12.706204736174694),
            (0.95, 2, 4.302652729749462),
            (0.95, 5, 2.5705818356363146),
            (0.95, 7, 2.364624251592784),
            (0.95, 30, 2.0422724563012378),
            (0.90, 5, 2.0150483733330233),
            (0.99, 7, 3.4994832973504924),
        ] {
            let found = reach(level, freedom).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{level} {freedom}: {found}");
        }
    }

    #[test]
    fn tail_probabilities_agree_with_scipy_far_out_too() {
        for (t, freedom, expected) in [
            (0.5, 5, 0.6382988716409291),
            (2.5, 7, 0.04099221858575289),
            (-2.5, 7, 0.04099221858575289),
            (12.0, 7, 6.358310378185098e-06),
            (40.0, 11, 2.89254089812057e-13),
        ] {
            let found = two_sided_p(t, freedom).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{t} {freedom}: {found}");
        }
    }

    #[test]
    fn blocks_without_spread_are_certain_and_one_block_tells_nothing() {
        assert_eq!(two_sided_p(f64::INFINITY, 5), Some(0.0));
        assert_eq!(two_sided_p(f64::NEG_INFINITY, 5), Some(0.0));
        assert_eq!(two_sided_p(f64::NAN, 5), Some(1.0));
        assert_eq!(two_sided_p(3.0, 0), None);
        assert_eq!(reach(0.95, 0), None);
    }

    // scripts/golden_stats.py: scipy.stats.t.
    #[test]
    fn extreme_levels_and_broken_freedoms_agree_with_scipy() {
        for (level, freedom, expected) in EXTREMES {
            let found = reach_at(level, freedom).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-8, "{level} {freedom}: {found}");
        }
    }

    #[test]
    fn nonsense_gives_none_and_infinite_freedom_the_normal() {
        assert_eq!(reach(f64::NAN, 5), None);
        assert_eq!(reach(1.5, 5), None);
        assert_eq!(reach(1.0, 5), Some(f64::INFINITY));
        assert_eq!(reach(0.0, 5), Some(0.0));
        assert_eq!(upper_tail(f64::NAN, 5.0), None);
        assert_eq!(upper_tail(1.0, f64::NAN), None);
        assert_eq!(upper_tail(f64::INFINITY, 5.0), Some(0.0));
        assert_eq!(upper_tail(f64::NEG_INFINITY, 5.0), Some(1.0));
        let known = reach_at(0.95, f64::INFINITY).unwrap();
        assert!((known - normal::reach(0.95)).abs() < 1e-12);
        assert!((reach_at(0.95, 1e9).unwrap() - known).abs() < 1e-8);
        assert!((reach_at(0.95, 0.999e6).unwrap() - reach_at(0.95, 1.001e6).unwrap()).abs() < 1e-7);
    }
}
