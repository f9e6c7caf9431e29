//! What a program sees while a run goes on: JSON lines on standard output, one an event.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use harness_text::printable;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::record::{CellRecord, Phase, Status, WindowRecord};

/// Whether events are written.
static WANTED: AtomicBool = AtomicBool::new(false);

/// One event; `event` names it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run has its folder.
    Begun {
        /// The suite's name.
        suite: String,
        /// The run folder.
        folder: String,
        /// Planned cells; the most, where blocks go on until the gates are answered.
        cells: usize,
        /// Planned blocks.
        blocks: u16,
        /// Names of the variants.
        variants: Vec<String>,
        /// Names of the tasks.
        tasks: Vec<String>,
    },
    /// A sentence, as people see it on standard error.
    Note {
        /// The sentence.
        text: String,
    },
    /// A cell is over and stored.
    Cell {
        /// Its number, from 0.
        cell: u32,
        /// Its block, from 0.
        block: u16,
        /// The task.
        task: String,
        /// The variant.
        variant: String,
        /// `ok`, `failed`, `skipped` or `timeout`.
        status: String,
        /// Why it is not `ok`, or why there is no energy; None: there is energy.
        reason: Option<String>,
        /// Energy of the window, J; None: it is not valid.
        energy_j: Option<f64>,
        /// Length of the window, s.
        seconds: Option<f64>,
        /// Items times passes of the window.
        tasks_done: Option<u64>,
        /// How the energy came about.
        class: Option<String>,
    },
    /// The gates were asked after a block.
    Look {
        /// Blocks that were over.
        blocks: u16,
        /// The answer of all together.
        verdict: String,
        /// Limits without a decision.
        open: usize,
    },
    /// A run is over.
    Finished {
        /// The run folder.
        folder: String,
        /// The exit code.
        code: u8,
        /// The gates' report, see `harness schema --of gate`; None: the suite has none, or the run was interrupted.
        gate: Option<Json>,
        /// What the targets came to, see `harness schema --of targets`; None: the suite has none, or the run was interrupted.
        targets: Option<Json>,
    },
}

/// From now on events are written.
pub fn want_events() {
    WANTED.store(true, Ordering::Relaxed);
}

/// Whether events are written.
pub fn are_events_wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

/// Writes an event, where they are wanted. A reader that has gone changes nothing in what is measured.
pub fn tell(event: impl FnOnce() -> Event) {
    if !are_events_wanted() {
        return;
    }
    if let Ok(line) = serde_json::to_string(&event()) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{}", printable::json(&line)).and_then(|()| out.flush());
    }
}

/// A status as stored.
fn word(status: Status) -> String {
    serde_json::to_value(status).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A cell that is over.
pub fn of_cell(cell: &CellRecord, windows: &[WindowRecord]) -> Event {
    let window = windows.iter().rfind(|window| window.phase == Phase::Window);
    Event::Cell {
        cell: cell.cell,
        block: cell.block,
        task: cell.task.clone(),
        variant: cell.variant.clone(),
        status: word(cell.status),
        reason: cell.reason.clone().or_else(|| window.and_then(WindowRecord::reason)),
        energy_j: window.and_then(|window| window.energy_j),
        seconds: window.map(|window| window.seconds),
        tasks_done: cell.passes.map(|passes| u64::from(passes) * u64::from(cell.items)),
        class: window.map(|window| window.class.to_string()),
    }
}
