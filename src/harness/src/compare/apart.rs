//! The board of what runs must have in common, unless the user says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::session::{Session, short};
use crate::stop::Stop;
use crate::suite::unknown_name;

/// Something that runs must have in common.
pub struct Apart {
    /// The word that allows it to differ.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What a run has; runs that tell nothing agree with all.
    of: fn(&Session) -> Option<String>,
    /// Why it forbids a comparison.
    why: &'static str,
}

/// Everything that runs must have in common.
pub const APART: &[Apart] = &[
    Apart {
        name: "class",
        what: "energy class",
        of: classes,
        why: "joules that came about in other ways do not compare",
    },
    Apart {
        name: "hardware",
        what: "hardware",
        of: |session| {
            let hardware = &session.manifest.hardware;
            Some(format!("{} (key {})", hardware.cpu, short(&hardware.key)))
        },
        why: "another machine, number of threads or power limit takes other joules for the same work",
    },
    Apart {
        name: "suite",
        what: "suite",
        of: |session| {
            let manifest = &session.manifest;
            Some(format!("{} (hash {})", manifest.summary_input.suite, short(&manifest.suite_sha256)))
        },
        why: "other tasks, models or settings may be the whole difference",
    },
];

fn classes(session: &Session) -> Option<String> {
    let rows = session.summary.rows.iter();
    let classes: BTreeSet<String> = rows.filter_map(|row| Some(row.class?.to_string())).collect();
    (!classes.is_empty()).then(|| classes.into_iter().collect::<Vec<_>>().join("+"))
}

/// What runs do not have in common, as every output must say it.
///
/// # Errors
/// They differ in something that `allowed` does not name, or `allowed` holds an unknown word.
pub(super) fn check(sessions: &[&Session], allowed: &[String]) -> Result<Vec<String>, Stop> {
    let names: Vec<&str> = APART.iter().map(|apart| apart.name).collect();
    if let Some(word) = allowed.iter().find(|word| !names.contains(&word.as_str())) {
        return Err(Stop::usage(unknown_name("difference", word, &names).to_string()));
    }
    let mut labels = Vec::new();
    for Apart { name, what, of, why } in APART {
        let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for session in sessions {
            if let Some(text) = of(session) {
                told.entry(text).or_default().push(&session.name);
            }
        }
        if told.len() < 2 {
            continue;
        }
        let parts: Vec<String> =
            told.iter().map(|(text, names)| format!("{text} in `{}`", names.join("`, `"))).collect();
        let parts = parts.join("; ");
        match allowed.iter().any(|word| word == name) {
            true => labels.push(format!("other {what}: {parts}")),
            false => {
                return Err(Stop::usage(format!(
                    "the runs are of other {what}: {parts}\nhelp: {why}; `--allow {name}` compares them all the same and says so"
                )));
            }
        }
    }
    Ok(labels)
}
