//! The joint claim "not worse by more than a margin, and cheaper by at least so much", decided as one.
//!
//! Each part is a one-sided test whose null hypothesis is that the part fails. The claim holds where both are rejected, each at
//! alpha: the joint error is then at most alpha (intersection-union; Berger 1982, Technometrics 24). p of the claim is
//! the larger of the two; those of several variants and tasks are adjusted by Holm.

use harness_stats::{Estimate, blocks_needed_one_sided, holm};
use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::{evidence, meant};
use super::judge::{Evidence, size};
use crate::limit::{Change, Limit};
use crate::summary::{Summary, SummaryRow};

/// Chance with which so many blocks or clusters would decide, if what was seen is true.
const POWER: f64 = 0.8;

/// What is claimed of a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// A scorer, or the word for each task's primary score.
    pub score: String,
    /// How much worse than the baseline is not worse.
    pub worse: Change,
    /// An amount of which less is better.
    pub metric: String,
    /// Share by which it is lower at least.
    pub lower: f64,
}

/// What a run says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It holds.
    Yes,
    /// One of its parts surely fails.
    No,
    /// Neither is shown yet.
    CannotTell,
    /// There is nothing to hold against it.
    NotMeasurable,
}

/// One part of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Part {
    /// The scorer or metric.
    pub quantity: String,
    /// Difference of scores, or ratio of amounts.
    pub value: f64,
    /// Lower end of the interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Width of the score's range, of which a point is a hundredth; None of amounts and of scores without bounds.
    pub width: Option<f64>,
    /// p of "the part fails".
    pub p: f64,
    /// Clusters (of a score) or blocks (of an amount) in all that would probably decide; None where no number would.
    pub needed: Option<usize>,
    /// Clusters or blocks that there are.
    pub n: usize,
}

/// A claim of one variant on one task, answered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Certificate {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The answer.
    pub answer: Answer,
    /// p of the claim's failing, adjusted by Holm for all claims that are answered together.
    pub p_holm: Option<f64>,
    /// Quality, then amount; empty where one is not there.
    pub parts: Vec<Part>,
    /// Why nothing can be said.
    pub why: Option<String>,
}

impl Answer {
    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot tell",
            Self::NotMeasurable => "not measurable",
        }
    }

    /// The exit code of all answers together: a no stands, then what could not be measured, then what is open.
    pub fn code(all: impl IntoIterator<Item = Self>) -> u8 {
        let rank = |answer: &Self| match answer {
            Self::Yes => 0,
            Self::CannotTell => 1,
            Self::NotMeasurable => 2,
            Self::No => 3,
        };
        match all.into_iter().max_by_key(rank).unwrap_or(Self::NotMeasurable) {
            Self::Yes => 0,
            Self::No => 1,
            Self::NotMeasurable => 3,
            Self::CannotTell => 4,
        }
    }
}

/// Answers a claim for the rows that `wanted` chooses, the baseline's left out.
pub fn certify(summary: &Summary, claim: &Claim, wanted: impl Fn(&SummaryRow) -> bool) -> Vec<Certificate> {
    let rows = summary.rows.iter().filter(|row| row.variant != summary.baseline && wanted(row));
    let mut found: Vec<(Certificate, Option<f64>, bool)> = rows.map(|row| one(summary, claim, row)).collect();
    let places: Vec<usize> = (0..found.len()).filter(|place| found[*place].1.is_some()).collect();
    let p: Vec<f64> = places.iter().filter_map(|place| found[*place].1).collect();
    for (place, adjusted) in places.into_iter().zip(holm(&p)) {
        let (certificate, _, fails) = &mut found[place];
        certificate.p_holm = Some(adjusted);
        certificate.answer = match (adjusted < summary.alpha, *fails) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::No,
            (false, false) => Answer::CannotTell,
        };
    }
    found.into_iter().map(|(certificate, ..)| certificate).collect()
}

/// Certificate, unadjusted p, and whether a part surely fails.
fn one(summary: &Summary, claim: &Claim, row: &SummaryRow) -> (Certificate, Option<f64>, bool) {
    let mut certificate = Certificate {
        task: row.task.clone(),
        variant: row.variant.clone(),
        answer: Answer::NotMeasurable,
        p_holm: None,
        parts: Vec::new(),
        why: None,
    };
    let limits = [
        (claim.score.as_str(), Limit::MaxDecrease(claim.worse)),
        (claim.metric.as_str(), Limit::MinDecrease(Change::Relative(claim.lower))),
    ];
    let mut fails = false;
    for (quantity, limit) in limits {
        match part(summary, row, quantity, limit) {
            Ok((part, surely_fails)) => {
                fails |= surely_fails;
                certificate.parts.push(part);
            }
            Err(why) => {
                certificate.why = Some(why);
                certificate.parts.clear();
                return (certificate, None, false);
            }
        }
    }
    let p = certificate.parts.iter().map(|part| part.p).fold(0.0, f64::max);
    (certificate, Some(p), fails)
}

fn part(summary: &Summary, row: &SummaryRow, quantity: &str, limit: Limit) -> Result<(Part, bool), String> {
    let quantity = meant(row, quantity).ok_or_else(|| format!("the task has no `{quantity}`"))?;
    // On a scale where more is better, and where the claim begins to hold.
    let (estimate, margin, model_error, n) = match (evidence(summary, row, quantity, limit), limit) {
        (Evidence::Missing(why), _) => return Err(why),
        (Evidence::Ratio { estimate, model_error, n }, Limit::MinDecrease(Change::Relative(share))) => {
            let turned = Estimate { value: -estimate.value, ..estimate };
            (turned, -(1.0 - share).ln(), (1.0 + model_error).ln(), n)
        }
        (Evidence::Difference { estimate, baseline, width, n }, Limit::MaxDecrease(change)) => {
            let size = size(change, baseline, width)?;
            let lower_is_better = row.lower_is_better && quantity == row.primary_score;
            let sign = if lower_is_better { -1.0 } else { 1.0 };
            (Estimate { value: sign * estimate.value, ..estimate }, -size, 0.0, n)
        }
        _ => return Err(format!("`{quantity}` does not fit the claim")),
    };
    let sure = summary.confidence();
    let p = |bound: f64| sure.not_below(&estimate, bound);
    let holds = p(margin + model_error).ok_or("there is too little to tell the spread")?;
    // The same from the other side: the part surely fails.
    let turned = Estimate { value: -estimate.value, ..estimate };
    let turned = sure.not_below(&turned, -(margin - model_error));
    let room = estimate.value - margin - model_error;
    let sd = estimate.error * (n as f64).sqrt();
    let needed = (room > 0.0).then(|| blocks_needed_one_sided(room, sd, summary.alpha, POWER)).flatten();
    let (interval, width) = match evidence(summary, row, quantity, limit) {
        Evidence::Ratio { estimate, .. } => (super::around(&estimate, sure, f64::exp), None),
        Evidence::Difference { estimate, width, .. } => {
            (super::around(&estimate, sure, |value| value), width)
        }
        _ => return Err("no interval".to_owned()),
    };
    let part = Part {
        quantity: quantity.to_owned(),
        value: interval.value,
        lo: interval.lo,
        hi: interval.hi,
        width,
        p: holds,
        needed,
        n,
    };
    Ok((part, turned.is_some_and(|p| p < summary.alpha)))
}
