//! Whether the machine was fit: the run's own facts, and the control workload against its history on this machine.

use std::path::Path;

use anyhow::Result;
use harness_meter::Domain;

use super::cell::Bench;
use super::control::NoControl;
use super::warmth::Warmth;
use crate::control::CONTROL_VERSION;
use crate::machine::{
    CONTROL_HISTORY, ControlSession, Facts, Fit, Qualification, facts, fit, meter_key, qualify,
};
use crate::progress;
use crate::record::WindowRecord;
use crate::redact::without_home;
use crate::state;
use crate::stop::Stop;
use crate::store::{Manifest, RunFolder};
use crate::suite::Suite;

/// What a run notes on its way.
pub(super) struct Fitness {
    pub(super) warmth: Warmth,
    no_control: Option<NoControl>,
}

impl Fitness {
    /// `before` is what an earlier session of the same run has left.
    pub(super) fn new(suite: &Suite, before: Option<&Qualification>) -> Self {
        let warmth = before.and_then(|before| before.facts.warmth);
        Self { warmth: Warmth::new(&suite.run, warmth), no_control: None }
    }

    /// Notes why the control workload did not run; once is enough.
    pub(super) fn no_control(&mut self, why: NoControl) {
        if self.no_control.is_none() && !why.excused {
            progress::say(&format!("note: {}", why.why));
        }
        self.no_control.get_or_insert(why);
    }
}

/// Judges the run so far. Where nothing else is against it, the control workload is held against earlier sessions and
/// becomes one of them; a history that cannot be kept is a note.
///
/// # Errors
/// The run's own windows cannot be read.
pub(super) fn qualification(
    folder: &RunFolder,
    manifest: &Manifest,
    bench: &Bench,
    fitness: &Fitness,
) -> Result<Qualification> {
    let facts = gather(&folder.read()?, manifest, fitness);
    let mut alone = qualify(facts, None);
    if !manifest.complete {
        alone.qualified = false;
        alone.why.push("the run is not complete".to_owned());
    }
    let Some(control) = alone.facts.control.clone().filter(|_| alone.qualified) else { return Ok(alone) };
    let domains = bench.sampler.domains();
    let counted: Vec<&Domain> =
        bench.counted.iter().filter_map(|index| domains.get(usize::from(*index))).collect();
    let session = ControlSession {
        utc: manifest.created_utc.clone(),
        harness_version: manifest.harness_version.clone(),
        domains: counted.iter().map(|domain| domain.name.clone()).collect(),
        meter_key: meter_key(&counted),
        control,
    };
    let path = match state::of_machine(&manifest.hardware.key) {
        Ok(folder) => folder.join(CONTROL_HISTORY),
        Err(stop) => {
            alone.notes.push(not_kept(&stop));
            return Ok(alone);
        }
    };
    let (fit, notes) = enter(&path, &session);
    let mut judged = qualify(alone.facts, Some(&fit));
    judged.notes.extend(notes);
    Ok(judged)
}

/// How the session lies to earlier ones, with what is to be noted; then it is one of them.
fn enter(path: &Path, session: &ControlSession) -> (Fit, Vec<String>) {
    let (earlier, unread) = state::entries::<ControlSession>(path);
    let lost =
        || format!("lines of the machine's history that this version cannot read do not count: {unread}");
    let mut notes: Vec<String> = (unread > 0).then(lost).into_iter().collect();
    notes.extend(state::append(path, session).err().map(|stop| not_kept(&stop)));
    (fit(&earlier, session), notes)
}

/// The run's data are worth more than the history: that it was not kept is a note.
fn not_kept(stop: &Stop) -> String {
    let told = without_home(&stop.to_string());
    format!("the session did not enter the machine's history: {}", told.lines().next().unwrap_or_default())
}

fn gather(windows: &[WindowRecord], manifest: &Manifest, fitness: &Fitness) -> Facts {
    let mut found = facts(windows, CONTROL_VERSION);
    found.exclusive = manifest.exclusive;
    match fitness.warmth.facts() {
        Ok(warmth) => found.warmth = Some(warmth),
        Err(why) => found.warmth_why = Some(why),
    }
    if let Some(NoControl { why, excused }) = fitness.no_control.as_ref().filter(|_| found.control.is_none())
    {
        (found.control_why, found.control_excused) = (Some(why.clone()), *excused);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use harness_meter::Class;

    use super::*;
    use crate::machine::{Control, ControlFacts};

    fn session(joules: f64) -> ControlSession {
        let first = Control { joules, seconds: 4.0 };
        ControlSession {
            utc: "2026-01-01T00:00:00Z".into(),
            harness_version: "1".into(),
            domains: vec!["package:0".into()],
            meter_key: "a".into(),
            control: ControlFacts { version: 1, class: Class::Counter, first, last: None },
        }
    }

    #[test]
    fn sessions_enter_the_history_and_the_fifth_is_held_against_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machines/a/control.jsonl");
        for (count, joules) in [40.0, 40.2, 39.9, 40.1].into_iter().enumerate() {
            assert_eq!(enter(&path, &session(joules)), (Fit::Short(count), Vec::new()));
        }
        assert_eq!(enter(&path, &session(40.1)), (Fit::Inside(4), Vec::new()));
        assert!(matches!(enter(&path, &session(48.0)).0, Fit::Outside(_)));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 6);
    }

    #[test]
    fn torn_lines_and_those_of_newer_versions_are_noted_and_a_closed_folder_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.jsonl");
        fs::write(&path, "{\"utc\": \"2026\n{\"of\": \"another version\"}\n").unwrap();
        let (fit, notes) = enter(&path, &session(40.0));
        assert_eq!(fit, Fit::Short(0));
        assert!(notes.len() == 1 && notes[0].ends_with("do not count: 2"), "{notes:?}");
        let (fit, notes) = enter(Path::new("/dev/null/control.jsonl"), &session(40.0));
        assert_eq!(fit, Fit::Short(0));
        let entered = "did not enter the machine's history: cannot write";
        assert!(notes.iter().any(|note| note.contains(entered)), "{notes:?}");
    }
}
