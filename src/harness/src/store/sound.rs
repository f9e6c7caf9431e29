//! Values of a manifest that no run has: a file that was changed or damaged is refused before anything is computed.

use std::collections::BTreeSet;
use std::fmt::Display;

use harness_meter::Domain;
use harness_task::{Language, POSTS, ScorerSpec};

use super::manifest::{Manifest, ShareRule};
use crate::metric::METRICS;
use crate::score::TaskInput;
use crate::summary::SummaryInput;
use crate::windows::Limits;

/// Larger amounts of joules, watts, seconds and grams belong to no machine; readings times such an amount still have
/// squares.
const MOST: f64 = 1e100;

/// What is wrong: the key, what it holds, and what was expected.
type Sound = Result<(), String>;

/// That a run could have these values.
///
/// # Errors
/// The first key that holds something else, with what was expected.
pub(super) fn check(manifest: &Manifest) -> Sound {
    let Manifest { summary_input, limits, .. } = manifest;
    analysis(summary_input)?;
    names("summary_input.variants", &summary_input.variants)?;
    let tasks: Vec<&String> = summary_input.tasks.iter().map(|task| &task.name).collect();
    names("summary_input.tasks", &tasks)?;
    for (place, one) in summary_input.tasks.iter().enumerate() {
        task(&format!("summary_input.tasks[{place}]"), one)?;
    }
    learning(summary_input)?;
    rules(limits)?;
    domains(manifest)?;
    course(manifest)?;
    files(manifest)
}

fn wrong(key: &str, found: impl Display, expected: impl Display) -> Sound {
    Err(format!("`{key}` is {found}, expected {expected}"))
}

fn number(key: &str, found: f64, is_fit: impl Fn(f64) -> bool, expected: &str) -> Sound {
    if found.is_finite() && is_fit(found) { Ok(()) } else { wrong(key, format!("{found:?}"), expected) }
}

fn at_least_0(key: &str, found: f64) -> Sound {
    number(key, found, |found| (0.0..=MOST).contains(&found), "a number from 0 to 1e100")
}

fn above_0(key: &str, found: f64) -> Sound {
    number(key, found, |found| found > 0.0 && found <= MOST, "a number above 0 and up to 1e100")
}

fn at_least_1(key: &str, found: u32) -> Sound {
    if found > 0 { Ok(()) } else { wrong(key, found, "a whole number from 1 on") }
}

/// That a word is one of a board's.
fn word(key: &str, found: &str, known: &[&str]) -> Sound {
    match known.contains(&found) {
        true => Ok(()),
        false => wrong(key, format!("`{found}`"), format!("one of `{}`", known.join("`, `"))),
    }
}

/// That every name is there once.
fn names<N: AsRef<str>>(key: &str, all: &[N]) -> Sound {
    let mut seen = BTreeSet::new();
    for name in all.iter().map(AsRef::as_ref) {
        if name.is_empty() || !seen.insert(name) {
            return wrong(key, format!("a list with `{name}`"), "every name once, and none empty");
        }
    }
    Ok(())
}

fn analysis(input: &SummaryInput) -> Sound {
    let is_share = |found: f64| found > 0.0 && found < 1.0;
    number("summary_input.alpha", input.alpha, is_share, "a number above 0 and below 1")?;
    let is_part = |found: f64| (0.0..1.0).contains(&found);
    number("summary_input.practical", input.practical, is_part, "a number from 0 to below 1")?;
    if let Some(grams) = input.grid_g_per_kwh {
        at_least_0("summary_input.grid_g_per_kwh", grams)?;
    }
    let metrics: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    word("summary_input.metric", &input.metric, &metrics)?;
    // A training has no variants.
    let variants: Vec<&str> = input.variants.iter().map(String::as_str).collect();
    if variants.is_empty() { Ok(()) } else { word("summary_input.baseline", &input.baseline, &variants) }
}

/// Scorers may be a later version's: those are asked for when scores are.
fn task(key: &str, task: &TaskInput) -> Sound {
    let scorers: Vec<&str> = task.scorers.iter().map(|scorer| scorer.name()).collect();
    names(&format!("{key}.scorers"), &scorers)?;
    let mut ranges = task.scorers.iter().filter_map(|scorer| match scorer {
        ScorerSpec::Board(_) => None,
        ScorerSpec::Command(program) => Some(program.range),
    });
    let unfit = ranges.find(|(least, most)| !(least < most && least.abs().max(most.abs()) <= MOST));
    if let Some((least, most)) = unfit {
        return wrong(
            &format!("{key}.scorers"),
            format!("a range from {least:?} to {most:?}"),
            "the least first",
        );
    }
    word(&format!("{key}.primary_score"), &task.primary_score, &scorers)?;
    if let Some(language) = task.language.as_deref().filter(|name| Language::find(name).is_none()) {
        return wrong(&format!("{key}.language"), format!("`{language}`"), "one of `harness list languages`");
    }
    let posts: Vec<&str> = POSTS.iter().map(|post| post.name).collect();
    word(&format!("{key}.post_process"), &task.post_process, &posts)
}

