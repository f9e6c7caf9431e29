//! Holds targets against a run: each number by its interval, each order by its pairs.
//!
//! A number agrees where the whole interval lies within what agrees with the paper: at 95 % that is an equivalence test
//! with 2.5 % on either side (two one-sided tests; Schuirmann 1987). It differs where the whole interval lies outside.

use std::collections::BTreeMap;

use harness_meter::Class;
use harness_stats::Interval;

use super::condition::{check, class, row};
use super::evaluate::{Evaluation, is_energy, meant};
use super::facts::Facts;
use super::law;
use super::order::{Answered, monotone, ordering};
use super::pairs::Pairs;
use super::report::{Answer, Found, SCHEMA, TargetReport};
use super::rivals::beside;
use crate::published::{Formula, Known, Published, Range, Target, Unit, What, is_amount};
use crate::report::format::significant;
use crate::summary::{Summary, SummaryRow};

/// Judges every target on each of its tasks. `rebased` is the run by the baselines that [`baselines`](super::baselines)
/// names.
pub fn judge_targets(
    summary: &Summary,
    rebased: &BTreeMap<String, Summary>,
    targets: &[Target],
    known: &Known,
    facts: &Facts,
) -> TargetReport {
    let pairs = Pairs { summary, rebased };
    let judge = |target| Judge { target, pairs: &pairs, facts };
    let found = targets.iter().flat_map(|target| judge(target).all(known)).collect();
    TargetReport {
        schema: SCHEMA,
        suite: summary.suite.clone(),
        profile: facts.profile.clone(),
        hardware: facts.hardware.join(", "),
        energy: summary.energy_sentence.clone(),
        level: summary.level,
        alpha: summary.alpha,
        found,
    }
}

struct Judge<'a> {
    target: &'a Target,
    pairs: &'a Pairs<'a>,
    facts: &'a Facts,
}

impl Judge<'_> {
    fn all(&self, known: &Known) -> Vec<Found> {
        let claims = match self.target.claims(known) {
            Ok(claims) => claims,
            Err(fault) => {
                let blank = Found { why: Some(fault.why), ..self.blank("–", None, &Unit::plain("")) };
                return vec![blank];
            }
        };
        let mut all = Vec::new();
        for claim in &claims {
            let tasks = self.tasks(&claim.what);
            if tasks.is_empty() {
                let why = "not measured: no task of the run has it".to_owned();
                all.push(Found { why: Some(why), ..self.blank("–", Some(claim), &claim.unit) });
            }
            all.extend(tasks.iter().map(|task| self.one(claim, task)));
        }
        all
    }

    /// The tasks of the run that the target speaks of, in the run's order.
    fn tasks(&self, what: &What) -> Vec<String> {
        let mut tasks: Vec<String> = Vec::new();
        for row in &self.pairs.summary.rows {
            let asked = self.target.tasks.is_empty() || self.target.tasks.contains(&row.task);
            if asked && has(row, what) && !tasks.contains(&row.task) {
                tasks.push(row.task.clone());
            }
        }
        tasks
    }

    fn blank(&self, task: &str, claim: Option<&Published>, unit: &Unit) -> Found {
        let number = claim.and_then(|claim| match &claim.what {
            What::Number { range, .. } | What::Slope { range, .. } => Some(*range),
            _ => None,
        });
        let bound = |bound: f64| bound.is_finite().then(|| unit.shown(bound));
        Found {
            target: self.target.name.clone(),
            kind: self.target.kind.clone(),
            task: task.to_owned(),
            variant: claim.and_then(|claim| claim.variant.clone()),
            claim: claim.map(|claim| words(self.target, claim)).unwrap_or_default(),
            published: number.and_then(|range| range.value).map(|value| unit.shown(value)),
            agrees_from: number.and_then(|range| bound(range.lo)),
            agrees_to: number.and_then(|range| bound(range.hi)),
            measured: None,
            lo: None,
            hi: None,
            unit: unit.name.clone(),
            seen: None,
            answer: Answer::CannotBeJudged,
            why: None,
            class: None,
            source: self.target.source.clone(),
        }
    }

    fn one(&self, claim: &Published, task: &str) -> Found {
        let mut found = self.blank(task, Some(claim), &claim.unit);
        let rows = names(claim).into_iter().map(|name| row(self.pairs.summary, task, name));
        let rows = match rows.collect::<Result<Vec<_>, _>>() {
            Ok(rows) => rows,
            Err(why) => return Found { why: Some(why), ..found },
        };
        if let Err(why) = self.fill(claim, task, &rows, &mut found) {
            found.why = Some(why);
        }
        found
    }

    /// Measures, then judges; what was measured is told even where a condition does not hold.
    fn fill(
        &self,
        claim: &Published,
        task: &str,
        rows: &[&SummaryRow],
        found: &mut Found,
    ) -> Result<(), String> {
        let allowed = check(self.target, self.facts, rows);
        match &claim.what {
            What::Number { formula, range } => {
                let count = formula.calls().len();
                let evaluation = Evaluation { target: self.target, task, pairs: self.pairs, count };
                let measured = evaluation.of(formula)?;
                put(found, &measured, &claim.unit);
                let class = evaluation.class(formula)?;
                found.class = class.map(|class| class.to_string());
                allowed?;
                (found.answer, found.why) = within(&measured, range);
                Ok(())
            }
            What::Slope { metric, range } => {
                let (_, fit) = law::fit(self.pairs.summary, task, metric, self.target.variant.as_deref())?;
                put(found, &fit.b, &claim.unit);
                self.law_class(task, fit, true, found)?;
                allowed?;
                (found.answer, found.why) = within(&fit.b, range);
                Ok(())
            }
            What::Linear { metric, r_squared } => {
                let (_, fit) = law::fit(self.pairs.summary, task, metric, self.target.variant.as_deref())?;
                self.law_class(task, fit, false, found)?;
                let answered = law::linear(fit, *r_squared)?;
                settle(found, answered, allowed)
            }
            What::Ordering { metric, order } => {
                self.order_class(metric, rows, found)?;
                let answered = ordering(self.pairs, task, metric, order)?;
                settle(found, answered, allowed)
            }
            What::Monotone { metric, order, slack } => {
                self.order_class(metric, rows, found)?;
                let answered = monotone(self.pairs, task, metric, order, *slack)?;
                settle(found, answered, allowed)
            }
            What::OnFront { rivals } => {
                found.class = Some(class(self.target, rows, false)?.to_string());
                let row = rows.first().ok_or("the target names no variant")?;
                let answered = match rivals.is_empty() {
                    true => law::on_front(row, self.pairs.summary.alpha)?,
                    false => beside(self.pairs, task, &row.variant, rivals)?,
                };
                settle(found, answered, allowed)
            }
        }
    }

    fn order_class(&self, metric: &str, rows: &[&SummaryRow], found: &mut Found) -> Result<(), String> {
        if is_energy(metric) {
            found.class = Some(class(self.target, rows, false)?.to_string());
        }
        Ok(())
    }

    fn law_class(
        &self,
        task: &str,
        fit: &crate::summary::DepthFit,
        absolute: bool,
        found: &mut Found,
    ) -> Result<(), String> {
        let rows = fit.points.iter().map(|point| row(self.pairs.summary, task, &point.variant));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let of_class: Class = class(self.target, &rows, absolute)?;
        found.class = Some(of_class.to_string());
        check(self.target, self.facts, &rows)
    }
}

