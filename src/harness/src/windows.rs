//! A stretch of time becomes rows: one a domain, and the total of those that count.

use harness_meter::{
    Class, Conditions, Domain, Place, Reading, Reason, Rules, Sample, Sampler, Seconds, cross_check, measure,
    total,
};

use serde::{Deserialize, Serialize};

use crate::record::{Phase, TOTAL, Why, WindowConditions, WindowRecord};

/// Phases beside the window are browsed, not compared: an edge may weigh more there.
const FEWEST_UPDATES_BESIDE: u32 = 5;

/// Readings this far beyond the edges are looked at for updates.
pub const BEYOND_NS: i64 = 2_000_000_000;

/// Where the idle power that net energy takes off comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Baseline {
    /// Idle with the model loaded, of the same variant and task: as runs do.
    IdleLoaded,
    /// Idle of the machine before the first cell.
    IdleMachine,
    /// No net energy.
    None,
}

/// A stretch of time to be measured.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The cell; None for the whole run.
    pub cell: Option<u32>,
    /// Number of the program's call that measures it.
    pub session: u16,
    /// What was going on.
    pub phase: Phase,
    /// First edge, ns.
    pub start_ns: i64,
    /// Second edge, ns.
    pub end_ns: i64,
    /// How the machine was; what concerns one device is filled in here.
    pub conditions: WindowConditions,
}

/// When a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// What the meters' readings must fulfil.
    #[serde(flatten)]
    pub rules: Rules,
    /// Largest share of the time that the hypervisor may give to others.
    pub steal: f64,
    /// Largest share of the processor time that other programs may take.
    pub foreign_load: f64,
}

/// Raw readings of a run, from a sampler or a file.
pub struct Readings<'a> {
    /// What was read.
    pub domains: &'a [Domain],
    /// In the order in which they were taken; `domain` is an index into `domains`.
    pub samples: &'a [Sample],
}

/// Idle power by row: the domains in order, then the total; W.
pub type IdlePower = Vec<Option<f64>>;

/// Measures a stretch in every domain, then the total of the counted ones (by index).
pub fn records(
    sampler: &Sampler,
    counted: &[u16],
    stretch: &Stretch,
    idle: Option<&IdlePower>,
    limits: &Limits,
) -> Vec<WindowRecord> {
    let samples = sampler.samples(stretch.start_ns - BEYOND_NS, stretch.end_ns + BEYOND_NS);
    let said =
        |index: u16| device_conditions(&sampler.conditions(index, stretch.start_ns, stretch.end_ns), stretch);
    let readings = Readings { domains: sampler.domains(), samples: &samples };
    rows(&readings, counted, stretch, idle, limits, said)
}

/// The total of a window that nobody compares: it may be short, and others may work beside it.
///
/// # Errors
/// The meters' domains do not add up.
pub fn uncompared(
    sampler: &Sampler,
    counted: &[u16],
    start_ns: i64,
    end_ns: i64,
) -> Result<WindowRecord, String> {
    let limits = Limits { rules: Rules::default(), steal: 1.0, foreign_load: 1.0 };
    let stretch = Stretch {
        cell: None,
        session: 0,
        // A phase that is not judged: fewer updates are enough.
        phase: Phase::WarmUp,
        start_ns,
        end_ns,
        conditions: WindowConditions::default(),
    };
    let rows = records(sampler, counted, &stretch, None, &limits);
    let total = rows.into_iter().find(|row| row.domain == TOTAL);
    total.ok_or_else(|| "the meters' domains do not add up".to_owned())
}