fn learning(input: &SummaryInput) -> Sound {
    for (curve, points) in input.learning_curves.iter().map(|curve| &curve.points).enumerate() {
        let key = format!("summary_input.learning_curves[{curve}].points");
        for found in points.iter().flat_map(|point| [point.reward, point.depth, point.agreement]) {
            number(&key, found, |found| found.abs() <= MOST, "numbers from -1e100 to 1e100")?;
        }
    }
    Ok(())
}

fn rules(limits: &Limits) -> Sound {
    at_least_1("limits.min_updates", limits.rules.min_updates)?;
    at_least_1("limits.max_gap_periods", limits.rules.max_gap_periods)?;
    at_least_0("limits.max_disagreement", limits.rules.max_disagreement)?;
    at_least_0("limits.steal", limits.steal)?;
    at_least_0("limits.foreign_load", limits.foreign_load)
}

fn domains(manifest: &Manifest) -> Sound {
    let known: Vec<&str> = manifest.domain_details.iter().map(|domain| domain.name.as_str()).collect();
    names("domain_details", &known)?;
    // Readings name their domain by a number of 16 bits.
    if known.len() > usize::from(u16::MAX) {
        return wrong("domain_details", format!("a list of {}", known.len()), "at most 65535 domains");
    }
    for (place, domain) in manifest.domain_details.iter().enumerate() {
        let key = format!("domain_details[{place}]");
        if !domain.is_sound() {
            return wrong(&key, format!("`{}` with impossible numbers", domain.name), "those of a meter");
        }
        amounts(&key, domain)?;
        if let Some(of) = &domain.witness_of {
            word(&format!("{key}.witness-of"), of, &known)?;
        }
    }
    names("counted", &manifest.counted)?;
    manifest.counted.iter().try_for_each(|name| word("counted", name, &known))
}

fn amounts(key: &str, domain: &Domain) -> Sound {
    let Domain { scale, constant, resolution, u_scale, model_error, plausible, .. } = domain;
    for (part, found) in [
        ("scale", *scale),
        ("constant", constant.0),
        ("resolution", resolution.0),
        ("u-scale", *u_scale),
        ("model-error", *model_error),
        ("plausible", plausible.0),
    ] {
        at_least_0(&format!("{key}.{part}"), found)?;
    }
    let periods = [("update-period", domain.update_period), ("seen-period", domain.seen_period)];
    periods.iter().try_for_each(|(part, period)| {
        period.map_or(Ok(()), |period| above_0(&format!("{key}.{part}"), period.0))
    })
}

/// What was planned, and what went on.
fn course(manifest: &Manifest) -> Sound {
    let SummaryInput { tasks, variants, .. } = &manifest.summary_input;
    let cells: BTreeSet<String> = tasks
        .iter()
        .flat_map(|task| variants.iter().map(move |variant| format!("{}/{variant}", task.name)))
        .collect();
    if let Some(cell) = manifest.planned().find(|cell| !cells.contains(*cell)) {
        return wrong("order", format!("a list with `{cell}`"), "cells of the run's tasks and variants");
    }
    // Cells, blocks and sessions are counted by numbers of 32, 16 and 16 bits.
    let most = usize::from(u16::MAX);
    if manifest.order.len() > most || manifest.planned().count() > u32::MAX as usize - 2 {
        return wrong("order", format!("{} blocks", manifest.order.len()), format!("at most {most}"));
    }
    if manifest.sessions.is_empty() || manifest.sessions.len() > most {
        let found = format!("a list of {}", manifest.sessions.len());
        return wrong("sessions", found, format!("1 to {most} calls of the program"));
    }
    if !manifest.shares.is_empty() && manifest.shares.len() != tasks.len() {
        let found = format!("a list of {}", manifest.shares.len());
        return wrong("shares", found, format!("one for each of {} tasks", tasks.len()));
    }
    if manifest.shares.contains(&ShareRule::Count(0)) {
        return wrong("shares", "a list with no items a block", "a number of items from 1 on");
    }
    manifest.least_window_s.map_or(Ok(()), |least| above_0("least_window_s", least))?;
    let Some(until) = &manifest.until else { return Ok(()) };
    at_least_1("until.blocks", u32::from(until.blocks))?;
    until.max_minutes.map_or(Ok(()), |minutes| above_0("until.max_minutes", minutes))?;
    until.max_joules.map_or(Ok(()), |joules| above_0("until.max_joules", joules))
}

