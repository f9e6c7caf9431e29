//! What the tables of all forms say of a target.

use std::collections::BTreeMap;

use crate::report::format::{MISSING, significant, with_interval};
use crate::target::{Answer, Found, TargetReport};

/// Claims that are named one by one behind a reason; more are counted.
const MOST_NAMED: usize = 3;

/// Heads of the columns that [`texts`] fills.
pub(super) const HEADS: [&str; 5] = ["answer", "target", "task", "published", "measured [95 %]"];

/// One claim's texts, in the order of [`HEADS`].
pub(super) fn texts(found: &Found) -> [String; 5] {
    let dash = || MISSING.to_owned();
    let task = if found.task.is_empty() { dash() } else { found.task.clone() };
    [found.answer.word().to_owned(), name(found), task, published(found), measured(found)]
}

/// The target with the variant that this number is of, where the name does not hold it.
pub(super) fn name(found: &Found) -> String {
    match &found.variant {
        Some(variant) if !found.target.ends_with(variant.as_str()) => format!("{} · {variant}", found.target),
        _ => found.target.clone(),
    }
}

fn published(found: &Found) -> String {
    let number = |value: f64| tidy(value);
    match (found.published, found.agrees_from, found.agrees_to) {
        (Some(value), Some(from), Some(to)) => {
            let off = (to - from) / 2.0;
            format!("{} ± {} {}", number(value), significant(off, 2), found.unit)
        }
        (None, Some(from), Some(to)) => format!("{} to {} {}", number(from), number(to), found.unit),
        (None, Some(from), None) => format!("at least {} {}", number(from), found.unit),
        (None, None, Some(to)) => format!("at most {} {}", number(to), found.unit),
        _ => found.claim.clone(),
    }
    .trim_end_matches(" 1")
    .trim_end()
    .to_owned()
}

fn measured(found: &Found) -> String {
    match (&found.seen, found.measured) {
        (Some(seen), _) => seen.replace("; ", ";\n"),
        (None, Some(value)) => with_interval(tidy(value), found.lo.map(tidy), found.hi.map(tidy)),
        (None, None) => MISSING.to_owned(),
    }
}

/// Four digits with a real minus.
fn tidy(value: f64) -> String {
    significant(value, 4).replace('-', "−")
}

/// The answers of all, in a sentence.
pub fn sentence(report: &TargetReport) -> String {
    let count = |answer: Answer| report.count(answer);
    let parts: Vec<String> = Answer::ALL
        .into_iter()
        .filter(|answer| count(*answer) > 0)
        .map(|answer| match (count(answer), answer) {
            (1, answer) => format!("1 {}", answer.word()),
            (many, Answer::Agrees) => format!("{many} agree"),
            (many, Answer::Differs) => format!("{many} differ"),
            (many, answer) => format!("{many} {}", answer.word()),
        })
        .collect();
    match parts.is_empty() {
        true => "targets: the suite has none".to_owned(),
        false => format!("targets: {}", parts.join(", ")),
    }
}

/// Reasons, each once with whose it is; then what a reader must know, without full stops.
pub(super) fn notes(report: &TargetReport) -> Vec<String> {
    let mut whose: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for found in &report.found {
        if let Some(why) = &found.why {
            whose.entry(why).or_default().push(format!("{} on {}", name(found), found.task));
        }
    }
    let mut notes: Vec<String> = whose
        .into_iter()
        .map(|(why, names)| match names.get(..MOST_NAMED) {
            Some(first) if names.len() > MOST_NAMED => {
                format!("{} and {} more: {why}", first.join(", "), names.len() - MOST_NAMED)
            }
            _ => format!("{}: {why}", names.join(", ")),
        })
        .collect();
    if !report.energy.is_empty() {
        notes.push(report.energy.clone());
    }
    notes.push(format!(
        "Agrees: the whole interval lies within the published number ± its tolerance (equivalence test, {:.1} % on either side); differs: it lies wholly outside. Orders: every neighbouring pair is shown, p adjusted by Holm at alpha {}",
        50.0 * (1.0 - report.level),
        report.alpha
    ));
    notes
}

/// Where the papers say it, each source once.
pub(super) fn sources(report: &TargetReport) -> Vec<String> {
    let mut whose: Vec<(&str, Vec<&str>)> = Vec::new();
    for found in &report.found {
        match whose.iter_mut().find(|(source, _)| *source == found.source) {
            Some((_, names)) if names.contains(&found.target.as_str()) => {}
            Some((_, names)) => names.push(&found.target),
            None => whose.push((&found.source, vec![&found.target])),
        }
    }
    whose.into_iter().map(|(source, names)| format!("{}: {source}", names.join(", "))).collect()
}
