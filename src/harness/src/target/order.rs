//! Orders of variants: every neighbouring pair is compared in the same blocks, or on the same items.
//!
//! An ordering agrees where every pair is shown in the claimed order and differs where one is shown in the other, p of all
//! pairs adjusted by Holm. A monotone law allows ties: no pair falls by more than the tolerance, each shown at alpha (an
//! intersection-union test), and the ends differ as claimed.

use harness_stats::{Estimate, holm};

use super::condition::row;
use super::evaluate::{is_energy, meant};
use super::pairs::{Pairs, neighbours};
use super::report::Answer;
use crate::limit::QUALITY;
use crate::published::is_amount;
use crate::report::format::{change, score_change, score_unit, with_interval};
use crate::summary::Comparison;

/// An answer with what was seen, and why.
pub(super) type Answered = (Answer, String, Option<String>);

const NO_SPREAD: &str = "too few blocks or items to tell the spread";

/// One pair with its comparison.
pub(super) struct Step {
    /// The one that should have more.
    after: String,
    before: String,
    found: Comparison,
    /// On the scale on which it is tested.
    estimate: Estimate,
    /// What the meter's model may add to a ratio, on that scale.
    model_error: f64,
}

impl Step {
    /// Holds `after` against `before`.
    ///
    /// # Errors
    /// Why they do not compare.
    pub(super) fn new(
        pairs: &Pairs<'_>,
        task: &str,
        metric: &str,
        after: &str,
        before: &str,
    ) -> Result<Self, String> {
        let own = row(pairs.summary, task, after)?;
        let other = row(pairs.summary, task, before)?;
        // Of errors, such as a task's primary score may be one, less is more quality.
        let sign = if metric == QUALITY && own.lower_is_better { -1.0 } else { 1.0 };
        let metric = meant(own, metric);
        let found = pairs.comparison(task, metric, after, before)?;
        let ratio = is_amount(metric);
        let value = sign * if ratio { found.value.ln() } else { found.value };
        let model = if is_energy(metric) { own.u_model_rel.max(other.u_model_rel) } else { 0.0 };
        let estimate = Estimate { value, error: found.error, freedom: found.freedom };
        let (after, before) = (after.to_owned(), before.to_owned());
        Ok(Self { after, before, found, estimate, model_error: model.ln_1p() })
    }

    /// Whether `after` is shown to have more (1) or less (-1) at this level, beyond the meter's model error.
    ///
    /// # Errors
    /// The spread is not known.
    pub(super) fn shown(&self, sign: f64, alpha: f64) -> Result<bool, String> {
        let p = self.found.p.ok_or(NO_SPREAD)?;
        Ok(p < alpha && sign * self.estimate.value > self.model_error)
    }

    pub(super) fn told(&self, ratio: bool) -> String {
        format!("{} against {} {}", self.after, self.before, self.number(ratio))
    }

    /// The change with its interval and unit.
    pub(super) fn number(&self, ratio: bool) -> String {
        let Comparison { value, lo, hi, width, .. } = &self.found;
        match ratio {
            true => with_interval(change(*value), lo.map(change), hi.map(change)) + " %",
            false => score_change(*value, *lo, *hi, *width) + score_unit(*width),
        }
    }
}

fn steps(pairs: &Pairs<'_>, task: &str, metric: &str, order: &[String]) -> Result<Vec<Step>, String> {
    neighbours(order).iter().map(|(after, before)| Step::new(pairs, task, metric, after, before)).collect()
}

fn told(steps: &[Step], ratio: bool) -> String {
    steps.iter().map(|step| step.told(ratio)).collect::<Vec<_>>().join("; ")
}

/// Whether the metric rises from variant to variant.
///
/// # Errors
/// Why it cannot be judged.
pub(super) fn ordering(
    pairs: &Pairs<'_>,
    task: &str,
    metric: &str,
    order: &[String],
) -> Result<Answered, String> {
    let steps = steps(pairs, task, metric, order)?;
    let ratio = is_amount(metric);
    let p: Option<Vec<f64>> = steps.iter().map(|step| step.found.p).collect();
    let p = holm(&p.ok_or(NO_SPREAD)?);
    let alpha = pairs.summary.alpha;
    let shown = |sign: f64| {
        steps
            .iter()
            .zip(&p)
            .filter(move |(step, p)| **p < alpha && sign * step.estimate.value > step.model_error)
    };
    let seen = told(&steps, ratio);
    if let Some((step, _)) = shown(-1.0).next() {
        let why = format!("`{}` is shown to have more than `{}`", step.before, step.after);
        return Ok((Answer::Differs, seen, Some(why)));
    }
    if shown(1.0).count() == steps.len() {
        return Ok((Answer::Agrees, seen, None));
    }
    let open = steps.iter().zip(&p).find(|(step, p)| **p >= alpha || step.estimate.value <= step.model_error);
    let why = open.map(|(step, p)| match *p < alpha {
        true => format!("`{}` and `{}` differ by less than the meter's model error", step.before, step.after),
        false => format!("`{}` and `{}` are tied: neither is shown to have more", step.before, step.after),
    });
    Ok((Answer::CannotBeJudged, seen, why))
}

/// Whether the metric never falls by more than `slack`, and rises from end to end.
///
/// # Errors
/// Why it cannot be judged.
pub(super) fn monotone(
    pairs: &Pairs<'_>,
    task: &str,
    metric: &str,
    order: &[String],
    slack: f64,
) -> Result<Answered, String> {
    let steps = steps(pairs, task, metric, order)?;
    let ratio = is_amount(metric);
    let (first, last) = order.first().zip(order.last()).ok_or("`order` is empty")?;
    let whole = Step::new(pairs, task, metric, last, first)?;
    let (sure, alpha) = (pairs.summary.confidence(), pairs.summary.alpha);
    let margin = |step: &Step| if ratio { (-slack).max(-0.999).ln_1p() } else { -slack } - step.model_error;
    let turned = |estimate: &Estimate| Estimate { value: -estimate.value, ..*estimate };
    let p = |of: &dyn Fn(&Step) -> Option<f64>| -> Result<Vec<f64>, String> {
        let all: Option<Vec<f64>> = steps.iter().map(of).collect();
        all.ok_or_else(|| NO_SPREAD.to_owned())
    };
    let holds = p(&|step| sure.not_below(&step.estimate, margin(step)))?;
    let falls = holm(&p(&|step| sure.not_below(&turned(&step.estimate), -margin(step)))?);
    let rises = sure.not_below(&whole.estimate, whole.model_error).is_some_and(|p| p < alpha);
    let seen = format!("{}; end to end: {}", told(&steps, ratio), whole.told(ratio));
    if let Some((step, _)) = steps.iter().zip(&falls).find(|(_, p)| **p < alpha) {
        return Ok((
            Answer::Differs,
            seen,
            Some(format!("`{}` is shown to fall below `{}`", step.after, step.before)),
        ));
    }
    match (rises, holds.iter().all(|p| *p < alpha)) {
        (true, true) => Ok((Answer::Agrees, seen, None)),
        (false, _) => Ok((Answer::CannotBeJudged, seen, Some("no rise is shown from end to end".to_owned()))),
        (true, false) => {
            let open = steps.iter().zip(&holds).find(|(_, p)| **p >= alpha);
            let why = open.map(|(step, _)| {
                format!(
                    "the interval of `{}` against `{}` is too wide to exclude a fall",
                    step.after, step.before
                )
            });
            Ok((Answer::CannotBeJudged, seen, why))
        }
    }
}
