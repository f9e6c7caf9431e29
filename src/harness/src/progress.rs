//! What a person sees while waiting: plain lines on standard error, one a cell.

use std::time::Duration;

use crate::record::{CellRecord, Phase, Status, WindowRecord};

/// A share of the processor that changes what the rest of it does.
const FELT: f64 = 0.03;

/// One sentence.
pub fn say(sentence: &str) {
    eprintln!("{sentence}");
}

/// How a cell ended, and how long the rest may take.
pub fn cell(done: usize, of: usize, cell: &CellRecord, windows: &[WindowRecord], left: Duration) -> String {
    let width = of.to_string().len();
    let head = format!("[{done:>width$}/{of}] block {}  {}  {}", cell.block, cell.task, cell.variant);
    let told = match cell.status {
        Status::Ok => measured(cell, windows) + &again(windows),
        _ => format!("no measurement: {}", cell.reason.as_deref().unwrap_or("no reason")),
    };
    format!("{head}  {told}  ~{} left", minutes(left))
}

fn measured(cell: &CellRecord, windows: &[WindowRecord]) -> String {
    let window = windows.iter().rfind(|window| window.phase == Phase::Window);
    let tasks = f64::from(cell.items) * f64::from(cell.passes.unwrap_or(0));
    match window.map(|window| (window.energy_j, window.reason())) {
        Some((Some(energy), _)) => format!("{:.4} J/task{}", energy / tasks, busy(window)),
        Some((None, Some(reason))) => format!("no energy: {reason}"),
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
