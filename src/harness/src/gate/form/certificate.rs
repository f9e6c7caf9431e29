//! What a certificate says, in one line.

use crate::gate::certify::{Answer, Certificate, Part};
use crate::report::format::{change, p_value, score_change, score_unit, with_interval};

/// Whom it is about, its answer, and what that rests on or what would tell.
pub fn certificate_line(certificate: &Certificate) -> String {
    let Certificate { task, variant, answer, .. } = certificate;
    let told = told(certificate);
    // What is open stands in front of its numbers, what is answered behind.
    let between = if told.starts_with('(') { " " } else { ": " };
    format!("{variant} on {task}: {}{between}{told}", answer.word())
}

/// What the answer rests on, or what would tell.
pub(super) fn told(certificate: &Certificate) -> String {
    let Certificate { answer, p_holm, p_fails_holm, parts, why, .. } = certificate;
    let [quality, amount] = &parts[..] else {
        return why.clone().unwrap_or_else(|| "no such rows".to_owned());
    };
    let numbers =
        format!("{} {}, {} {}", quality.quantity, of_points(quality), amount.quantity, of_ratio(amount));
    let sure = |p: &Option<f64>| p.map_or(String::new(), |p| format!("; adjusted p {}", p_value(p)));
    match answer {
        Answer::Yes => format!("({numbers}{})", sure(p_holm)),
        Answer::No => format!("({numbers}{})", sure(p_fails_holm)),
        Answer::CannotTell => format!("{} ({numbers})", more(quality, amount)),
        Answer::NotMeasurable => format!("({numbers})"),
    }
}

/// How much more would probably tell.
fn more(quality: &Part, amount: &Part) -> String {
    let more = |part: &Part, what: &str| {
        let needed = part.needed.filter(|needed| *needed > part.n)?;
        Some(format!("about {} more {what}", needed - part.n))
    };
    let open: Vec<String> =
        [more(quality, "clusters of items"), more(amount, "blocks")].into_iter().flatten().collect();
    // Without a number the value lies beyond the margin, or too near to it.
    let never: Vec<&str> = [quality, amount]
        .into_iter()
        .filter(|part| part.needed.is_none())
        .map(|part| part.quantity.as_str())
        .collect();
    match (never.is_empty(), open.is_empty()) {
        (false, _) => {
            format!("more would not tell: {} is too near to its margin, or beyond it", never.join(" and "))
        }
        (true, false) => open.join(" and ") + " would probably tell",
        (true, true) => "with so many claims at once it may be chance".to_owned(),
    }
}

fn of_points(part: &Part) -> String {
    score_change(part.value, part.lo, part.hi, part.width) + score_unit(part.width)
}

fn of_ratio(part: &Part) -> String {
    with_interval(change(part.value), part.lo.map(change), part.hi.map(change)) + " %"
}
