//! Formulas over a summary, with intervals.
//!
//! Where a formula holds k quantities, each has the interval of confidence 1 − α/k, so that all of them hold at once
//! with 1 − α at least (Bonferroni), and the formula's interval is what these leave possible (interval arithmetic). It
//! is wider than need be where quantities depend on one another.

use harness_meter::Class;
use harness_stats::{Confidence, Estimate, Interval, normal, student};

use super::condition::{class, row};
use super::pairs::Pairs;
use crate::metric::{METRICS, PER_CORRECT};
use crate::published::{Call, Formula, Operator, Quantity, Target, is_amount};
use crate::summary::{Energy, PerCorrect, SummaryRow};

/// Evaluates the formulas of one target on one task.
pub(super) struct Evaluation<'a> {
    pub(super) target: &'a Target,
    pub(super) task: &'a str,
    pub(super) pairs: &'a Pairs<'a>,
    /// How many quantities share the error.
    pub(super) count: usize,
}

/// Whether a metric is joules.
pub fn is_energy(metric: &str) -> bool {
    metric == PER_CORRECT || METRICS.iter().any(|known| known.name == metric && known.is_energy)
}

/// The quantity's or formula's metric, by the row's task where it means quality.
pub(super) fn meant<'r>(row: &'r SummaryRow, metric: &'r str) -> &'r str {
    if metric == crate::limit::QUALITY { &row.primary_score } else { metric }
}

impl Evaluation<'_> {
    /// The formula's value with its interval.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn of(&self, formula: &Formula) -> Result<Interval, String> {
        match formula {
            Formula::Number(value) => Ok(Interval { value: *value, lo: Some(*value), hi: Some(*value) }),
            Formula::Call(call) => self.call(call),
            Formula::Minus(inner) => {
                let found = self.of(inner)?;
                Ok(Interval { value: -found.value, lo: found.hi.map(|hi| -hi), hi: found.lo.map(|lo| -lo) })
            }
            Formula::Two(operator, first, second) => joined(*operator, self.of(first)?, self.of(second)?),
        }
    }

    /// The class of joules that it rests on; None where there are none.
    ///
    /// # Errors
    /// Why they cannot be used.
    pub(super) fn class(&self, formula: &Formula) -> Result<Option<Class>, String> {
        let mut found = None;
        for call in formula.calls().into_iter().filter(|call| is_energy(&call.metric)) {
            let names = [Some(&call.variant), call.against.as_ref()].into_iter().flatten();
            let rows = names.map(|name| row(self.pairs.summary, self.task, name));
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            found = Some(class(self.target, &rows, call.quantity == Quantity::Value)?);
        }
        Ok(found)
    }

    fn sure(&self) -> Confidence {
        let summary = self.pairs.summary;
        let alpha = (1.0 - summary.level) / self.count.max(1) as f64;
        Confidence { level: 1.0 - alpha, ..summary.confidence() }
    }

    fn call(&self, call: &Call) -> Result<Interval, String> {
        let own = row(self.pairs.summary, self.task, &call.variant)?;
        let metric = meant(own, &call.metric);
        match (call.quantity, &call.against) {
            (Quantity::Depth, _) => {
                let depth =
                    own.speed.mean_exit_layer.ok_or("not measured: the engine does not tell depths")?;
                // Depths of greedy answers to given items are counted, not sampled.
                Ok(Interval { value: depth, lo: Some(depth), hi: Some(depth) })
            }
            (Quantity::Value, _) => self.value(own, metric),
            (_, Some(against)) => self.against(own, metric, against),
            (_, None) => Err("nothing is named to hold it against".to_owned()),
        }
    }

    fn against(&self, own: &SummaryRow, metric: &str, against: &str) -> Result<Interval, String> {
        let found = self.pairs.comparison(self.task, metric, &own.variant, against)?;
        let ratio = is_amount(metric);
        let value = if ratio { found.value.ln() } else { found.value };
        let estimate = Estimate { value, error: found.error, freedom: found.freedom };
        let sure = self.sure().difference(&estimate);
        if !ratio {
            return Ok(Interval { value: found.value, lo: sure.lo, hi: sure.hi });
        }
        let other = row(self.pairs.summary, self.task, against)?;
        let model = if is_energy(metric) { own.u_model_rel.max(other.u_model_rel) } else { 0.0 };
        Ok(Interval {
            value: found.value,
            lo: sure.lo.map(|lo| lo.exp() / (1.0 + model)),
            hi: sure.hi.map(|hi| hi.exp() * (1.0 + model)),
        })
    }

    fn value(&self, row: &SummaryRow, metric: &str) -> Result<Interval, String> {
        let found = absolute(row, metric)?;
        let level = self.pairs.summary.level;
        let freedom = row.n_blocks.saturating_sub(1) as f64;
        let factor = match is_amount(metric) {
            true => student::reach_at(self.sure().level, freedom).zip(student::reach_at(level, freedom)),
            false => Some((normal::reach(self.sure().level), normal::reach(level))),
        };
        let factor = factor.map_or(1.0, |(wide, usual)| wide / usual);
        let end = |end: Option<f64>| end.map(|end| found.value + factor * (end - found.value));
        Ok(Interval { value: found.value, lo: end(found.lo), hi: end(found.hi) })
    }
}

