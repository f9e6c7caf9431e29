//! Variants held against one another, whichever of them is the suite's baseline.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::row;
use crate::published::{Known, Quantity, Target, What, is_amount};
use crate::summary::{Comparison, Summary, SummaryRow};

/// Comparisons of a run with its own baseline, and with others.
pub(super) struct Pairs<'s> {
    pub(super) summary: &'s Summary,
    /// The run by other baselines.
    pub(super) rebased: &'s BTreeMap<String, Summary>,
}

/// Who is held against whom.
type Pair = (String, String);

/// The other baselines that a run must be held against to judge these targets.
pub fn baselines(targets: &[Target], known: &Known) -> BTreeSet<String> {
    let pairs = targets.iter().flat_map(|target| pairs(target, known));
    let others = pairs.filter(|(variant, against)| *variant != known.baseline && *against != known.baseline);
    others.map(|(_, against)| against).collect()
}

/// Whether the answers must be read for these comparisons: scores, and joules per correct task.
pub fn needs_items(targets: &[Target]) -> bool {
    let amount = |metric: &String| is_amount(metric) && metric != crate::metric::PER_CORRECT;
    targets.iter().any(|target| {
        target.formula.is_some() || !target.rivals.is_empty() || !target.metric.as_ref().is_none_or(amount)
    })
}

fn pairs(target: &Target, known: &Known) -> Vec<Pair> {
    let claims = target.claims(known).unwrap_or_default();
    let of = |what: What| -> Vec<Pair> {
        match what {
            What::Number { formula, .. } => {
                let calls = formula.calls().into_iter().filter(|call| call.quantity != Quantity::Value);
                calls.filter_map(|call| Some((call.variant.clone(), call.against.clone()?))).collect()
            }
            What::Ordering { order, .. } => neighbours(&order),
            What::OnFront { rivals } => {
                let variant = target.variant.clone().unwrap_or_default();
                rivals.into_iter().map(|rival| (rival, variant.clone())).collect()
            }
            What::Monotone { order, .. } => {
                let ends = order.last().cloned().zip(order.first().cloned());
                neighbours(&order).into_iter().chain(ends).collect()
            }
            _ => Vec::new(),
        }
    };
    claims.into_iter().flat_map(|claim| of(claim.what)).collect()
}

/// Each variant with the one before it.
pub(super) fn neighbours(order: &[String]) -> Vec<Pair> {
    let pair = |pair: &[String]| match pair {
        [before, after] => Some((after.clone(), before.clone())),
        _ => None,
    };
    order.windows(2).filter_map(pair).collect()
}

impl Pairs<'_> {
    /// A variant held against another in a metric or score.
    ///
    /// # Errors
    /// Why they do not compare.
    pub(super) fn comparison(
        &self,
        task: &str,
        metric: &str,
        variant: &str,
        against: &str,
    ) -> Result<Comparison, String> {
        let amount = is_amount(metric);
        if variant == against {
            return Err(format!("`{variant}` is held against itself"));
        }
        let (whole, own, turned) = match () {
            () if against == self.summary.baseline => (self.summary, variant, false),
            () if variant == self.summary.baseline => (self.summary, against, true),
            () => {
                let rebased = self.rebased.get(against);
                (
                    rebased.ok_or_else(|| format!("not measured: nothing is held against `{against}`"))?,
                    variant,
                    false,
                )
            }
        };
        let row = row(whole, task, own)?;
        let found = if amount { row.ratios.get(metric) } else { row.score_differences.get(metric) };
        let found = found.ok_or_else(|| why_none(row, metric, amount))?;
        if !(found.value.is_finite() && (!amount || found.value > 0.0)) {
            return Err("division by zero: the other variant's amount is nothing".to_owned());
        }
        Ok(if turned { turn(found, amount) } else { found.clone() })
    }
}

fn why_none(row: &SummaryRow, metric: &str, amount: bool) -> String {
    let of_energy = metric.starts_with("energy");
    match &row.energy_reason {
        Some(reason) if amount && of_energy => format!("not measured: {reason}"),
        _ if amount => format!("not measured: no block has `{metric}` of both"),
        _ => format!("not measured: both have no scored item in common for `{metric}`"),
    }
}

/// The same comparison from the other side.
fn turn(found: &Comparison, ratio: bool) -> Comparison {
    let other = |value: f64| if ratio { 1.0 / value } else { -value };
    Comparison {
        value: other(found.value),
        lo: found.hi.map(other),
        hi: found.lo.map(other),
        ..found.clone()
    }
}
