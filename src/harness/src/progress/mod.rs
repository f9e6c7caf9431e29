//! What a person sees while waiting: plain lines on standard error, one a cell; and what a program sees.

mod event;

use std::io::{self, Write};
use std::time::Duration;

use harness_text::printable;

pub use event::{Event, are_events_wanted, of_cell, tell, want_events};

use crate::record::{CellRecord, Phase, Status, WindowRecord};

/// A share of the processor that changes what the rest of it does.
const FELT: f64 = 0.03;

/// One sentence.
pub fn say(sentence: &str) {
    say_line(sentence);
    tell(|| Event::Note { text: sentence.to_owned() });
}

/// A line for people alone. A reader that has gone, a closed terminal and a full disk change nothing in what is measured.
pub fn say_line(line: &str) {
    let line = printable::page(line);
    // One write, so that lines of two programs do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// What the gates answered after a block.
pub fn look(blocks: u16, verdict: &str, open: usize) {
    let limits = if open == 1 { "limit" } else { "limits" };
    say_line(&format!("gate after {blocks} blocks: {verdict}, {open} {limits} open"));
    tell(|| Event::Look { blocks, verdict: verdict.to_owned(), open });
}

/// How a cell ended, how many there are, and how long the rest may take; None: nobody knows.
pub fn cell(
    done: usize,
    of: Option<usize>,
    cell: &CellRecord,
    windows: &[WindowRecord],
    left: Option<Duration>,
) -> String {
    let count =
        of.map_or(done.to_string(), |of| format!("{done:>width$}/{of}", width = of.to_string().len()));
    let [task, variant] = [&cell.task, &cell.variant].map(|name| printable::short(name));
    let head = format!("[{count}] block {}  {task}  {variant}", cell.block);
    let told = match cell.status {
        Status::Ok => measured(cell, windows) + &again(windows),
        _ => format!("no measurement: {}", printable::short(cell.reason.as_deref().unwrap_or("no reason"))),
    };
    let left = left.map_or(String::new(), |left| format!("  ~{} left", minutes(left)));
    format!("{head}  {told}{left}")
}

fn measured(cell: &CellRecord, windows: &[WindowRecord]) -> String {
    let window = windows.iter().rfind(|window| window.phase == Phase::Window);
    let tasks = f64::from(cell.items) * f64::from(cell.passes.unwrap_or(0));
    match window.map(|window| (window.energy_j, window.reason())) {
        Some((Some(energy), _)) => format!("{:.4} J/task{}", energy / tasks, busy(window)),
        Some((None, Some(reason))) => format!("no energy: {}", printable::short(&reason)),
        _ => "no energy".to_owned(),
    }
}

/// How often others disturbed the window.
fn again(windows: &[WindowRecord]) -> String {
    let mut disturbed: Vec<i64> = windows
        .iter()
        .filter(|window| window.phase == Phase::Disturbed)
        .map(|window| window.t_start_ns)
        .collect();
    disturbed.dedup();
    match disturbed.len() {
        0 => String::new(),
        times => format!("  (disturbed {times} ×, measured again)"),
    }
}

/// Who else used the processor, where it is enough to be felt.
fn busy(window: Option<&WindowRecord>) -> String {
    let said = |share: fn(&WindowRecord) -> Option<f64>, who: &str| {
        let share = window.and_then(share).filter(|share| *share > FELT)?;
        Some(format!("  ({who} {:.0} % of the processor)", 100.0 * share))
    };
    let others = said(|window| window.conditions.foreign_load_rel, "other programs took");
    let host = said(|window| window.conditions.steal_rel, "the host gave others");
    others.into_iter().chain(host).collect()
}

/// A length of time as people say it.
pub fn minutes(length: Duration) -> String {
    match length.as_secs() {
        seconds @ 0..=90 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