/// Writes down an answer, unless a condition does not hold.
fn settle(found: &mut Found, answered: Answered, allowed: Result<(), String>) -> Result<(), String> {
    let (answer, seen, why) = answered;
    found.seen = Some(seen);
    allowed?;
    (found.answer, found.why) = (answer, why);
    Ok(())
}

fn put(found: &mut Found, measured: &Interval, unit: &Unit) {
    found.measured = Some(unit.shown(measured.value));
    found.lo = measured.lo.map(|lo| unit.shown(lo));
    found.hi = measured.hi.map(|hi| unit.shown(hi));
}

/// Where an interval lies.
fn within(measured: &Interval, range: &Range) -> (Answer, Option<String>) {
    let (Some(lo), Some(hi)) = (measured.lo, measured.hi) else {
        return (Answer::CannotBeJudged, Some("too few blocks or items to tell the spread".to_owned()));
    };
    if lo >= range.lo && hi <= range.hi {
        return (Answer::Agrees, None);
    }
    if hi < range.lo || lo > range.hi {
        return (Answer::Differs, None);
    }
    (Answer::CannotBeJudged, Some("the interval is too wide: it lies partly within what agrees".to_owned()))
}

/// Whether a row's task has what is claimed.
fn has(row: &SummaryRow, what: &What) -> bool {
    let metric_of = |metric: &String| {
        let metric = meant(row, metric);
        metric.is_empty() || is_amount(metric) || row.scorers.iter().any(|scorer| scorer == metric)
    };
    match what {
        What::Number { formula, .. } => formula.calls().iter().all(|call| metric_of(&call.metric)),
        What::Ordering { metric, .. } | What::Monotone { metric, .. } => metric_of(metric),
        _ => true,
    }
}

/// The variants that a claim speaks of.
fn names(claim: &Published) -> Vec<&str> {
    match &claim.what {
        What::Number { formula, .. } => {
            let calls = formula.calls();
            let all = calls.iter().flat_map(|call| [Some(call.variant.as_str()), call.against.as_deref()]);
            all.flatten().collect()
        }
        What::Ordering { order, .. } | What::Monotone { order, .. } => {
            order.iter().map(String::as_str).collect()
        }
        What::OnFront { rivals } => claim.variant.iter().chain(rivals).map(String::as_str).collect(),
        _ => claim.variant.as_deref().into_iter().collect(),
    }
}

/// What is claimed, in words.
fn words(target: &Target, claim: &Published) -> String {
    match &claim.what {
        What::Number { formula: Formula::Call(call), .. } => call.to_string(),
        What::Number { .. } => target.formula.clone().unwrap_or_default(),
        What::Ordering { metric, order } => format!("{metric}: {}", order.join(" < ")),
        What::Monotone { metric, order, .. } => format!("{metric}: {}", order.join(" ≤ ")),
        What::Linear { metric, r_squared } => {
            format!("{metric} rises with depth along a line, R² at least {}", significant(*r_squared, 3))
        }
        What::Slope { metric, .. } => format!("slope of {metric} along depth"),
        What::OnFront { rivals } => match rivals.as_slice() {
            [] => "no variant of the run is both better and cheaper".to_owned(),
            rivals => format!("not both better and cheaper: {}", rivals.join(", ")),
        },
    }
}
