//! Student's t distribution, for means of few blocks.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// How many standard errors a two-sided interval of confidence `level` (0 to 1) reaches on each side,
/// with `freedom` degrees of freedom; None below one.
pub fn reach(level: f64, freedom: usize) -> Option<f64> {
    Some(distribution(freedom)?.inverse_cdf(0.5 + level / 2.0))
}

/// Two-sided p of a mean that lies `t` standard errors from zero; None below one degree of freedom.
/// Blocks that do not differ at all have no standard error: `t` is then infinite (p = 0) or, with a mean
/// of zero, not a number (p = 1).
pub fn two_sided_p(t: f64, freedom: usize) -> Option<f64> {
    let distribution = distribution(freedom)?;
    Some(match t.abs() {
        t if t.is_nan() => 1.0,
        t if t.is_infinite() => 0.0,
        t => 2.0 * distribution.sf(t),
    })
}

fn distribution(freedom: usize) -> Option<StudentsT> {
    if freedom == 0 {
        return None;
    }
    StudentsT::new(0.0, 1.0, freedom as f64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
