//! One estimate held against one limit.

use harness_stats::{Confidence, Difference, Estimate, Interval};
use schemars::JsonSchema;
use serde::Serialize;

use crate::limit::{Change, Limit};

/// What a gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The limit is kept: the whole interval lies inside.
    Pass,
    /// The limit is broken: beyond it, and by no accident.
    Regression,
    /// Neither is shown yet.
    Inconclusive,
    /// There is nothing to hold against the limit.
    NotMeasurable,
}

impl Verdict {
    /// The word as stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Regression => "regression",
            Self::Inconclusive => "inconclusive",
            Self::NotMeasurable => "not-measurable",
        }
    }

    /// The exit code of a gate that answers so.
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Regression => 1,
            Self::NotMeasurable => 3,
            Self::Inconclusive => 4,
        }
    }

    /// The answer of several gates together: a regression stands, else what could not be measured, else what is open.
    pub fn of(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |verdict: &Self| match verdict {
            Self::Pass => 0,
            Self::Inconclusive => 1,
            Self::NotMeasurable => 2,
            Self::Regression => 3,
        };
        all.into_iter().max_by_key(rank).unwrap_or(Self::NotMeasurable)
    }
}

/// What is known of a quantity.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Logarithm of the ratio to the baseline.
    Ratio {
        /// With its error from blocks.
        estimate: Estimate,
        /// Relative error of ratios that the meter's model declares; 0 for hardware counters.
        model_error: f64,
        /// Blocks that it comes from.
        n: usize,
    },
    /// Difference of scores.
    Difference {
        /// With its error from clusters.
        estimate: Estimate,
        /// The baseline's score.
        baseline: f64,
        /// Width of the score's range; None without bounds.
        width: Option<f64>,
        /// Clusters that it comes from.
        n: usize,
    },
    /// A value with its interval, uncertainty of scale included.
    Value(Interval),
    /// Why there is none.
    Missing(String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// One-sided p of "the limit's reference is not passed"; None where none is tested.
    pub p: Option<f64>,
    /// How many blocks or clusters in all would probably decide; None where no number would.
    pub needed: Option<u64>,
    /// Why, where the answer needs a reason.
    pub why: Option<String>,
}

/// Changes below this come from rounding.
const ROUNDING: f64 = 1e-12;

/// More blocks than so many times those that ran are no advice.
const MANY: u64 = 50;

/// Holds evidence against a limit. The regression still needs `p` to survive its family: see [`settle`].
pub fn judge(evidence: &Evidence, limit: Limit, sure: Confidence) -> Judgement {
    if let Evidence::Ratio { estimate, .. } | Evidence::Difference { estimate, .. } = evidence {
        let Estimate { value, error, freedom } = *estimate;
        if !(value.is_finite() && error.is_finite() && error >= 0.0 && freedom >= 0.0) {
            return not_measurable("the run tells an impossible number".to_owned());
        }
    }
    match evidence {
        Evidence::Missing(why) => not_measurable(why.clone()),
        Evidence::Value(interval) => judge_value(*interval, limit),
        Evidence::Ratio { estimate, model_error, n } => {
            let Some(Change::Relative(share)) = limit.change() else {
                return not_measurable("points are for scores: give a percentage".to_owned());
            };
            let threshold = match limit {
                Limit::MaxIncrease(_) | Limit::MinIncrease(_) => (1.0 + share).ln(),
                _ => (1.0 - share).ln(),
            };
            if !threshold.is_finite() {
                return not_measurable("nothing can be 100 % lower".to_owned());
            }
            judge_change(*estimate, threshold, limit.is_floor(), (1.0 + model_error).ln(), *n, sure)
        }
        Evidence::Difference { estimate, baseline, width, n } => {
            let Some(change) = limit.change() else {
                return not_measurable("a value is no change".to_owned());
            };
            let size = match size(change, *baseline, *width) {
                Ok(size) => size,
                Err(why) => return not_measurable(why),
            };
            let threshold = match limit {
                Limit::MaxIncrease(_) | Limit::MinIncrease(_) => size,
                _ => -size,
            };
            judge_change(*estimate, threshold, limit.is_floor(), 0.0, *n, sure)
        }
    }
}

