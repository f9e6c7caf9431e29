//! Ranges and tick labels of axes.

use std::ops::Range;

/// Share of the range that stays free on each side.
const MARGIN: f64 = 0.10;

/// The range that holds all values with some room; around a single value, a tenth of it on each side.
/// Values that aren't numbers are left out.
pub fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let values = values.filter(|value| value.is_finite());
    let (lo, hi) = values.fold((f64::MAX, f64::MIN), |ends, value| (ends.0.min(value), ends.1.max(value)));
    if lo > hi {
        return 0.0..1.0;
    }
    let spread = hi - lo;
    let room = match (spread > 0.0, hi.abs() > 0.0) {
        (true, _) => MARGIN * spread,
        (false, true) => 0.1 * hi.abs(),
        (false, false) => 1.0,
    };
    lo - room..hi + room
}

/// A tick label with as many decimals as ticks `steps` apart in `range` need to differ.
pub fn tick(value: f64, range: &Range<f64>, steps: usize) -> String {
    let step = (range.end - range.start) / steps.max(1) as f64;
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    // Rounding may leave a sign on nothing.
    let text = format!("{value:.decimals$}");
    if text.trim_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_string()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_every_value_with_room_even_for_one_or_none() {
        for (values, expected) in [
            (vec![1.0, 2.0], 0.9..2.1),
            (vec![2.0, 2.0], 1.8..2.2),
            (vec![0.0], -1.0..1.0),
            (vec![f64::NAN, 2.0], 1.8..2.2),
            (vec![], 0.0..1.0),
        ] {
            let found = range(values.into_iter());
            assert!((found.start - expected.start).abs() < 1e-12, "{found:?}");
            assert!((found.end - expected.end).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn ticks_have_the_decimals_that_tell_them_apart() {
        assert_eq!(tick(0.025, &(0.0..0.05), 5), "0.03");
        assert_eq!(tick(0.02, &(0.0..0.05), 10), "0.020");
        assert_eq!(tick(150.0, &(0.0..1000.0), 10), "150");
        assert_eq!(tick(-0.0, &(-1.0..1.0), 4), "0.0");
    }
}
