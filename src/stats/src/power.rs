//! The power of the paired t test on block log ratios: how many blocks find which change.
//!
//! Effects and standard deviations are on the log scale: a change of 5 % is ln 1.05, and the standard
//! deviation is that of the blocks' log ratios (about √2 times the coefficient of variation of one
//! variant's windows where the two sides do not vary together). The one-sided forms test for a value
//! above zero; turn the signs for one below.

use crate::{noncentral_t, student};

/// More blocks than anyone waits for.
const MOST_BLOCKS: usize = 100_000;

#[derive(Clone, Copy)]
enum Sides {
    One,
    Two,
}

/// Chance that a two-sided test at `alpha` finds the effect; None below two blocks, or where the standard
/// deviation is negative, `alpha` not between 0 and 1, or a number not finite. Without any spread every
/// effect but zero is found.
pub fn power(effect: f64, sd: f64, blocks: usize, alpha: f64) -> Option<f64> {
    chance(effect, sd, blocks, alpha, Sides::Two)
}

/// Chance that a one-sided test at `alpha` finds an effect above zero.
pub fn power_one_sided(effect: f64, sd: f64, blocks: usize, alpha: f64) -> Option<f64> {
    chance(effect, sd, blocks, alpha, Sides::One)
}

/// The fewest blocks (2 to 100,000) with which a two-sided test at `alpha` has at least this `power`; None
/// where no number has, or where [`power()`] is None.
pub fn blocks_needed(effect: f64, sd: f64, alpha: f64, power: f64) -> Option<usize> {
    fewest(effect, sd, alpha, power, Sides::Two)
}

/// The same for a one-sided test of an effect above zero.
pub fn blocks_needed_one_sided(effect: f64, sd: f64, alpha: f64, power: f64) -> Option<usize> {
    fewest(effect, sd, alpha, power, Sides::One)
}

/// The smallest effect (on the log scale, positive) that a two-sided test at `alpha` finds with this
/// `power`; None where [`power()`] is None, the wanted power not between 0 and 1, or no effect has it.
pub fn detectable(sd: f64, blocks: usize, alpha: f64, power: f64) -> Option<f64> {
    smallest(sd, blocks, alpha, power, Sides::Two)
}

/// The same for a one-sided test of an effect above zero.
pub fn detectable_one_sided(sd: f64, blocks: usize, alpha: f64, power: f64) -> Option<f64> {
    smallest(sd, blocks, alpha, power, Sides::One)
}

fn chance(effect: f64, sd: f64, blocks: usize, alpha: f64, sides: Sides) -> Option<f64> {
    let sound = effect.is_finite() && sd.is_finite() && sd >= 0.0 && is_share(alpha);
    if !sound || blocks < 2 {
        return None;
    }
    let delta = effect / sd * (blocks as f64).sqrt();
    if effect == 0.0 {
        return Some(alpha);
    }
    if delta.is_infinite() {
        return Some(if matches!(sides, Sides::Two) || effect > 0.0 { 1.0 } else { 0.0 });
    }
    let freedom = (blocks - 1) as f64;
    let above = |reach: f64| Some(1.0 - noncentral_t(reach, freedom, delta)?);
    match sides {
        Sides::One => above(student::upper_quantile(alpha.min(1.0 - alpha), freedom).copysign(0.5 - alpha)),
        Sides::Two => {
            let reach = student::upper_quantile(alpha / 2.0, freedom);
            Some((above(reach)? + noncentral_t(-reach, freedom, delta)?).min(1.0))
        }
    }
}

fn fewest(effect: f64, sd: f64, alpha: f64, power: f64, sides: Sides) -> Option<usize> {
    if !is_share(power) {
        return None;
    }
    let enough = |blocks: usize| Some(chance(effect, sd, blocks, alpha, sides)? >= power);
    // Doubling first, so that few blocks are not found by way of many.
    let mut most = 2;
    while !enough(most)? {
        if most == MOST_BLOCKS {
            return None;
        }
        most = (2 * most).min(MOST_BLOCKS);
    }
    let mut too_few = 1;
    while most - too_few > 1 {
        let middle = usize::midpoint(too_few, most);
        if enough(middle)? { most = middle } else { too_few = middle }
    }
    Some(most)
}

fn smallest(sd: f64, blocks: usize, alpha: f64, power: f64, sides: Sides) -> Option<f64> {
    /// Doublings, or halvings, that cross the range of a double or use up its digits.
    const STEPS: usize = 60;
    if !is_share(power) {
        return None;
    }
    // In units of the standard deviation; the chance does not depend on the unit.
    let enough = |effect: f64| Some(chance(effect, 1.0, blocks, alpha, sides)? >= power);
    chance(0.0, sd, blocks, alpha, sides)?;
    if enough(0.0)? || sd == 0.0 {
        return Some(0.0);
    }
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..STEPS {
        if enough(above)? {
            break;
        }
        (below, above) = (above, 2.0 * above);
    }
    if !enough(above)? {
        return None;
    }
    for _ in 0..STEPS {
        let middle = f64::midpoint(below, above);
        if enough(middle)? {
            above = middle
        } else {
            below = middle
        }
        if above - below < 1e-13 * above {
            break;
        }
    }
    Some(above * sd)
}

