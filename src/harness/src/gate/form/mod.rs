//! The board of forms that a gate's report is written in.

mod action;
mod bencher;
mod certificate;
mod foreign;
mod json;
mod junit;
mod markdown;
mod text;

pub use certificate::certificate_line;
pub use text::text;

use super::{GateReport, Judged, Verdict};
use crate::form::Form;
use crate::report::format::{MISSING, change, p_value, score_change, score_unit, significant, with_interval};

/// Every form.
pub const FORMS: &[Form<GateReport>] = &[
    Form { name: "text", summary: "a table for people", write: |report| Ok(text(report)) },
    Form {
        name: "markdown",
        summary: "a table for pages and GitHub's job summary",
        write: markdown::markdown,
    },
    Form { name: "junit", summary: "JUnit XML: one case a limit or certificate", write: junit::junit },
    Form { name: "json", summary: "everything, see `harness schema --of gate`", write: json::json },
    Form { name: "bencher", summary: "Bencher Metric Format", write: bencher::bencher },
    Form {
        name: "github-action-benchmark",
        summary: "JSON of github-action-benchmark, tool `customSmallerIsBetter`",
        write: action::action,
    },
];

/// Heads of the columns that [`texts`] fills.
const HEADS: [&str; 6] = ["answer", "task", "variant", "quantity", "value [95 %]", "limit"];

/// One limit's texts, in the order of [`HEADS`].
fn texts(judged: &Judged) -> [String; 6] {
    [
        judged.verdict.word().to_owned(),
        judged.task.clone(),
        judged.variant.clone(),
        judged.metric.clone(),
        value(judged),
        judged.limit.clone(),
    ]
}

/// The value with its interval and unit.
fn value(judged: &Judged) -> String {
    let Some(value) = judged.value else { return MISSING.to_owned() };
    match judged.kind {
        Some("ratio") => with_interval(change(value), judged.lo.map(change), judged.hi.map(change)) + " %",
        Some("difference") => {
            score_change(value, judged.lo, judged.hi, judged.width) + score_unit(judged.width)
        }
        _ => {
            let text = |value| significant(value, 4);
            with_interval(text(value), judged.lo.map(text), judged.hi.map(text))
        }
    }
}

/// What a reader must know of an answer besides value and limit; None where there is nothing.
fn note(judged: &Judged) -> Option<String> {
    let p = judged.p_holm.filter(|_| judged.verdict == Verdict::Regression);
    let p = p.map(|p| format!("adjusted p {}", p_value(p)));
    let needed = judged.needed.map(|needed| {
        let what = if judged.kind == Some("difference") { "clusters of items" } else { "blocks" };
        format!("about {needed} {what} would decide")
    });
    let parts: Vec<String> = [judged.why.clone(), p, needed].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What a limit came to, in one line.
fn line(judged: &Judged) -> String {
    let note = note(judged).map_or(String::new(), |note| format!(" ({note})"));
    format!("{}: {}, {}{note}", judged.verdict.word(), value(judged), judged.limit)
}

/// The answer of all, in a sentence.
fn sentence(report: &GateReport) -> String {
    let count = |wanted| report.verdicts().filter(|verdict| *verdict == wanted).count();
    let all = [Verdict::Pass, Verdict::Regression, Verdict::Inconclusive, Verdict::NotMeasurable];
    let counts: Vec<String> = all
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), verdict.word()))
        .collect();
    match counts.is_empty() {
        true => "gate: not-measurable: no row of the run has a quantity that is limited".to_owned(),
        false => format!("gate: {}: {}", report.verdict.word(), counts.join(", ")),
    }
}