fn files(manifest: &Manifest) -> Sound {
    let listed: Vec<&String> = manifest.files.iter().map(|file| &file.name).collect();
    names("files", &listed)?;
    match manifest.complete && listed.is_empty() {
        true => wrong("files", "empty", "every file of a run that is complete"),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value as Json, json};

    use super::*;

    /// The kept run of version 1 as JSON.
    fn kept() -> Json {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/h100/manifest.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn refused(manifest: &Json) -> String {
        let text = serde_json::to_vec(manifest).unwrap();
        let stop = Manifest::parse(&text, Path::new("RUN/manifest.json")).unwrap_err();
        assert_eq!(stop.code, crate::stop::MISSING);
        let said = stop.to_string();
        assert!(said.starts_with("`RUN/manifest.json` ") && said.contains("\nhelp: "), "{said}");
        said
    }

    #[test]
    fn the_kept_manifest_is_sound() {
        Manifest::parse(&serde_json::to_vec(&kept()).unwrap(), Path::new("m")).unwrap();
    }

    #[test]
    fn values_that_no_run_has_are_refused_with_file_and_key() {
        for (pointer, value, key) in [
            ("/summary_input/alpha", json!(-1e308), "`summary_input.alpha` is -1e308"),
            ("/summary_input/alpha", json!(0.0), "`summary_input.alpha`"),
            ("/summary_input/alpha", json!(1), "`summary_input.alpha`"),
            ("/summary_input/alpha", json!(null), "`summary_input.alpha`"),
            ("/summary_input/practical", json!(4e9), "`summary_input.practical`"),
            ("/summary_input/practical", json!("3%"), "`summary_input.practical`"),
            ("/summary_input/grid_g_per_kwh", json!(1e200), "`summary_input.grid_g_per_kwh`"),
            (
                "/summary_input/metric",
                json!("energy-per-joke"),
                "`summary_input.metric` is `energy-per-joke`",
            ),
            ("/summary_input/baseline", json!("other"), "`summary_input.baseline` is `other`"),
            ("/summary_input/variants", json!(["full", "full"]), "`summary_input.variants`"),
            ("/summary_input/looks", json!("never"), "`summary_input.looks`"),
            ("/summary_input/tasks/0/primary_score", json!("bleu"), "`summary_input.tasks[0].primary_score`"),
            ("/summary_input/tasks/0/language", json!("klingon"), "`summary_input.tasks[0].language`"),
            ("/summary_input/tasks/0/post_process", json!("rot13"), "`summary_input.tasks[0].post_process`"),
            ("/summary_input/tasks/0/scorers/0", json!(7), "`summary_input.tasks[0].scorers[0]`"),
            ("/limits/min_updates", json!(0), "`limits.min_updates`"),
            ("/limits/steal", json!(-0.5), "`limits.steal`"),
            ("/domain_details/0/class", json!("guessed"), "`domain_details[0].class`"),
            ("/domain_details/0/kind", json!("heat"), "`domain_details[0].kind`"),
            ("/domain_details/0/wrap", json!("often"), "`domain_details[0].wrap`"),
            ("/domain_details/0/scale", json!(-1.0), "`domain_details[0]`"),
            ("/domain_details/0/scale", json!(1e200), "`domain_details[0].scale`"),
            ("/domain_details/0/name", json!("gpu:0@power"), "`domain_details`"),
            ("/domain_details/1/witness-of", json!("gpu:9"), "`domain_details[1].witness-of`"),
            ("/counted", json!(["gpu:7"]), "`counted` is `gpu:7`"),
            ("/order/0/0", json!("java/other"), "`order`"),
            (
                "/files",
                json!([{"name": "a", "rows": null, "sha256": ""}, {"name": "a", "rows": 1, "sha256": ""}]),
                "`files`",
            ),
            ("/seed", json!(-1), "`seed`"),
        ] {
            let mut manifest = kept();
            *manifest.pointer_mut(pointer).unwrap_or(&mut Json::Null) = value.clone();
            if manifest.pointer(pointer) != Some(&value) {
                let (parent, last) = pointer.rsplit_once('/').unwrap();
                manifest.pointer_mut(parent).unwrap()[last] = value;
            }
            let said = refused(&manifest);
            assert!(said.contains(key), "{pointer}: {said}");
        }
        let mut manifest = kept();
        (manifest["files"], manifest["complete"]) = (json!([]), json!(true));
        assert!(refused(&manifest).contains("`files` is empty"));
    }
}
