//! The numbers of a calibration as a table.

use comfy_table::{CellAlignment, ColumnConstraint, Table};
use harness_meter::calibrate::{DomainNumbers, Idle, Overhead, Rule};
use harness_meter::{Calibration, Class};

use super::fill::fill;
use super::page::{WIDTH, table};
use super::quantity::{si, time};

/// Standard errors on each side of a 95 % interval.
const REACH: f64 = 1.96;

const MISSING: &str = "–";

/// The table, what was wrong, and how the sampler did.
pub fn calibration(numbers: &Calibration) -> String {
    let classes: Vec<Class> = numbers.domains.iter().map(|domain| domain.class).collect();
    let one = classes.first().filter(|first| classes.iter().all(|class| class == *first));
    let mut heads = vec!["domain", "updated", "step", "read µs", "idle W", "drift W", "wraps", "window"];
    if one.is_none() {
        heads.insert(1, "class");
    }
    let mut table: Table = table(&heads);
    for domain in &numbers.domains {
        let mut cells = row(domain);
        if one.is_none() {
            cells.insert(1, domain.class.to_string());
        }
        table.add_row(cells);
    }
    let last = heads.len() - 1;
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_constraint(ColumnConstraint::ContentWidth);
        if index >= heads.len() - 7 && index <= last {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut page = table.trim_fmt();
    page.push('\n');
    if let Some(class) = one {
        page += &fill(&format!("All of class {class}. {LEGEND}"), "", "", WIDTH);
    } else {
        page += &fill(LEGEND, "", "", WIDTH);
    }
    for domain in &numbers.domains {
        page += &troubles(domain);
    }
    page += &fill(&sampler(numbers), "", "", WIDTH);
    page
}

const LEGEND: &str = "updated: time between two updates; step: smallest one declared; read: one reading of \
    the meter, median / p99; ±: 95 %, idle power with gain; drift: second half less first; wraps: at idle \
    power; window: shortest honest one at idle power (u: for its edges, n: for 50 updates).";

fn row(domain: &DomainNumbers) -> Vec<String> {
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| MISSING.to_owned());
    vec![
        domain.name.clone(),
        or_missing(domain.update_period_s.map(time)),
        si(domain.resolution_j, "J"),
        or_missing(domain.read.map(|read| format!("{:.0} / {:.0}", read.median_us, read.p99_us))),
        or_missing(domain.idle.map(idle)),
        or_missing(domain.idle.map(|idle| signed(idle.drift_w, idle.drift_u_w))),
        or_missing(domain.wrap_s.map(time)),
        or_missing(domain.shortest_window.map(|window| {
            let rule = match window.because_of {
                Rule::Updates => "n",
                Rule::Uncertainty => "u",
            };
            format!("{} {rule}", time(window.seconds))
        })),
    ]
}

/// Power, and how far it may be off altogether.
fn idle(idle: Idle) -> String {
    let reach = REACH * idle.u_indep_w.hypot(idle.u_scale_rel * idle.power_w);
    let places = places(reach);
    format!("{:.places$} ± {reach:.places$}", idle.power_w)
}

fn signed(value: f64, u: f64) -> String {
    let places = places(REACH * u);
    let text = format!("{value:+.places$} ± {:.places$}", REACH * u);
    // What rounds to nothing has no sign.
    match text.strip_prefix(['-', '+']) {
        Some(rest) if value.abs() < 0.5 * 0.1_f64.powi(places as i32) => rest.to_owned(),
        _ => text,
    }
}

/// Decimal places that show two digits of an uncertainty, at most three.
fn places(u: f64) -> usize {
    match u {
        u if u >= 10.0 => 0,
        u if u >= 1.0 => 1,
        u if u >= 0.1 => 2,
        _ => 3,
    }
}

/// What went wrong with one domain.
fn troubles(domain: &DomainNumbers) -> String {
    let mut phrases = Vec::new();
    if let Some(why) = domain.missing.get("idle") {
        phrases.push(format!("no power: {why}"));
    }
    if !domain.faults.is_empty() {
        let words: Vec<&str> = domain.faults.iter().map(|fault| fault.as_str()).collect();
        phrases.push(format!("readings failed: {}", words.join(", ")));
    }
    if phrases.is_empty() {
        return String::new();
    }
    fill(&format!("`{}`: {}", domain.name, phrases.join("; ")), "", "  ", WIDTH)
}

fn sampler(numbers: &Calibration) -> String {
    let sampler = &numbers.sampler;
    let late = |late: Option<f64>| late.map_or(MISSING.to_owned(), |late| si(late * 1e-6, "s"));
    let mut text = format!(
        "Sampler: {} rounds, one each {}, late by {} (median), {} (p99); {:.3} % of one core",
        sampler.rounds,
        time(sampler.period_s),
        late(sampler.late_median_us),
        late(sampler.late_p99_us),
        sampler.core_rel * 100.0
    );
    let seen: Vec<String> = numbers
        .domains
        .iter()
        .filter_map(|domain| domain.overhead.map(|overhead| adds(&domain.name, overhead)))
        .collect();
    if seen.is_empty() {
        text += "; no hardware counter shows what that adds.";
    } else {
        text += &format!(". It adds {}.", seen.join(", "));
    }
    text
}

fn adds(name: &str, overhead: Overhead) -> String {
    format!("{} W to {name}", signed(overhead.difference_w, overhead.u_w))
}
