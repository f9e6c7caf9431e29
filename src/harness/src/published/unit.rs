//! Units of published numbers, and how far off still agrees.

use crate::metric::{METRICS, PER_CORRECT};

/// The unit of a published number: own = shift + scale · published.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// As the target writes it.
    pub name: String,
    scale: f64,
    shift: f64,
}

/// The unit of energy per correct task.
const J_PER_CORRECT: &str = "J/correct";

impl Unit {
    /// A unit whose numbers are those of the summary.
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), scale: 1.0, shift: 0.0 }
    }

    /// The units in which a metric or score is published; the first where none is said.
    pub fn of_value(metric: &str) -> Vec<Self> {
        let known = METRICS.iter().find(|known| known.name == metric).map(|known| known.unit);
        match known.or((metric == PER_CORRECT).then_some(J_PER_CORRECT)) {
            Some(unit) => vec![Self::plain(unit)],
            None => vec![Self::plain("1"), Self::points()],
        }
    }

    /// The units of a ratio: itself, or its change in percent.
    pub fn of_ratio() -> Vec<Self> {
        vec![Self::plain("1"), Self { name: "%".to_owned(), scale: 0.01, shift: 1.0 }]
    }

    /// The units of a difference of scores.
    pub fn of_difference() -> Vec<Self> {
        vec![Self::plain("1"), Self::points()]
    }

    /// Hundredths of scores from 0 to 1.
    fn points() -> Self {
        Self { name: "points".to_owned(), scale: 0.01, shift: 0.0 }
    }

    /// The summary's number for a published one.
    pub fn own(&self, published: f64) -> f64 {
        self.shift + self.scale * published
    }

    /// The published form of one of the summary's numbers.
    pub fn shown(&self, own: f64) -> f64 {
        (own - self.shift) / self.scale
    }
}

/// How far from the published number still agrees, in its unit.
///
/// # Errors
/// The text is neither a percentage nor a number with this unit or none.
pub(super) fn tolerance(text: &str, published: f64, unit: &Unit) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let text = text.trim();
    // Of numbers in percent, a percentage could be meant in two ways.
    let share = text.strip_suffix('%').and_then(number).map(|percent| match unit.name.as_str() {
        "%" => percent,
        _ => percent / 100.0 * published.abs(),
    });
    let points = text.strip_suffix("points").or_else(|| text.strip_suffix("point")).and_then(number);
    let points = match unit.name.as_str() {
        "points" | "%" => points,
        "1" => points.map(|points| points / 100.0),
        _ => None,
    };
    let own = text.strip_suffix(unit.name.as_str()).and_then(number).or(number(text));
    share.or(points).or(own).ok_or_else(|| {
        format!("`{text}` is no tolerance: neither a percentage nor a number in the unit `{}`", unit.name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_percent_and_points_are_the_summarys_ratios_and_scores() {
        let percent = &Unit::of_ratio()[1];
        assert!((percent.own(-48.3) - 0.517).abs() < 1e-12);
        assert!((percent.shown(0.517) + 48.3).abs() < 1e-9);
        assert_eq!(Unit::of_value("energy-per-task"), [Unit::plain("J/task")]);
        assert_eq!(Unit::of_value("energy-per-correct"), [Unit::plain("J/correct")]);
        assert!((Unit::of_value("rouge-l")[1].own(42.0) - 0.42).abs() < 1e-12);
    }

    #[test]
    fn tolerances_are_shares_points_or_numbers_of_the_unit() {
        let joules = Unit::plain("J/task");
        for (text, published, unit, expected) in [
            ("5%", 200.0, &joules, 10.0),
            ("5%", -200.0, &joules, 10.0),
            ("3", 200.0, &joules, 3.0),
            ("3 J/task", 200.0, &joules, 3.0),
            ("2 points", 0.4, &Unit::plain("1"), 0.02),
            ("1 point", 40.0, &Unit::of_difference()[1], 1.0),
            ("3%", -58.6, &Unit::of_ratio()[1], 3.0),
            ("3 points", -58.6, &Unit::of_ratio()[1], 3.0),
        ] {
            let found = tolerance(text, published, unit).unwrap();
            assert!((found - expected).abs() < 1e-12, "{text}: {found}");
        }
        for text in ["", "five", "-3%", "2 points", "NaN", "inf"] {
            assert!(tolerance(text, 200.0, &joules).is_err(), "{text}");
        }
    }
}
