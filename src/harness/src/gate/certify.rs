//! The joint claim "not worse by more than a margin, and cheaper by at least so much", decided as one.
//!
//! Each part is a one-sided test whose null hypothesis is that the part fails. The claim holds where both are rejected, each at
//! alpha: the joint error is then at most alpha (intersection-union; Berger 1982, Technometrics 24). p of the claim is
//! the larger of the two. That a part fails is tested from the other side, and since either may, p is twice the smaller of the two. Both
//! are adjusted by Holm over all certificates that are answered together.

use harness_stats::{Estimate, blocks_needed_one_sided, holm};
use schemars::JsonSchema;
use serde::Serialize;

use super::Verdict;
use super::evidence::{evidence, meant};
use super::judge::{Evidence, size};
use crate::claim::Certification;
pub use crate::claim::Claim;
use crate::limit::{Change, Limit};
use crate::summary::{Summary, SummaryRow};

/// Chance with which so many blocks or clusters would decide, if what was seen is true.
const POWER: f64 = 0.8;

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
    /// What is claimed, in words.
    pub claim: String,
    /// The answer.
    pub answer: Answer,
    /// p of the claim's failing, adjusted by Holm for all claims that are answered together.
    pub p_holm: Option<f64>,
    /// p of no part's failing, adjusted in the same way.
    pub p_fails_holm: Option<f64>,
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

    /// What a gate answers that asks for the claim.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Yes => Verdict::Pass,
            Self::No => Verdict::Regression,
            Self::CannotTell => Verdict::Inconclusive,
            Self::NotMeasurable => Verdict::NotMeasurable,
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

/// A certificate that is not answered yet, with the p of both answers; None where nothing can be said.
type Open = (Certificate, Option<Tests>);

/// Unadjusted p of a claim.
#[derive(Debug, Clone, Copy)]
struct Tests {
    /// Of "a part fails": small where the claim holds.
    holds: f64,
    /// Of "no part fails": small where one does.
    fails: f64,
}

/// Answers a claim for the rows that `wanted` chooses, the baseline's left out.
pub fn certify(summary: &Summary, claim: &Claim, wanted: impl Fn(&SummaryRow) -> bool) -> Vec<Certificate> {
    let rows = summary.rows.iter().filter(|row| row.variant != summary.baseline && wanted(row));
    settle(rows.map(|row| one(summary, claim, row)).collect(), summary.alpha)
}

/// Answers all claims of a suite together. One that is made of no row of the run is not measurable.
pub fn certify_all(summary: &Summary, claims: &[Certification]) -> Vec<Certificate> {
    let mut found = Vec::new();
    for asked in claims {
        let before = found.len();
        let wanted = |row: &&SummaryRow| {
            row.variant != summary.baseline
                && asked.holds_for(&row.task, &row.variant)
                && meant(row, &asked.claim.score).is_some()
        };
        found.extend(summary.rows.iter().filter(wanted).map(|row| one(summary, &asked.claim, row)));
        if found.len() == before {
            let names = |names: &[String]| if names.is_empty() { "–".to_owned() } else { names.join(", ") };
            let why = "no task and variant of the run, its baseline aside, is what the claim speaks of, with its score";
            let unasked = blank(&asked.claim, names(&asked.tasks), names(&asked.variants));
            found.push((Certificate { why: Some(why.to_owned()), ..unasked }, None));
        }
    }
    settle(found, summary.alpha)
}

/// Adjusts p over all certificates, and answers those that have one.
fn settle(mut found: Vec<Open>, alpha: f64) -> Vec<Certificate> {
    let tests: Vec<Tests> = found.iter().filter_map(|(_, tests)| *tests).collect();
    let holds = holm(&tests.iter().map(|tests| tests.holds).collect::<Vec<_>>());
    let fails = holm(&tests.iter().map(|tests| tests.fails).collect::<Vec<_>>());
    let open = found.iter_mut().filter(|(_, tests)| tests.is_some());
    for ((certificate, _), (holds, fails)) in open.zip(holds.into_iter().zip(fails)) {
        (certificate.p_holm, certificate.p_fails_holm) = (Some(holds), Some(fails));
        certificate.answer = match (holds < alpha, fails < alpha) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::No,
            (false, false) => Answer::CannotTell,
        };
    }
    found.into_iter().map(|(certificate, _)| certificate).collect()
}

/// A certificate that says nothing yet.
fn blank(claim: &Claim, task: String, variant: String) -> Certificate {
    Certificate {
        task,
        variant,
        claim: claim.to_string(),
        answer: Answer::NotMeasurable,
        p_holm: None,
        p_fails_holm: None,
        parts: Vec::new(),
        why: None,
    }
}

fn one(summary: &Summary, claim: &Claim, row: &SummaryRow) -> Open {
    let mut certificate = blank(claim, row.task.clone(), row.variant.clone());
    let limits = [
        (claim.score.as_str(), Limit::MaxDecrease(claim.worse)),
        (claim.metric.as_str(), Limit::MinDecrease(Change::Relative(claim.lower))),
    ];
    let mut tests = Tests { holds: 0.0, fails: 1.0 };
    let parts = limits.len() as f64;
    for (quantity, limit) in limits {
        match part(summary, row, quantity, limit) {
            Ok((part, fails)) => {
                tests.holds = tests.holds.max(part.p);
                tests.fails = tests.fails.min(parts * fails);
                certificate.parts.push(part);
            }
            Err(why) => {
                certificate.why = Some(why);
                certificate.parts.clear();
                return (certificate, None);
            }
        }
    }
    (certificate, Some(tests))
}

/// One part, and p of "it does not fail".
fn part(summary: &Summary, row: &SummaryRow, quantity: &str, limit: Limit) -> Result<(Part, f64), String> {
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
    // The same from the other side.
    let turned = Estimate { value: -estimate.value, ..estimate };
    let fails = sure.not_below(&turned, -(margin - model_error));
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
    Ok((part, fails.unwrap_or(1.0)))
}