/// A quantity of one row; joules with the uncertainty of scale.
fn absolute(row: &SummaryRow, metric: &str) -> Result<Interval, String> {
    let energy = |energy: &Option<Energy>| match energy {
        None => {
            let reason = row.energy_reason.as_deref().unwrap_or("no cell has a valid energy");
            Err(format!("not measured: {reason}"))
        }
        Some(Energy { value, lo: None, .. }) => Ok(Interval::bare(*value)),
        Some(Energy { lo_absolute: None, .. }) => {
            Err("the meter does not say how far its joules may be off".to_owned())
        }
        Some(Energy { value, lo_absolute, hi_absolute, .. }) => {
            Ok(Interval { value: *value, lo: *lo_absolute, hi: *hi_absolute })
        }
    };
    match metric {
        "energy-per-task" => energy(&row.energy_per_task_j),
        "energy-per-token" => energy(&row.energy_per_token_j),
        PER_CORRECT => match &row.energy_per_correct_j {
            PerCorrect::Value { value, lo, hi, .. } => Ok(Interval { value: *value, lo: *lo, hi: *hi }),
            PerCorrect::Refused { refused } => Err(format!("not measured: {refused}")),
        },
        _ if is_amount(metric) => {
            row.amounts.get(metric).copied().ok_or_else(|| format!("not measured: no cell has `{metric}`"))
        }
        _ => match row.scores.get(metric) {
            Some(score) => Ok(Interval { value: score.value, lo: score.lo, hi: score.hi }),
            None => Err(format!("not measured: `{metric}` was not scored")),
        },
    }
}

/// What two intervals leave possible.
fn joined(operator: Operator, first: Interval, second: Interval) -> Result<Interval, String> {
    let apply = |a: f64, b: f64| match operator {
        Operator::Plus => a + b,
        Operator::Minus => a - b,
        Operator::Times => a * b,
        Operator::Over => a / b,
    };
    if operator == Operator::Over {
        let holds_zero = second.lo.zip(second.hi).is_some_and(|(lo, hi)| lo <= 0.0 && hi >= 0.0);
        if second.value == 0.0 || holds_zero {
            return Err("division by zero: the divisor may be nothing".to_owned());
        }
    }
    let value = apply(first.value, second.value);
    let ends = match (first.lo, first.hi, second.lo, second.hi) {
        (Some(a), Some(b), Some(c), Some(d)) => {
            let corners = [apply(a, c), apply(a, d), apply(b, c), apply(b, d)];
            let lo = corners.iter().copied().fold(f64::INFINITY, f64::min);
            Some((lo, corners.iter().copied().fold(f64::NEG_INFINITY, f64::max)))
        }
        _ => None,
    };
    let finite = value.is_finite() && ends.is_none_or(|(lo, hi)| lo.is_finite() && hi.is_finite());
    match finite {
        true => Ok(Interval { value, lo: ends.map(|ends| ends.0), hi: ends.map(|ends| ends.1) }),
        false => Err("the formula's value is not finite".to_owned()),
    }
}
