//! Gates: limits on what a run measured, each answered with pass, regression, inconclusive or not measurable.

pub mod certify;
mod confirm;
pub mod evidence;
pub mod false_alarms;
pub mod form;
pub mod history;
pub mod judge;
pub mod sessions;
#[cfg(test)]
mod tests;

use harness_stats::{Confidence, Difference, Estimate, Interval};
use schemars::JsonSchema;
use serde::Serialize;

pub use confirm::confirmed;
pub use false_alarms::FalseAlarms;
pub use judge::Verdict;

use self::certify::{Certificate, certify_all};
use self::evidence::{evidence, meant};
use self::judge::{Evidence, Judgement, judge, settle};
use self::sessions::History;
use crate::claim::Certification;
use crate::limit::{Gate, Limit};
use crate::metric::METRICS;
use crate::summary::{Summary, SummaryRow};

/// One limit on one variant and task, answered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Judged {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The metric or scorer.
    pub metric: String,
    /// The limit, in words.
    pub limit: String,
    /// The answer.
    pub verdict: Verdict,
    /// What the value is: `ratio` to the baseline, `difference` of scores, or `value`; None where there is none.
    pub kind: Option<&'static str>,
    /// The value.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Width of the score's range, of which a point is a hundredth; None of all but differences of bounded scores.
    pub width: Option<f64>,
    /// One-sided p of a regression, adjusted by Holm for all limits of the report.
    pub p_holm: Option<f64>,
    /// Blocks, or clusters for scores, that would probably decide.
    pub needed: Option<u64>,
    /// Why, where the answer needs a reason.
    pub why: Option<String>,
}

/// All limits and claims of a run, answered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GateReport {
    /// Version of this format.
    pub schema: u32,
    /// The suite's name.
    pub suite: String,
    /// The variant that others are compared with.
    pub baseline: String,
    /// The sessions that changes are held against in place of that variant, in words; None: that variant.
    pub sessions: Option<String>,
    /// What the energies are good for, in a sentence.
    pub energy: String,
    /// Chance of any false regression among the limits, and among the certificates.
    pub alpha: f64,
    /// Confidence of the intervals.
    pub level: f64,
    /// The answer of all together.
    pub verdict: Verdict,
    /// One for each limit, variant and task.
    pub judged: Vec<Judged>,
    /// One for each claim, variant and task.
    pub certificates: Vec<Certificate>,
    /// What was measured, for tools that keep histories.
    pub measures: Vec<Measure>,
    /// How often this machine tells a variant from itself, by metric; None: nobody counted.
    pub false_alarms: Option<Vec<FalseAlarms>>,
    /// Why nobody did.
    pub false_alarms_why: Option<String>,
}

/// One quantity of a variant on a task.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Measure {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The metric or scorer.
    pub metric: String,
    /// Its unit; `1` for scores.
    pub unit: &'static str,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// The value.
    pub value: f64,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
}

impl GateReport {
    /// The answers of all limits and claims.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        let claims = self.certificates.iter().map(|certificate| certificate.answer.verdict());
        self.judged.iter().map(|judged| judged.verdict).chain(claims)
    }

    /// The report with the answer of all together.
    fn settled(mut self) -> Self {
        self.verdict = Verdict::of(self.verdicts());
        self
    }
}

/// What changes are held against.
#[derive(Debug, Clone, Copy)]
pub enum Reference<'h> {
    /// The run's baseline, block by block.
    Blocks,
    /// The same variant in earlier sessions.
    Sessions(&'h History),
}

/// Answers every limit from what a run says.
pub fn judge_run(summary: &Summary, gates: &[Gate], reference: Reference<'_>) -> GateReport {
    judge_all(summary, gates, &[], reference)
}

/// Answers every limit from what a run says, and every claim from its blocks.
pub fn judge_all(
    summary: &Summary,
    gates: &[Gate],
    claims: &[Certification],
    reference: Reference<'_>,
) -> GateReport {
    let mut found: Vec<(Judged, Judgement)> = Vec::new();
    for gate in gates {
        for limit in &gate.limits {
            let before = found.len();
            let rows = rows(summary, gate, *limit, reference);
            found.extend(rows.map(|row| one(summary, row, &gate.metric, *limit, reference)));
            if found.len() == before {
                found.push(nowhere(gate, *limit));
            }
        }
    }
    settle(&mut found.iter_mut().map(|(_, judgement)| judgement).collect::<Vec<_>>(), summary.alpha);
    let fill = |(judged, judgement): (Judged, Judgement)| Judged {
        verdict: judgement.verdict,
        p_holm: judgement.p,
        needed: judgement.needed,
        why: judgement.why,
        ..judged
    };
    let judged: Vec<Judged> = found.into_iter().map(fill).collect();
    let certificates = certify_all(summary, claims);
    GateReport {
        schema: 1,
        suite: summary.suite.clone(),
        baseline: summary.baseline.clone(),
        sessions: match reference {
            Reference::Blocks => None,
            Reference::Sessions(history) => Some(history.to_string()),
        },
        energy: summary.energy_sentence.clone(),
        alpha: summary.alpha,
        level: summary.level,
        verdict: Verdict::NotMeasurable,
        judged,
        certificates,
        measures: measures(summary),
        false_alarms: None,
        false_alarms_why: Some("changes are not held against other variants in the same blocks".to_owned()),
    }
    .settled()
}

