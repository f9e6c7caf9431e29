//! Ranges and tick labels of axes.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;

/// Share of the range that stays free on each side.
const MARGIN: f64 = 0.10;

/// Farthest ends of an axis: the width of a wider one would be no number, and its ticks would never end.
const FARTHEST: f64 = 1e300;

/// Values that lie no farther apart than this share of their size are one value to an axis: its ticks could not be told
/// apart, and those of sizes below it are 0.
const ALIKE: f64 = 1e-9;

/// The range that holds all values with some room; around a single value, a tenth of it on each side.
/// Values that aren't numbers are left out, and those beyond the farthest ends are held to lie there.
pub fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let values = values.filter(|value| value.is_finite()).map(|value| value.clamp(-FARTHEST, FARTHEST));
    let (lo, hi) = values.fold((f64::MAX, f64::MIN), |ends, value| (ends.0.min(value), ends.1.max(value)));
    if lo > hi {
        return 0.0..1.0;
    }
    let (spread, size) = (hi - lo, lo.abs().max(hi.abs()));
    let room = match (spread > ALIKE * size, size > 1.0 / FARTHEST) {
        (_, false) => 1.0,
        (true, true) => MARGIN * spread,
        (false, true) => 0.1 * size,
    };
    lo - room..hi + room
}

/// How an axis places values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences take equal room.
    Linear,
    /// Equal ratios take equal room.
    Logarithmic,
}

/// The largest ratio of two values that a linear axis shows well.
const LINEAR_REACH: f64 = 4.0;

impl Scale {
    /// Logarithmic where all values are above 0 and the largest is far above the smallest.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let values = values.filter(|value| value.is_finite());
        let (lo, hi) =
            values.fold((f64::MAX, f64::MIN), |ends, value| (ends.0.min(value), ends.1.max(value)));
        if lo > 0.0 && hi > LINEAR_REACH * lo { Self::Logarithmic } else { Self::Linear }
    }

    /// Where on the axis a value lies.
    pub fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.log10(),
        }
    }

    /// The label of a tick.
    pub fn label(self, place: f64, range: &Range<f64>, count: usize) -> String {
        match self {
            Self::Linear => tick(place, range, count),
            Self::Logarithmic => {
                let decimals = (-place.floor()).clamp(0.0, 12.0) as usize;
                format!("{:.decimals$}", 10.0_f64.powf(place))
            }
        }
    }
}

/// An axis of places, with ticks at round values.
pub struct Axis {
    scale: Scale,
    range: Range<f64>,
}

impl Axis {
    /// The axis over a range of places.
    pub fn new(scale: Scale, range: Range<f64>) -> Self {
        Self { scale, range }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range.clone()).map(place, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if self.scale == Scale::Linear {
            return RangedCoordf64::from(self.range.clone()).key_points(hint);
        }
        let decades = self.range.start.floor() as i32..=self.range.end.ceil() as i32;
        let steps = [1.0_f64, 2.0, 5.0].map(f64::log10);
        let places = decades.flat_map(|decade| steps.map(|step| step + f64::from(decade)));
        places.filter(|place| self.range.contains(place)).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
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
    fn ranges_of_values_that_no_axis_can_hold_have_finite_ends_and_ticks() {
        for values in [
            vec![f64::MIN, f64::MAX],
            vec![1e16, 1e16 + 2.0],
            vec![5e-324, 1e-310],
            vec![-1e308],
            vec![f64::INFINITY, f64::NEG_INFINITY],
        ] {
            let found = range(values.iter().copied());
            assert!(found.start.is_finite() && found.end.is_finite(), "{values:?} {found:?}");
            assert!((found.end - found.start).is_finite() && found.start < found.end, "{values:?} {found:?}");
            let ticks = Axis::new(Scale::Linear, found).key_points(8_usize);
            assert!(ticks.len() <= 8, "{values:?} {ticks:?}");
        }
    }

    #[test]
    fn values_far_apart_are_placed_by_their_ratios_with_round_ticks() {
        assert_eq!(Scale::of([1.0, 3.9].into_iter()), Scale::Linear);
        assert_eq!(Scale::of([-1.0, 9.0].into_iter()), Scale::Linear);
        let scale = Scale::of([0.5, f64::NAN, 5.0].into_iter());
        assert_eq!(scale, Scale::Logarithmic);
        let range = scale.place(0.4)..scale.place(6.0);
        let ticks = Axis::new(scale, range.clone()).key_points(8_usize);
        let labels = ticks.into_iter().map(|place| scale.label(place, &range, 8));
        assert_eq!(labels.collect::<Vec<_>>(), ["0.5", "1", "2", "5"]);
    }

    #[test]
    fn ticks_have_the_decimals_that_tell_them_apart() {
        assert_eq!(tick(0.025, &(0.0..0.05), 5), "0.03");
        assert_eq!(tick(0.02, &(0.0..0.05), 10), "0.020");
        assert_eq!(tick(150.0, &(0.0..1000.0), 10), "150");
        assert_eq!(tick(-0.0, &(-1.0..1.0), 4), "0.0");
    }
}