fn is_share(value: f64) -> bool {
    value > 0.0 && value < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

    const DETECTABLE: [(f64, usize, f64, f64); 4] = [
        (0.02, 6, 0.028690895640808033, 0.023715811635695295),
        (0.01, 10, 0.009960013714554438, 0.00852837512238551),
        (0.03, 40, 0.013627708190507102, 0.012004521425476627),
        (0.01, 3, 0.03264043549699573, 0.02297274767305171),
    ];
    const NEEDED: [(f64, f64, usize, usize); 12] = [
        (1.0, 0.01, 11, 8),
        (1.0, 0.02, 34, 27),
        (1.0, 0.05, 201, 158),
        (2.0, 0.01, 5, 4),
        (2.0, 0.02, 11, 8),
        (2.0, 0.05, 52, 41),
        (5.0, 0.01, 3, 3),
        (5.0, 0.02, 4, 3),
        (5.0, 0.05, 11, 9),
        (10.0, 0.01, 3, 2),
        (10.0, 0.02, 3, 3),
        (10.0, 0.05, 5, 4),
    ];
    const POWERS: [(f64, f64, usize, f64, f64, f64); 6] = [
        (0.05, 0.03, 6, 0.05, 0.8987716238459735, 0.9656444423236374),
        (0.02, 0.03, 18, 0.05, 0.7598683587176238, 0.8572988074904799),
        (0.01, 0.02, 10, 0.0025, 0.03609792150890018, 0.061698161021461195),
        (0.1, 0.02, 3, 0.05, 0.9754622687331688, 0.9992757402908878),
        (0.003, 0.03, 200, 0.05, 0.29065761766148046, 0.40693028761109373),
        (0.05, 0.02, 2, 0.05, 0.21852939146899042, 0.41979733137194764),
    ];

    // scripts/golden_stats.py: statsmodels.stats.power.TTestPower.
    #[test]
    fn power_agrees_with_statsmodels() {
        for (effect, sd, blocks, alpha, two, one) in POWERS {
            let found = power(effect, sd, blocks, alpha).unwrap();
            assert!((found - two).abs() < 1e-8, "{effect} {sd} {blocks} {alpha}: {found}, expected {two}");
            let found = power_one_sided(effect, sd, blocks, alpha).unwrap();
            assert!((found - one).abs() < 1e-8, "{effect} {sd} {blocks} {alpha}: {found}, expected {one}");
        }
    }

    // scripts/golden_stats.py: the first number of blocks whose TTestPower suffices.
    #[test]
    fn the_blocks_needed_agree_with_statsmodels() {
        for (percent, sd, two, one) in NEEDED {
            let effect = (1.0 + percent / 100.0_f64).ln();
            assert_eq!(blocks_needed(effect, sd, 0.05, 0.8), Some(two), "{percent} {sd}");
            assert_eq!(blocks_needed_one_sided(effect, sd, 0.05, 0.8), Some(one), "{percent} {sd}");
            assert_eq!(blocks_needed(-effect, sd, 0.05, 0.8), Some(two), "{percent} {sd}");
        }
    }

    // scripts/golden_stats.py: TTestPower.solve_power times the standard deviation.
    #[test]
    fn the_detectable_effect_agrees_with_statsmodels() {
        for (sd, blocks, two, one) in DETECTABLE {
            close(detectable(sd, blocks, 0.05, 0.8), two);
            close(detectable_one_sided(sd, blocks, 0.05, 0.8), one);
        }
    }

    #[test]
    fn the_detectable_effect_of_two_blocks_at_a_strict_alpha_has_the_power_asked_for() {
        let effect = detectable(0.02, 2, 0.001, 0.8).unwrap();
        assert!((power(effect, 0.02, 2, 0.001).unwrap() - 0.8).abs() < 1e-9);
    }

    #[test]
    fn without_spread_everything_is_found_and_nothing_is_found_of_nothing() {
        assert_eq!(power(0.1, 0.0, 2, 0.05), Some(1.0));
        assert_eq!(power(0.0, 0.0, 2, 0.05), Some(0.05));
        assert_eq!(power_one_sided(-0.1, 0.0, 2, 0.05), Some(0.0));
        assert_eq!(blocks_needed(0.0, 0.02, 0.05, 0.8), None);
        assert_eq!(blocks_needed(1e-6, 1.0, 0.05, 0.8), None);
        assert_eq!(blocks_needed_one_sided(-0.1, 0.02, 0.05, 0.8), None);
        assert_eq!(blocks_needed(0.1, 0.0, 0.05, 0.8), Some(2));
        assert_eq!(detectable(0.0, 6, 0.05, 0.8), Some(0.0));
    }

    #[test]
    fn nonsense_gives_none() {
        assert_eq!(power(f64::NAN, 0.02, 6, 0.05), None);
        assert_eq!(power(0.1, -0.02, 6, 0.05), None);
        assert_eq!(power(0.1, 0.02, 1, 0.05), None);
        assert_eq!(power(0.1, 0.02, 6, 1.0), None);
        assert_eq!(blocks_needed(0.1, f64::NAN, 0.05, 0.8), None);
        assert_eq!(blocks_needed(0.1, 0.02, 0.05, 1.5), None);
        assert_eq!(detectable(0.02, 0, 0.05, 0.8), None);
        assert_eq!(detectable(f64::INFINITY, 6, 0.05, 0.8), None);
    }
}
