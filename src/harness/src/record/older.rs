//! Columns of tables of version 1 as today's.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::table::Field;

/// Between one scorer's reason and the next.
const BETWEEN: &str = "; ";

/// What version 1 said of every scorer of an item that the engine failed on.
const ENGINE_FAILED: &str = "the engine failed on it";

/// Runs were not resumed: all of it is session 0.
pub(super) fn with_session(mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let sessions = Series::new("session".into(), vec![0_u16; frame.height()]).into_column();
    frame.with_column(sessions)?;
    Ok(frame)
}

/// `word: sentence` becomes a word and a sentence; a total's begins with a domain's name, which goes into
/// `spoiled_by` where rows have a `domain`, else into the sentence.
pub(super) fn with_split_reason(mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let reasons = Option::<String>::read("reason", &frame)?;
    let has_domain = frame.column("domain").is_ok();
    let (mut words, mut details, mut spoilers) = (Vec::new(), Vec::new(), Vec::new());
    for reason in reasons {
        let (domain, rest) =
            match reason.as_deref().map(|reason| (reason, reason.split(": ").collect::<Vec<_>>())) {
                None => (None, None),
                // A word holds no colon, a domain's name may.
                Some((reason, parts)) if parts.len() > 2 && !is_word(parts[0]) && is_word(parts[1]) => {
                    (Some(parts[0].to_owned()), Some(reason[parts[0].len() + 2..].to_owned()))
                }
                Some((reason, _)) => (None, Some(reason.to_owned())),
            };
        let split = rest.as_deref().and_then(|rest| rest.split_once(": ")).filter(|(word, _)| is_word(word));
        let (word, detail) = match (split, &rest) {
            (Some((word, detail)), _) => (Some(word.to_owned()), Some(detail.to_owned())),
            (None, Some(rest)) => (Some(word_of(rest)), Some(rest.clone())),
            (None, None) => (None, None),
        };
        details.push(match &domain {
            Some(domain) if !has_domain => detail.map(|detail| format!("{domain}: {detail}")),
            _ => detail,
        });
        words.push(word);
        spoilers.push(domain.filter(|_| has_domain));
    }
    let mut columns = vec![("reason", words), ("reason_detail", details)];
    if has_domain {
        columns.push(("spoiled_by", spoilers));
    }
    for (name, values) in columns {
        frame.with_column(Series::new(name.into(), values).into_column())?;
    }
    Ok(frame)
}

/// A reason's first word: letters and hyphens.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The word of the few reasons that had none.
fn word_of(reason: &str) -> String {
    if is_word(reason) {
        return reason.to_owned();
    }
    if reason.contains("no total") { "no-total".to_owned() } else { "not-measured".to_owned() }
}

/// Reasons split, `trial_*` under today's names, and one column for each scorer that an item has no statistics of.
pub(super) fn items(frame: DataFrame) -> PolarsResult<DataFrame> {
    let mut frame = with_split_reason(frame)?;
    for (older, newer) in [
        ("trial_s", "program_s"),
        ("trial_cpu_s", "program_cpu_s"),
        ("trial_peak_bytes", "program_peak_bytes"),
    ] {
        if frame.column(older).is_ok() {
            frame.rename(older, newer.into())?;
        }
    }
    let Ok(reasons) = Option::<String>::read("unscored_reason", &frame) else { return Ok(frame) };
    let scorers: Vec<String> = frame
        .get_column_names()
        .iter()
        .filter_map(|name| name.strip_prefix("stats_"))
        .map(str::to_owned)
        .collect();
    frame = frame.drop("unscored_reason")?;
    for scorer in scorers {
        let whys: Vec<Option<(&str, String)>> =
            reasons.iter().map(|reason| why_unscored(reason.as_deref()?, &scorer)).collect();
        let column = |name: String, values: Vec<Option<String>>| -> Column {
            Series::new(name.into(), values).into_column()
        };
        let words = whys.iter().map(|why| why.as_ref().map(|(word, _)| (*word).to_owned())).collect();
        let details = whys.into_iter().map(|why| why.map(|(_, detail)| detail)).collect();
        frame.with_column(column(format!("unscored_{scorer}"), words))?;
        frame.with_column(column(format!("why_unscored_{scorer}"), details))?;
    }
    Ok(frame)
}

/// What version 1's text says of one scorer.
fn why_unscored(reasons: &str, scorer: &str) -> Option<(&'static str, String)> {
    if reasons == ENGINE_FAILED {
        return Some(("engine-failed", reasons.to_owned()));
    }
    let own = format!("`{scorer}`: ");
    let detail = reasons.split(BETWEEN).find_map(|reason| reason.strip_prefix(&own))?;
    let word = match detail {
        _ if detail.starts_with("the verdict is") => "not-run",
        "the item lacks what it needs" => "not-in-item",
        _ => "scorer-failed",
    };
    Some((word, detail.to_owned()))
}
