//! A stretch of time becomes rows: one a domain, and their total.

use harness_meter::{Class, Domain, Reading, Rules, Sample, Sampler, Seconds, measure};

use super::load::Shares;
use crate::record::{Phase, WindowRecord};

/// The name of the row that adds up the others.
pub const TOTAL: &str = "total";

/// Phases beside the window are browsed, not compared: an edge may weigh more there.
const FEWEST_UPDATES_BESIDE: u32 = 5;

/// A stretch of time to be measured.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The cell; None for the whole run.
    pub cell: Option<u32>,
    /// What was going on.
    pub phase: Phase,
    /// First edge, ns.
    pub start_ns: i64,
    /// Second edge, ns.
    pub end_ns: i64,
    /// How busy the machine was with other things.
    pub shares: Option<Shares>,
}

/// Loaded idle power by row: the domains in order, then the total; W.
pub type IdlePower = Vec<Option<f64>>;

/// Measures a stretch in every chosen domain (by index into the sampler's), then their total.
pub fn records(
    sampler: &Sampler,
    chosen: &[u16],
    stretch: &Stretch,
    idle: Option<&IdlePower>,
) -> Vec<WindowRecord> {
    let samples = sampler.samples(stretch.start_ns, stretch.end_ns);
    let mut rules = Rules::default();
    if stretch.phase != Phase::Window {
        rules.min_updates = FEWEST_UPDATES_BESIDE;
    }
    let mut rows: Vec<WindowRecord> = Vec::new();
    for index in chosen {
        let domain = &sampler.domains()[usize::from(*index)];
        let own: Vec<Sample> = samples.iter().filter(|sample| sample.domain == *index).cloned().collect();
        let reading = measure(domain, &own, stretch.start_ns, stretch.end_ns, &rules);
        rows.push(row(stretch, domain, &reading));
    }
    rows.extend(total(&rows));
    for (row, idle) in rows.iter_mut().zip(idle.into_iter().flatten()) {
        row.idle_w = *idle;
        row.energy_net_j = row.energy_j.zip(*idle).map(|(energy, idle)| energy - idle * row.seconds);
    }
    rows
}

/// Mean power of each row, for use as a baseline; W.
pub fn power(rows: &[WindowRecord]) -> IdlePower {
    rows.iter().map(|row| row.energy_j.map(|energy| energy / row.seconds)).collect()
}

fn row(stretch: &Stretch, domain: &Domain, reading: &Reading) -> WindowRecord {
    WindowRecord {
        cell: stretch.cell,
        phase: stretch.phase,
        domain: domain.name.clone(),
        meter: domain.meter.clone(),
        class: domain.class,
        t_start_ns: stretch.start_ns,
        t_end_ns: stretch.end_ns,
        seconds: Seconds::between(stretch.start_ns, stretch.end_ns).0,
        energy_j: reading.energy.map(|energy| energy.0),
        energy_net_j: None,
        u_indep_j: reading.u_indep.map(|energy| energy.0),
        u_scale_rel: reading.u_scale_rel,
        u_model_rel: (domain.class == Class::Estimated).then_some(domain.model_error),
        updates: reading.updates,
        update_period_s: reading.update_period.map(|period| period.0),
        resolution_j: reading.resolution.map(|energy| energy.0),
        max_gap_s: reading.max_gap.map(|gap| gap.0),
        idle_w: None,
        valid: reading.valid,
        reason: reading.reason.as_ref().map(ToString::to_string),
        throttled: None,
        temp_start_c: None,
        temp_end_c: None,
        steal_rel: stretch.shares.map(|shares| shares.steal),
        foreign_load_rel: stretch.shares.map(|shares| shares.foreign),
        formula: None,
    }
}

/// The sum of all rows; None where there is nothing to add or classes mix.
fn total(rows: &[WindowRecord]) -> Option<WindowRecord> {
    let first = rows.first()?;
    if rows.iter().any(|row| row.class != first.class) {
        return None;
    }
    let energy = rows.iter().map(|row| row.energy_j).sum::<Option<f64>>();
    let broken = rows.iter().find(|row| row.reason.is_some());
    let weighted = |part: fn(&WindowRecord) -> Option<f64>| -> Option<f64> {
        let sum = rows.iter().map(|row| Some(part(row)? * row.energy_j?)).sum::<Option<f64>>()?;
        energy.filter(|energy| *energy > 0.0).map(|energy| sum / energy)
    };
    let mut meters: Vec<&str> = rows.iter().map(|row| row.meter.as_str()).collect();
    meters.dedup();
    let squares = rows.iter().map(|row| row.u_indep_j.map(|u| u * u)).sum::<Option<f64>>();
    Some(WindowRecord {
        domain: TOTAL.to_owned(),
        meter: meters.join("+"),
        energy_j: energy,
        u_indep_j: squares.map(f64::sqrt),
        // Scales may err together: their sizes add, not their squares.
        u_scale_rel: weighted(|row| row.u_scale_rel),
        u_model_rel: weighted(|row| row.u_model_rel),
        updates: rows.iter().map(|row| row.updates).min().unwrap_or(0),
        update_period_s: rows.iter().filter_map(|row| row.update_period_s).reduce(f64::max),
        resolution_j: rows.iter().map(|row| row.resolution_j).sum(),
        max_gap_s: rows.iter().filter_map(|row| row.max_gap_s).reduce(f64::max),
        valid: rows.iter().all(|row| row.valid),
        reason: broken.map(|row| format!("{}: {}", row.domain, row.reason.clone().unwrap_or_default())),
        formula: Some(rows.iter().map(|row| row.domain.as_str()).collect::<Vec<_>>().join("+")),
        ..first.clone()
    })
}
