//! What the sessions of two sides say of one quantity, each session with one value.

use harness_stats::{Interval, difference_of_intervals, enough, hodges_lehmann, mann_whitney};

use super::quantity::Quantity;
use super::report::{Counted, Found};

/// How shift, interval and p between sessions are found.
const RANKS: &str = "Hodges-Lehmann shift of sessions with rank interval, Mann-Whitney, exact";

/// How an interval that leaves out the spread between sessions is found.
const WITHIN: &str = "intervals within the runs, added in quadrature (MOVER)";

/// The values of a quantity in the sessions of both sides, on the scale of its comparison.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) before: Vec<Interval>,
    pub(super) after: Vec<Interval>,
}

impl Values {
    /// A value on the scale of its comparison.
    pub(super) fn scaled(quantity: &Quantity, value: Interval) -> Interval {
        Interval {
            value: quantity.scaled(value.value),
            lo: value.lo.map(|lo| quantity.scaled(lo)),
            hi: value.hi.map(|hi| quantity.scaled(hi)),
        }
    }

    /// The shift between the sides, and why it has no interval; None where a side is empty.
    pub(super) fn between(&self, quantity: &Quantity, level: f64) -> Option<(Found, Option<String>)> {
        let values = |side: &[Interval]| -> Vec<f64> { side.iter().map(|own| own.value).collect() };
        let (before, after) = (values(&self.before), values(&self.after));
        let shift = hodges_lehmann(&after, &before, level)?;
        let p = shift.lo.and_then(|_| mann_whitney(&after, &before));
        let why = shift.lo.is_none().then(|| too_few(before.len(), after.len(), level));
        Some((self.found(quantity, shift, p, RANKS), why))
    }

    /// The difference of the sides' means with the spread within the runs alone; None where a side is empty, or a run
    /// does not tell it.
    pub(super) fn within(&self, quantity: &Quantity) -> Option<Found> {
        let difference = difference_of_intervals(&mean(&self.after)?, &mean(&self.before)?)?;
        difference.lo?;
        Some(self.found(quantity, difference, None, WITHIN))
    }

    fn found(&self, quantity: &Quantity, scaled: Interval, p: Option<f64>, method: &str) -> Found {
        Found {
            value: quantity.unscaled(scaled.value),
            lo: scaled.lo.map(|lo| quantity.unscaled(lo)),
            hi: scaled.hi.map(|hi| quantity.unscaled(hi)),
            p,
            p_holm: None,
            counted: Counted::Sessions,
            n_before: self.before.len(),
            n_after: self.after.len(),
            method: method.to_owned(),
            verdict: None,
        }
    }
}

/// The mean of independent values; its ends lie as far off as the root of their summed squares over the number says.
pub(super) fn mean(side: &[Interval]) -> Option<Interval> {
    let count = Some(side.len()).filter(|count| *count > 0)? as f64;
    let value = side.iter().map(|own| own.value).sum::<f64>() / count;
    let reach = |end: fn(&Interval) -> Option<f64>| {
        let squares: Option<Vec<f64>> =
            side.iter().map(|own| Some((end(own)? - own.value).powi(2))).collect();
        Some(squares?.iter().sum::<f64>().sqrt() / count)
    };
    Some(Interval {
        value,
        lo: reach(|own| own.lo).map(|reach| value - reach),
        hi: reach(|own| own.hi).map(|reach| value + reach),
    })
}

fn too_few(before: usize, after: usize, level: f64) -> String {
    let least = match enough(before, after, level) {
        Some((before, after)) => format!("{before} before and {after} after would be enough"),
        None => "no number would be enough".to_owned(),
    };
    format!("{before} and {after} sessions are too few for an interval of {:.0} %: {least}", 100.0 * level)
}