/// The same from stored readings; `said` tells the conditions of a domain.
pub fn rows(
    readings: &Readings,
    counted: &[u16],
    stretch: &Stretch,
    idle: Option<&IdlePower>,
    limits: &Limits,
    said: impl Fn(u16) -> WindowConditions,
) -> Vec<WindowRecord> {
    let mut rules = limits.rules;
    if !stretch.phase.is_judged() {
        rules.min_updates = rules.min_updates.min(FEWEST_UPDATES_BESIDE);
    }
    let conditions: Vec<WindowConditions> = (0..).take(readings.domains.len()).map(said).collect();
    let read = |(index, domain): (usize, &Domain)| {
        let own = readings.samples.iter().filter(|sample| usize::from(sample.domain) == index);
        let own: Vec<Sample> = own.copied().collect();
        // What only checks needs no sharp edges: its uncertainty widens what counts as agreement.
        let fewest = if domain.witness_of.is_some() { FEWEST_UPDATES_BESIDE } else { u32::MAX };
        let rules = Rules { min_updates: rules.min_updates.min(fewest), ..rules };
        let mut reading = measure(domain, &own, stretch.start_ns, stretch.end_ns, &rules);
        if let Some(reason) = spoiled(domain, stretch.phase, &conditions[index], limits) {
            reading.refuse(reason);
        }
        reading
    };
    let mut measured: Vec<Reading> = readings.domains.iter().enumerate().map(read).collect();
    for (index, witness) in readings.domains.iter().enumerate() {
        let of = readings.domains.iter().position(|domain| Some(&domain.name) == witness.witness_of.as_ref());
        if let Some(of) = of {
            let other = measured[index].clone();
            cross_check(&mut measured[of], witness, &other, &rules);
        }
    }
    let whole = conditions.iter().zip(readings.domains).zip(&measured);
    let mut rows: Vec<WindowRecord> =
        whole.map(|((conditions, domain), reading)| row(stretch, domain, reading, conditions)).collect();
    rows.extend(total_row(readings, counted, stretch, &measured, &conditions));
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

impl Limits {
    /// What others on the machine did during a window that goes beyond these limits.
    pub fn disturbance(&self, conditions: &WindowConditions) -> Option<Reason> {
        let above = |share: Option<f64>, limit: f64| share.filter(|share| *share > limit);
        if let Some(rel) = above(conditions.steal_rel, self.steal) {
            return Some(Reason::Stolen { rel, limit: self.steal });
        }
        if let Some(rel) = above(conditions.quota_throttled_rel, self.steal) {
            return Some(Reason::HeldBack { rel, limit: self.steal });
        }
        let foreign = above(conditions.foreign_load_rel, self.foreign_load);
        foreign.map(|rel| Reason::ForeignLoad { rel, limit: self.foreign_load })
    }
}

/// What makes a measured window say too little about the engine. Other programs and the hypervisor also spoil
/// an estimate: they take caches and cores from the engine, which then needs more processor time for the same
/// work. What is made up is not touched by the machine.
fn spoiled(domain: &Domain, phase: Phase, conditions: &WindowConditions, limits: &Limits) -> Option<Reason> {
    if !phase.is_watched() || domain.class == Class::Simulated {
        return None;
    }
    if conditions.throttled == Some(true) {
        return Some(Reason::Throttled(conditions.throttle.clone().unwrap_or_default()));
    }
    // Nobody computes on a GPU's watts but who is on the GPU.
    if matches!(domain.place, Place::Gpu(_)) {
        return None;
    }
    limits.disturbance(conditions)
}

/// What was said about a device between the edges and last before them.
fn device_conditions(said: &[(i64, Conditions)], stretch: &Stretch) -> WindowConditions {
    let last = said.last().map(|(_, last)| last);
    let mut reasons: Vec<String> =
        said.iter().filter_map(|(_, said)| said.throttle.clone()).flatten().collect();
    reasons.sort_unstable();
    reasons.dedup();
    let tells = said.iter().any(|(_, said)| said.throttle.is_some());
    let clocks: Vec<f64> = said.iter().filter_map(|(_, said)| said.clock_mhz).collect();
    WindowConditions {
        throttled: tells.then_some(!reasons.is_empty()),
        throttle: (!reasons.is_empty()).then(|| reasons.join("+")),
        temp_start_c: said.first().and_then(|(_, first)| first.temperature_c),
        temp_end_c: last.and_then(|last| last.temperature_c),
        clock_mhz: (!clocks.is_empty()).then(|| clocks.iter().sum::<f64>() / clocks.len() as f64),
        power_limit_w: last.and_then(|last| last.power_limit_w),
        foreign_processes: said.iter().filter_map(|(_, said)| said.foreign_processes).max(),
        ..stretch.conditions.clone()
    }
}

fn row(stretch: &Stretch, domain: &Domain, reading: &Reading, conditions: &WindowConditions) -> WindowRecord {
    WindowRecord {
        cell: stretch.cell,
        session: stretch.session,
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
        disagreement_rel: reading.disagreement_rel,
        valid: reading.valid,
        why: reading.reason.as_ref().map(Why::from),
        spoiled_by: None,
        conditions: conditions.clone(),
        formula: None,
    }
}

/// The sum of the counted domains; None where there is nothing to add or classes mix.
fn total_row(
    readings: &Readings,
    counted: &[u16],
    stretch: &Stretch,
    measured: &[Reading],
    conditions: &[WindowConditions],
) -> Option<WindowRecord> {
    let parts: Vec<(&Domain, &Reading)> = counted
        .iter()
        .filter_map(|index| {
            Some((readings.domains.get(usize::from(*index))?, measured.get(usize::from(*index))?))
        })
        .collect();
    let sum = total(&parts).ok()?;
    let mut meters: Vec<&str> = parts.iter().map(|(domain, _)| domain.meter.as_str()).collect();
    meters.dedup();
    // Where one device counts, its conditions are those of the total.
    let conditions = match counted {
        [only] => conditions.get(usize::from(*only)).cloned().unwrap_or_default(),
        _ => stretch.conditions.clone(),
    };
    let whole = Domain {
        name: TOTAL.to_owned(),
        meter: meters.join("+"),
        class: sum.class,
        model_error: sum.model_error,
        ..parts.first()?.0.clone()
    };
    Some(WindowRecord {
        spoiled_by: sum.spoiled_by.map(|domain| domain.to_string()),
        formula: Some(sum.formula),
        ..row(stretch, &whole, &sum.reading, &conditions)
    })
}
