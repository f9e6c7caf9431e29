//! Ten thousand made-up counters, read badly: the true energy lies where the stated interval says.
//!
//! Each case is a random power trace, what a counter makes of it (updates with jitter, steps, wraps) and
//! what a sampler sees of that (late readings, a gap, sometimes dense readings around the edges). The
//! truth is the trace's own integral.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test's own helpers may panic")]

use harness_meter::{
    Class, Domain, Joules, Place, Reading, Rules, Sample, SampleKind, Seconds, Watts, Wrap, measure,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CASES: u64 = 10_000;
const SEED: u64 = 20_261_122;

/// Standard deviations of a 95 % interval.
const Z: f64 = 1.96;

/// Piecewise constant power: (seconds from 0, watts), in order of time.
struct Trace(Vec<(f64, f64)>);

impl Trace {
    /// Levels from idle to full load, each held for a random time around `dwell`.
    fn random(rng: &mut ChaCha8Rng, dwell: f64, length: f64) -> Self {
        let (idle, full) = (rng.random_range(5.0..80.0), rng.random_range(100.0..700.0));
        let (mut t, mut pieces) = (0.0, Vec::new());
        while t < length {
            let busy: f64 =
                if rng.random_bool(0.7) { rng.random_range(0.6..1.0) } else { rng.random_range(0.0..0.3) };
            pieces.push((t, idle + (full - idle) * busy));
            t += -dwell * f64::ln(rng.random_range(1e-6..1.0));
        }
        Self(pieces)
    }

    /// Joules from 0 to `end` seconds.
    fn energy(&self, end: f64) -> f64 {
        let last = self.0.partition_point(|piece| piece.0 < end);
        let pieces = &self.0[..last];
        let ends = pieces.iter().skip(1).map(|piece| piece.0).chain([end]);
        pieces.iter().zip(ends).map(|(piece, next)| piece.1 * (next - piece.0)).sum()
    }
}

/// One case: what was true, what was stated, and how it was made.
struct Case {
    truth: f64,
    reading: Reading,
    period: f64,
    length: f64,
    mean: f64,
    resolution: f64,
    /// Usual time between readings.
    poll: f64,
    dense: bool,
    tight_wrap: bool,
    /// Mean time between two changes of power, in periods.
    dwell: f64,
}

fn log_uniform(rng: &mut ChaCha8Rng, from: f64, to: f64) -> f64 {
    f64::exp(rng.random_range(from.ln()..to.ln()))
}

fn case(seed: u64) -> Case {
    made(seed, false)
}

/// A case; blind for longer than a round of its counter if `over_a_round`.
fn made(seed: u64, over_a_round: bool) -> Case {
    let rng = &mut ChaCha8Rng::seed_from_u64(SEED + seed);
    let period = log_uniform(rng, 0.001, 0.1);
    let length = period * log_uniform(rng, 60.0, 400.0);
    let poll = period * log_uniform(rng, 0.1, 2.0);
    let resolution = [15.3e-6, 61e-6, 1e-3][rng.random_range(0..3)];
    let margin = 20.0 * period.max(poll);
    let total = length + 2.0 * margin;
    let dwell = period * log_uniform(rng, 0.1, 20.0);
    let trace = Trace::random(rng, dwell, total);

    // The counter: updates with jitter; what it shows is the whole steps at its last update.
    let mut updates = vec![(0.0, 0.0)];
    while let Some(&(t, _)) = updates.last().filter(|update| update.0 < total) {
        let next = t + period * rng.random_range(0.95..1.05);
        updates.push((next, trace.energy(next)));
    }
    // A round is at least what the most plausible power needs for the longest gap below, and more.
    let plausible = 2000.0;
    let declared = rng.random_bool(0.5);
    // A counter that declares nothing may hold back a second's energy.
    let longest_gap = 8.0 * poll.max(period) + if declared { period } else { 1.0 };
    let tight_wrap = over_a_round || rng.random_bool(0.3);
    let wraps = tight_wrap || rng.random_bool(0.3);
    let round = plausible * longest_gap * if tight_wrap { rng.random_range(1.1..1.5) } else { 20.0 };
    let values = (round / resolution).ceil() as u64;
    let start_raw = rng.random_range(0..values);
    let shown = |t: f64| {
        let last = updates.partition_point(|update| update.0 <= t).saturating_sub(1);
        let steps = (updates[last].1 / resolution).floor() as u64;
        if wraps { (start_raw + steps) % values } else { start_raw + steps }
    };

    // The sampler: late by up to a third of its period, blind for a while, dense around the edges.
    let start = margin + rng.random_range(0.0..period);
    let end = start + length;
    let dense = rng.random_bool(0.5);
    let mut gap_at = if rng.random_bool(0.3) { rng.random_range(0.0..total) } else { f64::INFINITY };
    let mut gap_length = rng.random_range(2.0..6.0) * poll.max(period);
    if over_a_round {
        (gap_at, gap_length) = (start + 0.2 * length, round / plausible * rng.random_range(1.0..3.0));
    }
    let mut times = Vec::new();
    let mut t = 0.0;
    while t < total {
        if !(gap_at..gap_at + gap_length).contains(&t) {
            times.push(t + poll * rng.random_range(0.0..0.33));
        }
        t += poll;
    }
    if dense {
        for edge in [start - 1.5 * period, start, end] {
            times.extend((0..40).map(|index| edge + f64::from(index) * period / 20.0));
        }
    }
    times.sort_by(f64::total_cmp);
    let ns = |t: f64| (t * 1e9).round() as i64;
    let samples: Vec<Sample> = times.iter().map(|&t| Sample::good(ns(t), 0, shown(t))).collect();
    let domain = Domain {
        name: "package:0".to_owned(),
        meter: "test".to_owned(),
        class: Class::Counter,
        kind: SampleKind::Counter,
        place: Place::Package(0),
        witness_of: None,
        source: "a trace".to_owned(),
        unit: "step".to_owned(),
        scale: resolution,
        constant: Watts(0.0),
        update_period: declared.then_some(Seconds(period)),
        seen_period: None,
        stale: true,
        resolution: Joules(resolution),
        u_scale: 0.05,
        model_error: 0.0,
        wrap: if wraps { Wrap::At(values) } else { Wrap::Never },
        plausible: Watts(plausible),
    };
    let reading = measure(&domain, &samples, ns(start), ns(end), &Rules::default());
    let truth = trace.energy(end) - trace.energy(start);
    Case {
        truth,
        reading,
        period,
        length,
        mean: truth / length,
        resolution,
        poll,
        dense,
        tight_wrap,
        dwell: dwell / period,
    }
}

fn share(cases: &[&Case], holds: impl Fn(&Case) -> bool) -> f64 {
    cases.iter().filter(|case| holds(case)).count() as f64 / cases.len() as f64
}

fn covered(case: &Case) -> bool {
    let (energy, u) = (case.reading.energy.unwrap().0, case.reading.u_indep.unwrap().0);
    (energy - case.truth).abs() <= Z * u
}

/// Half the width of the interval over that of an unaligned edge and its rounding: power × period spread
/// evenly at either end, and two steps.
fn width(case: &Case) -> f64 {
    let edge = case.mean * case.period.max(case.poll) / 12.0_f64.sqrt();
    let bound = (2.0 * edge.powi(2) + case.resolution.powi(2) / 6.0).sqrt();
    case.reading.u_indep.unwrap().0 / bound
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn stated_intervals_hold_the_truth_in_95_to_99_5_percent_of_random_traces_and_are_sharp() {
    let cases: Vec<Case> = (0..CASES).map(case).collect();
    let valid: Vec<&Case> = cases.iter().filter(|case| case.reading.valid).collect();
    for case in &cases {
        assert_eq!(case.reading.valid, case.reading.energy.is_some());
        // Nothing silent: no negative, no zero, no phantom energy.
        if let Some(energy) = case.reading.energy {
            assert!((energy.0 / case.truth - 1.0).abs() < 0.1, "{} J for {} J", energy.0, case.truth);
        }
    }
    let mut reasons: Vec<&str> =
        cases.iter().filter_map(|case| case.reading.reason.as_ref().map(|reason| reason.code())).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let all = share(&valid, covered);
    println!("{} of {CASES} windows are valid; refused for {reasons:?}", valid.len());
    println!("coverage {all:.4}");
    type Group = (&'static str, fn(&Case) -> bool);
    let groups: [Group; 13] = [
        ("all", |_| true),
        ("short period", |case| case.period < 0.01),
        ("long period", |case| case.period >= 0.01),
        ("short window", |case| case.length < 150.0 * case.period),
        ("long window", |case| case.length >= 150.0 * case.period),
        ("read faster", |case| case.poll < case.period),
        ("read slower", |case| case.poll >= case.period),
        ("dense edges", |case| case.dense),
        ("plain edges", |case| !case.dense),
        ("wraps often", |case| case.tight_wrap),
        ("power changes within periods", |case| case.dwell < 0.5),
        ("power changes about once a period", |case| (0.5..3.0).contains(&case.dwell)),
        ("power changes rarely", |case| case.dwell >= 3.0),
    ];
    for (name, belongs) in &groups {
        let group: Vec<&Case> = valid.iter().copied().filter(|case| belongs(case)).collect();
        let width = median(group.iter().map(|case| width(case)).collect());
        println!("{name}: n {} coverage {:.4} width {width:.3}", group.len(), share(&group, covered));
        assert!(width <= 1.5, "{name}: {width}");
        assert!(share(&group, covered) >= 0.95, "{name}");
    }
    assert!(valid.len() as u64 >= CASES * 9 / 10, "{} of {CASES} are valid", valid.len());
    assert!((0.95..=0.995).contains(&all), "coverage {all}");
}

#[test]
fn a_time_in_which_two_wraps_would_look_like_one_is_never_measured() {
    let mut refused = 0;
    for seed in 0..3000 {
        // The blind time must lie inside the window, or it is not the window's.
        let Case { reading, length, poll, period, .. } = made(seed, true);
        if 0.8 * length < 4.5 * (8.0 * poll.max(period) + 1.0) {
            continue;
        }
        assert_eq!(reading.reason.map(|reason| reason.code()), Some("may-have-wrapped"), "{seed}");
        refused += 1;
    }
    assert!(refused > 300, "{refused}");
}
