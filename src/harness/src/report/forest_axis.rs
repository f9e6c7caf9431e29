//! The axis of a forest plot: where values lie, what its ticks say, which changes do not matter.

use harness_stats::Interval;

use super::axis::tick;

/// Units between two ticks, at least.
const TICK_ROOM: f64 = 65.0;

/// An interval may reach so many times as far from no change as the farthest value; what is wider ends in an arrow.
const REACH: f64 = 4.0;

/// Fewer ticks do not show that an axis is logarithmic.
const FEWEST_TICKS: f64 = 3.0;

/// Share of the axis that stays free on each side.
const MARGIN: f64 = 0.06;

/// The least that an axis shows on each side of no change: ratios on the logarithmic scale, differences as they are.
const LEAST: f64 = 0.005;

/// Above this ratio of its ends an axis of ratios has ticks at 1, 2, 5, else at round percentages.
const DECADES_ABOVE: f64 = 4.0;

/// How the values of a panel lie on its axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// Ratios by their logarithms, with a band of changes that do not matter.
    Ratio {
        /// Relative change that begins to matter.
        practical: f64,
    },
    /// Differences in points.
    Points,
    /// Differences as they are.
    Plain,
}

/// An axis between two places of the picture.
pub(super) struct ForestAxis {
    scale: Scale,
    /// On the scale of the axis.
    lo: f64,
    hi: f64,
    /// In units of the picture.
    left: f64,
    right: f64,
}

impl ForestAxis {
    /// The axis that shows these intervals and no change.
    pub(super) fn new(
        scale: Scale,
        intervals: impl Iterator<Item = Interval> + Clone,
        (left, right): (f64, f64),
    ) -> Self {
        let finite = |value: f64| Some(scale.scaled(value)).filter(|value| value.is_finite());
        let values = intervals.clone().filter_map(|interval| finite(interval.value));
        let ends = intervals.flat_map(|interval| [interval.lo, interval.hi]).flatten().filter_map(finite);
        let far = values.clone().chain(ends.clone().map(f64::abs).reduce(f64::min)).map(f64::abs);
        let most = REACH * far.fold(LEAST.max(scale.practical()), f64::max);
        let shown: Vec<f64> = values.chain(ends.map(|end| end.clamp(-most, most))).collect();
        let (lo, hi) =
            shown.iter().fold((0.0_f64, 0.0_f64), |(lo, hi), value| (lo.min(*value), hi.max(*value)));
        let least = LEAST.max(1.3 * scale.practical());
        let (lo, hi) = (lo.min(-least), hi.max(least));
        let room = MARGIN * (hi - lo);
        Self { scale, lo: lo - room, hi: hi + room, left, right }
    }

    /// Where a value lies, and whether that is beyond the axis, whose end stands for it then.
    pub(super) fn place(&self, value: f64) -> (f64, bool) {
        let scaled = self.scale.scaled(value);
        let beyond = scaled < self.lo || scaled > self.hi || scaled.is_nan();
        (self.at(scaled.clamp(self.lo, self.hi)), beyond)
    }

    fn at(&self, scaled: f64) -> f64 {
        self.left + (scaled - self.lo) / (self.hi - self.lo) * (self.right - self.left)
    }

    /// Its ends in the picture.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// Where nothing has changed.
    pub(super) fn no_change(&self) -> f64 {
        self.at(0.0)
    }

    /// Changes that do not matter, within the axis.
    pub(super) fn band(&self) -> Option<(f64, f64)> {
        match self.scale {
            Scale::Ratio { practical } if practical > 0.0 && practical < 1.0 => {
                let place = |share: f64| self.at(share.ln_1p().clamp(self.lo, self.hi));
                Some((place(-practical), place(practical)))
            }
            _ => None,
        }
    }

    /// Places of ticks with their labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let most = ((self.right - self.left) / TICK_ROOM).floor().max(2.0);
        match self.scale {
            Scale::Ratio { .. } if (self.hi - self.lo).exp() > DECADES_ABOVE => self.decades(most),
            Scale::Ratio { .. } => {
                let (lo, hi) = (100.0 * self.lo.exp_m1(), 100.0 * self.hi.exp_m1());
                let label = |percent: f64, step: f64| signed(percent, step) + " %";
                round(lo, hi, most)
                    .map(|(percent, step)| (self.at((percent / 100.0).ln_1p()), label(percent, step)))
                    .collect()
            }
            Scale::Points | Scale::Plain => {
                let ticks = round(self.lo, self.hi, most);
                ticks.map(|(value, step)| (self.at(value), signed(value, step))).collect()
            }
        }
    }

    /// Ratios of round numbers times powers of ten, as many as there is room for.
    fn decades(&self, most: f64) -> Vec<(f64, String)> {
        let ten = std::f64::consts::LN_10;
        let powers = (self.lo / ten).floor() as i32..=(self.hi / ten).ceil() as i32;
        let ratios = |steps: &[f64], apart: usize| -> Vec<f64> {
            let whole = powers.clone().filter(|power| (power.unsigned_abs() as usize).is_multiple_of(apart));
            let all = whole.flat_map(|power| steps.iter().map(move |step| step * 10.0_f64.powi(power)));
            all.filter(|ratio| ratio.ln() >= self.lo && ratio.ln() <= self.hi).collect()
        };
        let room = most.max(FEWEST_TICKS) as usize;
        let apart = (powers.clone().count() / room).max(1) + 1;
        let finest = [ratios(&[1.0, 2.0, 5.0], 1), ratios(&[1.0, 3.0], 1), ratios(&[1.0], 1)];
        let found = finest.into_iter().find(|ticks| ticks.len() <= room);
        let found = found.unwrap_or_else(|| ratios(&[1.0], apart));
        found.into_iter().map(|ratio| (self.at(ratio.ln()), format!("× {}", tidy(ratio)))).collect()
    }

    /// What it shows.
    pub(super) fn title(&self) -> String {
        match self.scale {
            Scale::Ratio { practical } if practical > 0.0 => {
                format!("change of the amount; shaded: within {} %", tidy(100.0 * practical))
            }
            Scale::Ratio { .. } => "change of the amount".to_owned(),
            Scale::Points => "difference of scores, points".to_owned(),
            Scale::Plain => "difference of scores".to_owned(),
        }
    }
}