/// How much a change of a score is.
///
/// # Errors
/// Points of a score without bounds.
pub fn size(change: Change, baseline: f64, width: Option<f64>) -> Result<f64, String> {
    match change {
        Change::Relative(share) => Ok(share * baseline.abs()),
        Change::Points(points) => {
            let width = width.ok_or("a score without bounds has no points: give a percentage")?;
            Ok(points * width)
        }
    }
}

/// Takes back regressions whose p does not survive the family: adjusted p in the order of `judgements`.
pub fn settle(judgements: &mut [&mut Judgement], alpha: f64) {
    let places: Vec<usize> = (0..judgements.len()).filter(|at| judgements[*at].p.is_some()).collect();
    let p: Vec<f64> = places.iter().filter_map(|at| judgements[*at].p).collect();
    for (at, adjusted) in places.into_iter().zip(harness_stats::holm(&p)) {
        let judgement = &mut *judgements[at];
        judgement.p = Some(adjusted);
        if judgement.verdict == Verdict::Regression && adjusted >= alpha {
            judgement.verdict = Verdict::Inconclusive;
            judgement.why = Some(format!("with {} limits at alpha {alpha} it may be chance", p.len()));
        }
    }
}

/// `model_error` is on the scale of the estimate.
fn judge_change(
    estimate: Estimate,
    threshold: f64,
    is_floor: bool,
    model_error: f64,
    n: usize,
    sure: Confidence,
) -> Judgement {
    // A floor is a ceiling seen from below.
    let sign = if is_floor { -1.0 } else { 1.0 };
    // Amounts that differ by rounding alone are equal.
    let rounded = |size: f64| if size.abs() < ROUNDING { 0.0 } else { size };
    let (value, threshold) = (sign * rounded(estimate.value), sign * threshold);
    let turned = Estimate { value, error: rounded(estimate.error), ..estimate };
    let Difference { hi: Some(hi), .. } = sure.difference(&turned) else {
        return Judgement { why: Some("there is too little to tell the spread".to_owned()), ..open(None) };
    };
    // A regression is judged against no change where one is allowed, else against what is asked for.
    let reference = threshold.min(0.0) + model_error;
    let p = sure.not_below(&turned, reference);
    let half = hi - value;
    let most = threshold - model_error;
    if hi <= most {
        return Judgement { verdict: Verdict::Pass, p, needed: None, why: None };
    }
    let alpha = 1.0 - sure.level;
    if value > threshold.max(reference) && p.is_some_and(|p| p < alpha) {
        return Judgement { verdict: Verdict::Regression, p, needed: None, why: None };
    }
    let room = if value < most { most - value } else { value - threshold.max(reference) };
    let needed = (room > 0.0).then(|| (n as f64 * (half / room).powi(2)).ceil().max(n as f64 + 1.0) as u64);
    let needed = needed.filter(|needed| *needed <= MANY * n as u64);
    let why = match needed {
        Some(_) => None,
        None if model_error > 0.0 => {
            Some(format!("the meter's model may be off by {:.0} %", 100.0 * model_error.exp_m1()))
        }
        None => Some("the value lies too near to the limit".to_owned()),
    };
    Judgement { p, why, ..open(needed) }
}

fn judge_value(interval: Interval, limit: Limit) -> Judgement {
    let Interval { lo: Some(lo), hi: Some(hi), .. } = interval else {
        return Judgement { why: Some("there is too little to tell the spread".to_owned()), ..open(None) };
    };
    let verdict = match limit {
        Limit::Max(most) if hi <= most => Verdict::Pass,
        Limit::Max(most) if lo > most => Verdict::Regression,
        Limit::Min(least) if lo >= least => Verdict::Pass,
        Limit::Min(least) if hi < least => Verdict::Regression,
        Limit::Max(_) | Limit::Min(_) => Verdict::Inconclusive,
        _ => return not_measurable("a change needs a baseline".to_owned()),
    };
    Judgement { verdict, ..open(None) }
}

fn not_measurable(why: String) -> Judgement {
    Judgement { verdict: Verdict::NotMeasurable, p: None, needed: None, why: Some(why) }
}

fn open(needed: Option<u64>) -> Judgement {
    Judgement { verdict: Verdict::Inconclusive, p: None, needed, why: None }
}
