//! Whether the machine was fit: the run's own facts, and the control workload against its history on this machine.

use anyhow::Result;
use harness_meter::Domain;

use super::cell::Bench;
use super::control::NoControl;
use super::warmth::Warmth;
use crate::control::CONTROL_VERSION;
use crate::machine::{CONTROL_HISTORY, ControlSession, Facts, Qualification, facts, fit, meter_key, qualify};
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
    let (earlier, unread) = state::entries::<ControlSession>(&path);
    let mut judged = qualify(alone.facts, Some(&fit(&earlier, &session)));
    judged.notes.extend((unread > 0).then(|| {
        format!("lines of the machine's history that this version cannot read do not count: {unread}")
    }));
    judged.notes.extend(state::append(&path, &session).err().map(|stop| not_kept(&stop)));
    Ok(judged)
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