impl Scale {
    fn scaled(self, value: f64) -> f64 {
        match self {
            Self::Ratio { .. } => value.ln(),
            Self::Points | Self::Plain => value,
        }
    }

    fn practical(self) -> f64 {
        match self {
            Self::Ratio { practical } => practical.abs().ln_1p(),
            Self::Points | Self::Plain => 0.0,
        }
    }
}

/// Multiples of a round step between two values, at most so many, each with the step.
fn round(lo: f64, hi: f64, most: f64) -> impl Iterator<Item = (f64, f64)> {
    let rough = ((hi - lo) / most).max(f64::MIN_POSITIVE);
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let places = (lo / step).ceil() as i64..=(hi / step).floor() as i64;
    places.map(move |place| (place as f64 * step, step))
}

/// A tick's label with its sign; as many decimals as steps need.
fn signed(value: f64, step: f64) -> String {
    let text = tick(value.abs(), &(0.0..step), 1);
    if value == 0.0 {
        "0".to_owned()
    } else if value < 0.0 {
        format!("−{text}")
    } else {
        format!("+{text}")
    }
}

/// A number without what rounding left behind.
fn tidy(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, values: &[(f64, f64, f64)]) -> ForestAxis {
        let interval =
            |(value, lo, hi): &(f64, f64, f64)| Interval { value: *value, lo: Some(*lo), hi: Some(*hi) };
        ForestAxis::new(scale, values.iter().map(interval), (100.0, 600.0))
    }

    fn labels(axis: &ForestAxis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ratios_near_one_have_round_percentages_and_ratios_far_apart_round_factors() {
        let near = axis(Scale::Ratio { practical: 0.03 }, &[(0.93, 0.92, 0.94)]);
        assert_eq!(labels(&near), ["−8 %", "−6 %", "−4 %", "−2 %", "0 %", "+2 %", "+4 %"]);
        let far = axis(Scale::Ratio { practical: 0.03 }, &[(0.5, 0.4, 0.6), (3.0, 2.5, 3.5)]);
        assert_eq!(labels(&far), ["× 0.5", "× 1", "× 2"]);
        let farther = axis(Scale::Ratio { practical: 0.03 }, &[(1e-9, 1e-10, 1e-8), (1e9, 1e8, 1e10)]);
        assert!((2..=7).contains(&labels(&farther).len()), "{:?}", labels(&farther));
        assert!(labels(&farther).contains(&"× 1".to_owned()));
    }

    #[test]
    fn no_change_is_always_shown_and_what_reaches_far_beyond_ends_in_an_arrow() {
        let points = axis(Scale::Points, &[(-3.0, -4.0, -2.0), (1.0, -69.0, 71.0)]);
        let (left, right) = points.ends();
        assert!(points.no_change() > left && points.no_change() < right);
        assert_eq!(points.place(71.0), (right, true));
        assert!(!points.place(-4.0).1);
        for (value, lo, hi) in [(f64::NAN, f64::NAN, f64::NAN), (0.0, 0.0, f64::INFINITY)] {
            let odd = axis(Scale::Ratio { practical: 0.0 }, &[(value, lo, hi)]);
            assert!(odd.place(value).1 && !odd.ticks().is_empty() && odd.band().is_none());
        }
        assert_eq!(labels(&axis(Scale::Plain, &[])), ["−0.004", "−0.002", "0", "+0.002", "+0.004"]);
    }

    #[test]
    fn the_band_is_what_does_not_matter() {
        let axis = axis(Scale::Ratio { practical: 0.03 }, &[(1.0, 0.99, 1.01)]);
        let (left, right) = axis.band().unwrap();
        assert!((left - axis.place(0.97).0).abs() < 1e-6 && (right - axis.place(1.03).0).abs() < 1e-6);
    }
}
