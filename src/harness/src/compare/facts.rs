//! The board of what usually explains a difference between runs: told where it is not the same on both sides.

use std::collections::BTreeSet;

use anyhow::Result;

use super::session::{Session, short};
use crate::record::WindowRecord;

/// Something that may explain a difference.
struct Fact {
    /// What it is.
    name: &'static str,
    /// What a run with these windows says of it.
    of: fn(&Session, &[WindowRecord]) -> Option<String>,
}

/// Everything that is looked at.
const FACTS: &[Fact] = &[
    Fact {
        name: "harness",
        of: |session, _| {
            let git = session.manifest.git.as_ref().map_or(String::new(), |git| format!(" ({git})"));
            Some(session.manifest.harness_version.clone() + &git)
        },
    },
    Fact {
        name: "engine",
        of: |session, _| {
            let engines = &session.manifest.engines;
            joined(engines.iter().map(|engine| {
                let identity = &engine.identity;
                let hash =
                    identity.sha256.as_deref().map_or(String::new(), |hash| format!(" {}", short(hash)));
                format!("{} {}{hash}", identity.name, identity.version) + &of(&engine.variants, engines.len())
            }))
        },
    },
    Fact {
        name: "weights",
        of: |session, _| {
            let all = &session.manifest.weights;
            joined(all.iter().map(|weights| {
                format!("{} {}", weights.path, short(&weights.sha256)) + &of(&weights.variants, all.len())
            }))
        },
    },
    Fact {
        name: "data",
        of: |session, _| {
            let data = session.manifest.datasets.iter();
            joined(data.map(|data| format!("{} {}", data.task, short(&data.sha256))))
        },
    },
    Fact { name: "GPU driver", of: |session, _| session.manifest.hardware.driver.clone() },
    Fact { name: "kernel", of: |session, _| session.manifest.hardware.kernel.clone() },
    Fact { name: "microcode", of: |session, _| session.manifest.hardware.microcode.clone() },
    Fact {
        name: "environment",
        of: |session, _| {
            let variables = session.manifest.env.iter();
            Some(
                joined(variables.map(|(name, value)| format!("{name}={value}"))).unwrap_or("none".to_owned()),
            )
        },
    },
    Fact {
        name: "governor",
        of: |_, windows| Session::condition(windows, |conditions| conditions.governor.clone()),
    },
    Fact {
        name: "turbo",
        of: |_, windows| {
            Session::condition(windows, |conditions| {
                Some(if conditions.turbo? { "on" } else { "off" }.to_owned())
            })
        },
    },
    Fact {
        name: "battery",
        of: |_, windows| {
            Session::condition(windows, |conditions| {
                Some(if conditions.on_battery? { "used" } else { "not used" }.to_owned())
            })
        },
    },
];

/// A sentence for each fact that differs between runs.
///
/// # Errors
/// A table of windows is missing or damaged.
pub(super) fn differing(before: &[&Session], after: &[&Session]) -> Result<Vec<String>> {
    let read = |sessions: &[&Session]| {
        sessions.iter().map(|session| session.folder.read::<WindowRecord>()).collect::<Result<Vec<_>>>()
    };
    let (old, new) = (read(before)?, read(after)?);
    let told = |fact: &Fact, sessions: &[&Session], windows: &[Vec<WindowRecord>]| -> BTreeSet<String> {
        let all = sessions.iter().zip(windows);
        all.map(|(session, windows)| (fact.of)(session, windows).unwrap_or("not told".to_owned())).collect()
    };
    let sentence = |fact: &Fact| {
        let (old, new) = (told(fact, before, &old), told(fact, after, &new));
        let text = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(" or ");
        (old != new || old.len() > 1)
            .then(|| format!("{} differs: {} before, {} after", fact.name, text(&old), text(&new)))
    };
    Ok(FACTS.iter().filter_map(sentence).collect())
}

/// Whose it is, where a run has several.
fn of(variants: &[String], several: usize) -> String {
    let names: BTreeSet<&str> = variants.iter().map(String::as_str).collect();
    match several > 1 && !names.is_empty() {
        true => format!(" ({})", names.into_iter().collect::<Vec<_>>().join(", ")),
        false => String::new(),
    }
}

/// Different texts in their order; None of none.
fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let all: BTreeSet<String> = texts.collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(", "))
}
