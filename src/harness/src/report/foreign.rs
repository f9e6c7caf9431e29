//! The texts of a summary as a terminal or a page may show them.

use serde_json::{Map, Value as Json};

use crate::foreign::Foreign;
use crate::summary::Summary;

impl Foreign for Summary {
    /// Every text and name in it, by way of its stored form, so that none is forgotten.
    fn change_texts(&mut self, change: &dyn Fn(&str) -> String) {
        let changed = serde_json::to_value(&*self).map(|json| changed(json, change));
        match changed.and_then(serde_json::from_value) {
            Ok(summary) => *self = summary,
            // A number that JSON has no form for: what a reader sees most is changed by hand.
            Err(_) => most(self, change),
        }
    }
}

fn changed(json: Json, change: &dyn Fn(&str) -> String) -> Json {
    match json {
        Json::String(text) => Json::String(change(&text)),
        Json::Array(values) => Json::Array(values.into_iter().map(|value| changed(value, change)).collect()),
        Json::Object(map) => {
            let pair = |(key, value): (String, Json)| (change(&key), changed(value, change));
            Json::Object(map.into_iter().map(pair).collect::<Map<String, Json>>())
        }
        plain => plain,
    }
}

fn most(summary: &mut Summary, change: &dyn Fn(&str) -> String) {
    let texts = [&mut summary.suite, &mut summary.baseline, &mut summary.meter_sentence];
    crate::foreign::change(texts, change);
    crate::foreign::change([&mut summary.energy_sentence], change);
    crate::foreign::change(&mut summary.notes, change);
    for row in &mut summary.rows {
        crate::foreign::change([&mut row.task, &mut row.variant], change);
        let speed = &mut row.speed;
        let kernels = speed.kernel_prefill.iter_mut().chain(&mut speed.kernel_decode);
        crate::foreign::change(kernels.chain(&mut row.energy_reason).chain(&mut row.notes), change);
    }
    for cell in &mut summary.failed {
        crate::foreign::change([&mut cell.task, &mut cell.variant, &mut cell.reason], change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;
    use crate::report::markdown::markdown;
    use crate::report::terminal::terminal_table;

    const HOSTILE: &str = "x\u{1b}[2J\u{202e}\u{9b}<script>|`a`\nhelp: run this\u{2028}";

    /// A summary whose names and reasons are all hostile.
    fn hostile() -> Summary {
        let mut summary = summary();
        let rename = |text: &mut String| *text += HOSTILE;
        [&mut summary.suite, &mut summary.baseline].into_iter().for_each(rename);
        summary.notes.push(HOSTILE.to_owned());
        for row in &mut summary.rows {
            [&mut row.task, &mut row.variant].into_iter().for_each(rename);
            row.energy_reason = Some(HOSTILE.to_owned());
            row.speed.kernel_decode = Some(HOSTILE.to_owned());
            row.notes.push(HOSTILE.to_owned());
        }
        for cell in &mut summary.failed {
            cell.reason = HOSTILE.to_owned();
            cell.variant += HOSTILE;
        }
        summary
    }

    #[test]
    fn neither_terminal_nor_page_shows_what_is_not_printable() {
        let mut broken = hostile();
        broken.alpha = f64::NAN;
        for summary in [hostile(), broken] {
            for page in [terminal_table(&summary), markdown(&summary)] {
                let odd: Vec<char> = page
                    .chars()
                    .filter(|c| *c != '\n' && !harness_text::printable::is_printable(*c))
                    .collect();
                assert!(odd.is_empty(), "{odd:?}\n{page}");
                assert!(!page.lines().any(|line| line.trim_start().starts_with("help:")), "{page}");
            }
            let page = markdown(&summary);
            assert!(!page.contains("<script>") && page.contains("\\<script\\>\\|`a`"), "{page}");
        }
    }

    #[test]
    fn a_summary_of_plain_names_stays_as_it_is() {
        assert_eq!(summary().for_terminal(), summary());
    }
}