/// The rows that a limit holds for: of a change within the run all but the baseline's.
fn rows<'s>(
    summary: &'s Summary,
    gate: &'s Gate,
    limit: Limit,
    reference: Reference<'_>,
) -> impl Iterator<Item = &'s SummaryRow> {
    let all = limit.change().is_none() || matches!(reference, Reference::Sessions(_));
    let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    summary.rows.iter().filter(move |row| {
        named(&gate.tasks, &row.task)
            && named(&gate.variants, &row.variant)
            && (all || row.variant != summary.baseline)
            && meant(row, &gate.metric).is_some()
    })
}

/// A limit that holds for no row of the run is no pass.
fn nowhere(gate: &Gate, limit: Limit) -> (Judged, Judgement) {
    let names = |names: &[String]| if names.is_empty() { "–".to_owned() } else { names.join(", ") };
    let why = "no task and variant of the run has this quantity".to_owned();
    let judgement = judge(&Evidence::Missing(why), limit, Confidence::once(0.95));
    let judged = Judged {
        task: names(&gate.tasks),
        variant: names(&gate.variants),
        metric: gate.metric.clone(),
        limit: limit.to_string(),
        verdict: judgement.verdict,
        kind: None,
        value: None,
        lo: None,
        hi: None,
        width: None,
        p_holm: None,
        needed: None,
        why: None,
    };
    (judged, judgement)
}

fn one(
    summary: &Summary,
    row: &SummaryRow,
    metric: &str,
    limit: Limit,
    reference: Reference<'_>,
) -> (Judged, Judgement) {
    let metric = meant(row, metric).unwrap_or(metric);
    let evidence = match (reference, limit.change()) {
        (Reference::Sessions(history), Some(_)) => history.evidence(summary, row, metric),
        _ => evidence(summary, row, metric, limit),
    };
    // Sessions are not added while one looks.
    let sure = match reference {
        Reference::Blocks => summary.confidence(),
        Reference::Sessions(_) => Confidence::once(summary.level),
    };
    let mut judgement = judge(&evidence, limit, sure);
    if matches!(reference, Reference::Sessions(_)) && judgement.needed.take().is_some() {
        judgement.why = Some("the sessions scatter too much: `--against` compares within blocks".to_owned());
    }
    let (kind, interval) = match &evidence {
        Evidence::Ratio { estimate, .. } => (Some("ratio"), Some(around(estimate, sure, f64::exp))),
        Evidence::Difference { estimate, .. } => {
            (Some("difference"), Some(around(estimate, sure, |value| value)))
        }
        Evidence::Value(interval) => (Some("value"), Some(*interval)),
        Evidence::Missing(_) => (None, None),
    };
    let judged = Judged {
        task: row.task.clone(),
        variant: row.variant.clone(),
        metric: metric.to_owned(),
        limit: limit.to_string(),
        verdict: judgement.verdict,
        kind,
        value: interval.map(|interval| interval.value),
        lo: interval.and_then(|interval| interval.lo),
        hi: interval.and_then(|interval| interval.hi),
        width: match evidence {
            Evidence::Difference { width, .. } => width,
            _ => None,
        },
        p_holm: None,
        needed: None,
        why: None,
    };
    (judged, judgement)
}

fn around(estimate: &Estimate, sure: Confidence, scale: fn(f64) -> f64) -> Interval {
    let Difference { value, lo, hi, .. } = sure.difference(estimate);
    Interval { value: scale(value), lo: lo.map(scale), hi: hi.map(scale) }
}

/// Amounts of every metric, then every score, row by row.
fn measures(summary: &Summary) -> Vec<Measure> {
    let mut measures = Vec::new();
    for row in &summary.rows {
        let blank = |metric: &str, unit, lower_is_better, value, lo, hi| Measure {
            task: row.task.clone(),
            variant: row.variant.clone(),
            metric: metric.to_owned(),
            unit,
            lower_is_better,
            value,
            lo,
            hi,
        };
        for metric in METRICS {
            if let Some(amount) = row.amounts.get(metric.name) {
                measures.push(blank(metric.name, metric.unit, true, amount.value, amount.lo, amount.hi));
            }
        }
        for (name, score) in &row.scores {
            let lower = row.lower_is_better && *name == row.primary_score;
            measures.push(blank(name, "1", lower, score.value, score.lo, score.hi));
        }
    }
    measures
}
