//! Gathers the sessions that a run is held against, and refuses those that do not compare.

use std::path::Path;

use anyhow::Result;
use harness_text::printable::Shown;

use super::sessions::History;
use crate::baseline::{Session, Shelf, session_of};
use crate::stop::Stop;
use crate::store::{MANIFEST, Manifest, RunFolder};
use crate::summary::Summary;

/// The sessions that these words name, each a stored baseline or a run folder; None without words.
///
/// # Errors
/// One is not there, of another suite or machine, or not qualified; a run is named twice, or is the one that is judged.
pub fn history(
    words: &[String],
    path: &Path,
    manifest: &Manifest,
    summary: &Summary,
) -> Result<Option<History>> {
    let mut found: Vec<Session> = Vec::new();
    let class = summary.rows.iter().find_map(|row| row.class);
    let mut other_class = None;
    for word in words {
        if Path::new(word).join(MANIFEST).is_file() {
            let (folder, other) = RunFolder::open(Path::new(word))?;
            let said = folder.stored_summary(&other)?;
            comparable(word, manifest, &other.suite_sha256, &other.hardware.key)?;
            if let Some(why) = other.unqualified() {
                return Err(Stop::missing(format!(
                    "`{word}` cannot be a baseline: the machine was not qualified: {why}\nhelp: name another run"
                ))
                .into());
            }
            other_class = other_class.or(said.rows.iter().find_map(|row| row.class));
            found.push(session_of(&other, &said));
        } else {
            let baseline = Shelf::open()?.find(word)?;
            comparable(word, manifest, &baseline.kept.suite_sha256, &baseline.kept.hardware_key)?;
            other_class = other_class.or(baseline.kept.class);
            found.extend(baseline.sessions);
        }
    }
    let now = session_of(manifest, summary);
    for (number, session) in found.iter().enumerate() {
        if session.is_same_run(&now) {
            return Err(Stop::usage(format!(
                "`{}` is one of the sessions that it is held against\nhelp: name sessions from before it",
                path.shown()
            ))
            .into());
        }
        if found[..number].iter().any(|earlier| earlier.is_same_run(session)) {
            return Err(Stop::usage(
                "one session is named twice\nhelp: each session is a run of its own: name every run once",
            )
            .into());
        }
    }
    let name = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    Ok((!words.is_empty()).then(|| History { name, sessions: found, class: other_class.or(class) }))
}

/// Other work, or another machine, is no session of this run's.
fn comparable(word: &str, manifest: &Manifest, suite_sha256: &str, hardware_key: &str) -> Result<(), Stop> {
    let what = match (suite_sha256 == manifest.suite_sha256, hardware_key == manifest.hardware.key) {
        (true, true) => return Ok(()),
        (false, _) => "another suite, or of the same with other models, data or settings",
        (true, false) => "another machine",
    };
    Err(Stop::missing(format!(
        "`{word}` is of {what}: the run cannot be held against it\nhelp: `harness run SUITE --against NAME` runs a stored baseline here and now"
    )))
}
