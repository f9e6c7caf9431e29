//! The numbers of a calibration as a table.

use comfy_table::{CellAlignment, ColumnConstraint};
use harness_meter::calibrate::{DomainNumbers, Idle, Overhead, Rule};
use harness_meter::{Calibration, Class};

use super::fill::fill;
use super::quantity::{si, time};
use crate::ruled::{WIDTH, table};

/// Standard errors on each side of a 95 % interval.
const REACH: f64 = 1.96;

const MISSING: &str = "–";

/// The table, what was wrong, and how the sampler did.
pub fn calibration(numbers: &Calibration) -> String {
    let mut table = table(&["domain", "updated", "step", "read µs", "idle W", "drift W", "wraps", "window"]);
    let mut above: Option<&str> = None;
    for domain in &numbers.domains {
        let view =
            above.and_then(|above| domain.name.strip_prefix(above)).filter(|rest| rest.starts_with('@'));
        let name = view.map_or(domain.name.clone(), |view| format!("  {view}"));
        if view.is_none() {
            above = Some(&domain.name);
        }
        table.add_row(row(name, domain));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_constraint(ColumnConstraint::ContentWidth);
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut page = table.trim_fmt();
    page.push('\n');
    page += &fill(&format!("{} {LEGEND}", classes(&numbers.domains)), "", "", WIDTH);
    for domain in &numbers.domains {
        page += &troubles(domain);
    }
    page += &fill(&sampler(numbers), "", "", WIDTH);
    page
}

/// Which class the domains have.
fn classes(domains: &[DomainNumbers]) -> String {
    let mut groups: Vec<(Class, Vec<&str>)> = Vec::new();
    for domain in domains {
        match groups.iter_mut().find(|(class, _)| *class == domain.class) {
            Some((_, names)) => names.push(&domain.name),
            None => groups.push((domain.class, vec![&domain.name])),
        }
    }
    let texts: Vec<String> = match &groups[..] {
        [(class, _)] => vec![class.to_string()],
        groups => groups.iter().map(|(class, names)| format!("{class} ({})", names.join(", "))).collect(),
    };
    format!("Class: {}.", texts.join(", "))
}

const LEGEND: &str = "updated: time between two updates; step: the smallest, as declared; read: one reading, \
    median/p99; idle: ± 95 %, gain included; drift: second half less first; wraps, window: at idle power; \
    window: the shortest honest one (n: by 50 updates, u: by its edges' uncertainty).";

fn row(name: String, domain: &DomainNumbers) -> Vec<String> {
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| MISSING.to_owned());
    vec![
        name,
        or_missing(domain.update_period_s.map(time)),
        si(domain.resolution_j, "J"),
        or_missing(domain.read.map(|read| format!("{:.0}/{:.0}", read.median_us, read.p99_us))),
        or_missing(domain.idle.map(idle)),
        or_missing(domain.idle.map(drift)),
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

/// The change of power, or what it is certainly below.
fn drift(idle: Idle) -> String {
    let reach = REACH * idle.drift_u_w;
    let places = places(reach);
    if idle.drift_w.abs() > reach {
        return format!("{:+.places$}", idle.drift_w).replace('-', "−");
    }
    let most = idle.drift_w.abs() + reach;
    if most == 0.0 { "0".to_owned() } else { format!("<{:.places$}", most.max(0.001)) }
}

/// A difference and its 95 % interval.
fn signed(value: f64, u: f64) -> String {
    let places = places(REACH * u);
    let text = format!("{value:+.places$} ± {:.places$}", REACH * u);
    // What rounds to nothing has no sign.
    match text.strip_prefix(['-', '+']) {
        Some(rest) if value.abs() < 0.5 * 0.1_f64.powi(places as i32) => rest.to_owned(),
        _ => text.replace('-', "−"),
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
