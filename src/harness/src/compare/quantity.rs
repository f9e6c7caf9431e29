//! The quantities of a row: metrics with their amounts, scorers with their scores.

use harness_stats::Interval;

use super::asked::Asked;
use super::report::{Compared, Kind};
use crate::metric::{METRICS, PER_CORRECT};
use crate::summary::{PerCorrect, SummaryRow};

/// Unit of scores.
const ONE: &str = "1";

/// Something that two rows are compared in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// The metric or scorer.
    pub(super) name: String,
    /// How it is compared.
    pub(super) kind: Kind,
    /// Its unit.
    pub(super) unit: &'static str,
    /// Whether it is joules.
    pub(super) is_energy: bool,
}

/// What is wanted of a row's task: metrics in the board's order, then scorers in the suite's. Joules per correct task are
/// there where they were asked for by name or the row has them.
pub(super) fn quantities(asked: &Asked, row: &SummaryRow) -> Vec<Quantity> {
    let amount =
        |name: &str, unit, is_energy| Quantity { name: name.to_owned(), kind: Kind::Ratio, unit, is_energy };
    let metrics = METRICS.iter().filter(|metric| asked.has_metric(metric.name));
    let mut all: Vec<Quantity> =
        metrics.map(|metric| amount(metric.name, metric.unit, metric.is_energy)).collect();
    let told = matches!(row.energy_per_correct_j, PerCorrect::Value { .. });
    if asked.names_metric(PER_CORRECT) || (told && asked.has_metric(PER_CORRECT)) {
        all.push(amount(PER_CORRECT, "J/correct", true));
    }
    let scores = row.scorers.iter().filter(|name| asked.has_score(name, &row.primary_score));
    all.extend(scores.map(|name| Quantity {
        name: name.clone(),
        kind: Kind::Difference,
        unit: ONE,
        is_energy: false,
    }));
    all
}

impl Quantity {
    /// Its value with its interval, as a row has it.
    ///
    /// # Errors
    /// Why there is none that can be compared.
    pub(super) fn of(&self, row: &SummaryRow) -> Result<Interval, String> {
        let found = match (self.kind, &row.energy_per_correct_j) {
            (Kind::Difference, _) => {
                let score = row.scores.get(&self.name).ok_or("nothing was scored")?;
                Interval { value: score.value, lo: score.lo, hi: score.hi }
            }
            (Kind::Ratio, PerCorrect::Value { value, lo, hi, .. }) if self.name == PER_CORRECT => {
                Interval { value: *value, lo: *lo, hi: *hi }
            }
            (Kind::Ratio, PerCorrect::Refused { refused }) if self.name == PER_CORRECT => {
                return Err(refused.clone());
            }
            (Kind::Ratio, _) => *row.amounts.get(&self.name).ok_or_else(|| self.why_none(row))?,
        };
        if !found.value.is_finite() {
            return Err("the run tells a value that is not finite".to_owned());
        }
        if self.kind == Kind::Ratio && found.value <= 0.0 {
            return Err("an amount that is not above zero has no ratio".to_owned());
        }
        Ok(found)
    }

    fn why_none(&self, row: &SummaryRow) -> String {
        match &row.energy_reason {
            Some(reason) if self.is_energy => format!("no energy: {reason}"),
            _ => "no block has it".to_owned(),
        }
    }

    /// On the scale on which it is compared: amounts become logarithms.
    pub(super) fn scaled(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Ratio => value.ln(),
            Kind::Difference => value,
        }
    }

    /// Back from that scale.
    pub(super) fn unscaled(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Ratio => value.exp(),
            Kind::Difference => value,
        }
    }

    /// A comparison in it that has yet to be made.
    pub(super) fn blank(&self, task: &str, variant: &str, against: &str) -> Compared {
        Compared {
            task: task.to_owned(),
            variant: variant.to_owned(),
            against: against.to_owned(),
            quantity: self.name.clone(),
            unit: self.unit.to_owned(),
            kind: self.kind,
            width: None,
            before: None,
            after: None,
            found: None,
            without_sessions: None,
            against_baselines: None,
            baseline: None,
            model_error: 0.0,
            why: None,
        }
    }
}
