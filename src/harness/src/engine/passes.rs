//! The passes of a window, held against what was asked while they come.

use std::collections::HashMap;

use harness_protocol::{MAX_CLOCK_SKEW_NS, Reply};

use super::asked::{Asked, check_stretch};
use super::failure::CellFailure;
use super::generation::Generation;

/// Most generations of a window: more would fill the memory.
const MOST_RUNS: usize = 1 << 22;

/// A window that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// It was opened, ns.
    pub start_ns: i64,
    /// It was closed, ns.
    pub end_ns: i64,
    /// Whole passes, at least one.
    pub passes: u32,
    /// Every generation; each item once in every pass.
    pub runs: Vec<Generation>,
}

/// A window that is open.
pub(super) struct Passes<'a> {
    asked: &'a Asked,
    start_ns: i64,
    least_ns: i64,
    runs: Vec<Generation>,
    /// The last run of each item.
    last: HashMap<u32, Generation>,
}

impl<'a> Passes<'a> {
    /// Opens a window that was asked for at `sent_ns` and is at least `least_ns` long.
    ///
    /// # Errors
    /// The time cannot be true.
    pub(super) fn open(
        asked: &'a Asked,
        start_ns: i64,
        least_ns: i64,
        asked_ns: (i64, i64),
    ) -> Result<Self, CellFailure> {
        check_stretch("the window's beginning", (start_ns, start_ns), asked_ns)?;
        Ok(Self { asked, start_ns, least_ns, runs: Vec::new(), last: HashMap::new() })
    }

    /// Takes a reply that came at `heard_ns`; the window, where it is over.
    ///
    /// # Errors
    /// The reply contradicts what was asked, the clock, or what came before.
    pub(super) fn take(&mut self, reply: &Reply, heard_ns: i64) -> Result<Option<Window>, CellFailure> {
        if let Reply::WindowEnd { t_ns, passes, device_synced } = *reply {
            return self.close(t_ns, passes, device_synced, heard_ns).map(Some);
        }
        let run = Generation::from_reply(reply)
            .ok_or_else(|| CellFailure::failed("something other than items came inside the window"))?;
        self.check(&run, heard_ns)?;
        self.last.insert(run.id, run);
        self.runs.push(run);
        Ok(None)
    }

    fn check(&self, run: &Generation, heard_ns: i64) -> Result<(), CellFailure> {
        let Generation { id, pass, t0_ns, first_ns, t1_ns, out } = *run;
        let failed = |reason: String| Err(CellFailure::failed(reason));
        let Some(most) = self.asked.most(id) else {
            return failed(format!("the window holds items that nobody asked for: item {id}"));
        };
        let before = self.last.get(&id);
        let due = before.map_or(0, |before| before.pass + 1);
        if pass != due {
            return failed(format!("item {id} ran in pass {pass}, expected pass {due}"));
        }
        if out > most {
            return failed(format!("item {id} ran longer than asked: {out} tokens of at most {most}"));
        }
        let first_ns = if out > 0 { first_ns } else { t0_ns };
        let earliest = before.map_or(self.start_ns, |before| before.t1_ns);
        let latest = heard_ns.saturating_add(MAX_CLOCK_SKEW_NS);
        if t0_ns < earliest || first_ns < t0_ns || t1_ns < first_ns || t1_ns <= t0_ns || t1_ns > latest {
            return failed(format!("item {id} ran outside the window, or in no time"));
        }
        if self.runs.len() >= MOST_RUNS {
            return failed(format!(
                "the window holds more than {MOST_RUNS} generations: make `run.min-window` shorter"
            ));
        }
        Ok(())
    }

    fn close(
        &mut self,
        end_ns: i64,
        passes: u32,
        synced: bool,
        heard_ns: i64,
    ) -> Result<Window, CellFailure> {
        if !synced {
            return Err(CellFailure::failed("the device was still working when the window ended"));
        }
        check_stretch("the window", (self.start_ns, end_ns), (self.start_ns, heard_ns))?;
        for id in self.asked.items.keys() {
            let count = self.last.get(id).map_or(0, |run| run.pass + 1);
            if count != passes {
                return Err(CellFailure::failed(format!("item {id} ran {count} times in {passes} passes")));
            }
        }
        if passes == 0 {
            return Err(CellFailure::failed("the window holds no whole pass"));
        }
        if let Some(run) = self.last.values().find(|run| run.t1_ns > end_ns) {
            return Err(CellFailure::failed(format!(
                "item {} ran outside the window, or in no time",
                run.id
            )));
        }
        if end_ns - self.start_ns < self.least_ns {
            let (length, least) = (end_ns - self.start_ns, self.least_ns);
            return Err(CellFailure::failed(format!(
                "the window was closed after {length} ns, asked for were at least {least}"
            )));
        }
        Ok(Window { start_ns: self.start_ns, end_ns, passes, runs: std::mem::take(&mut self.runs) })
    }
}
