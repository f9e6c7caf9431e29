//! Everything that can go wrong with a meter ends as an invalid window with its own reason, never as joules.
//!
//! A simulated counter is read every ten milliseconds while its script plays; the same script, recorded
//! and re-fed, must end alike.

#![expect(clippy::unwrap_used, reason = "a test's own helpers may panic")]

use std::sync::Arc;
use std::time::SystemTime;

use harness_meter::sim::Sim;
use harness_meter::{
    FAULT_KINDS, FaultKind, Meter, Reading, Reason, Recording, Replay, Row, Rules, Sample, SampleKind,
    Settings, SimSettings, measure, now_ns,
};

const MS: i64 = 1_000_000;
const OPENED: i64 = 7_000_000_000;
const LENGTH_MS: i64 = 8000;

/// What a script, the inside of `[meter.sim]`, is read as in eight seconds.
fn played(script: &str) -> (Sim, Vec<Sample>) {
    let settings: Settings = toml::from_str(&format!("[sim]\n{script}")).unwrap();
    settings.check().unwrap();
    let mut sim = Sim::open(&settings.sim, OPENED);
    let samples = (0..=LENGTH_MS / 10).filter_map(|round| sim.read_at(OPENED + round * 10 * MS)).collect();
    (sim, samples)
}

/// A window between two moments after opening.
fn window(meter: &dyn Meter, samples: &[Sample], from_ms: i64, to_ms: i64) -> Reading {
    let (start_ns, end_ns) = (OPENED + from_ms * MS, OPENED + to_ms * MS);
    let reading = measure(&meter.domains()[0], samples, start_ns, end_ns, &Rules::default());
    assert_eq!(reading.energy.is_some(), reading.valid);
    assert_eq!(reading.energy.is_some(), reading.reason.is_none());
    reading
}

fn code(reading: &Reading) -> &'static str {
    reading.reason.as_ref().map_or("valid", Reason::code)
}

/// The window from 2 s to 6 s of a script must have this reason. The trouble starts at 4 s or later: the
/// window before it is good and so is the same window of the script without faults, 10 W both.
fn ends_as(expected: &str, script: &str) {
    let (sim, samples) = played(script);
    let reading = window(&sim, &samples, 2000, 6000);
    assert_eq!(code(&reading), expected, "{script}: {:?}", reading.reason);
    let before = window(&sim, &samples[..399], 500, 3500);
    assert!((before.energy.unwrap().0 - 30.0).abs() < 1e-3, "{script}: {before:?}");
    let Some((without, _)) = script.split_once("faults") else { return };
    let (sim, samples) = played(without);
    let whole = window(&sim, &samples, 2000, 6000);
    assert!((whole.energy.unwrap().0 - 40.0).abs() < 0.2, "{without}: {whole:?}");
}

fn rows(meter: &dyn Meter, samples: &[Sample]) -> Vec<Row> {
    let row = |sample: &Sample| {
        let domain = &meter.domains()[usize::from(sample.domain)];
        Row {
            t_ns: sample.t_ns,
            meter: domain.meter.clone(),
            domain: domain.name.clone(),
            kind: domain.kind,
            raw: sample.raw,
            unit: domain.unit.clone(),
            scale: domain.scale,
            fault: sample.fault,
            took_ns: 0,
            driver_t_us: sample.driver_t_us,
        }
    };
    samples.iter().map(row).collect()
}

/// The rows, re-fed from `OPENED` on.
fn replayed(rows: Vec<Row>) -> (Replay, Vec<Sample>) {
    let recording = Arc::new(Recording::from_rows(rows).unwrap());
    let mut replay = Replay::open(recording, None, OPENED).unwrap();
    let mut samples = Vec::new();
    for round in 0..=LENGTH_MS / 10 {
        replay.read_at(OPENED + round * 10 * MS, &mut samples);
    }
    (replay, samples)
}

#[test]
fn a_failed_read_is_read_failed() {
    ends_as("read-failed", "faults = [{ at = 4, fault = 'unreadable' }]");
}

#[test]
fn a_source_that_was_not_found_is_read_failed() {
    ends_as("read-failed", "faults = [{ at = 4, for = 0.5, fault = 'not-found' }]");
}

#[test]
fn permission_that_is_lost_midway_is_permission_lost() {
    ends_as("permission-lost", "faults = [{ at = 4, for = 1000, fault = 'permission-denied' }]");
}

#[test]
fn a_lost_gpu_is_source_lost() {
    ends_as("source-lost", "faults = [{ at = 4, for = 1000, fault = 'gone' }]");
}

#[test]
fn a_device_that_cannot_is_not_supported() {
    ends_as("not-supported", "faults = [{ at = 4, for = 1, fault = 'not-supported' }]");
}

#[test]
fn an_old_library_is_missing_symbol() {
    ends_as("missing-symbol", "faults = [{ at = 4, for = 1, fault = 'missing-symbol' }]");
}

#[test]
fn an_empty_file_is_empty_value() {
    ends_as("empty-value", "faults = [{ at = 4, fault = 'empty' }]");
}

#[test]
fn text_instead_of_a_number_is_not_a_number() {
    ends_as("not-a-number", "faults = [{ at = 4, fault = 'not-a-number' }]");
}

#[test]
fn a_meter_that_panics_is_meter_panicked() {
    ends_as("meter-panicked", "faults = [{ at = 4, for = 1000, fault = 'panicked' }]");
}

#[test]
fn a_sampler_that_did_not_run_is_sampler_suspended() {
    ends_as("sampler-suspended", "faults = [{ at = 4, fault = 'suspended' }]");
}

#[test]
fn a_counter_that_starts_anew_is_counter_reset_whether_it_wraps_or_not() {
    ends_as("counter-reset", "faults = [{ at = 4, fault = 'reset' }]");
    ends_as("counter-reset", "wrap-j = 65536\nfaults = [{ at = 4, fault = 'reset' }]");
    ends_as("counter-reset", "stale = true\nfaults = [{ at = 4, fault = 'reset' }]");
}

#[test]
fn a_counter_that_stands_still_is_counter_stuck() {
    ends_as("counter-stuck", "faults = [{ at = 4, for = 1.5, fault = 'stuck' }]");
    ends_as("counter-stuck", "stale = true\nfaults = [{ at = 4, fault = 'stuck' }]");
}

#[test]
fn energy_that_nothing_could_draw_is_implausible_power() {
    ends_as("implausible-power", "faults = [{ at = 4, fault = 'jump', joules = 62000 }]");
}

#[test]
fn a_gap_is_may_have_wrapped_where_a_round_fits_into_it_and_harmless_where_none_does() {
    // A round of 10 kJ takes half a second at 20 kW.
    ends_as("may-have-wrapped", "wrap-j = 10000\nfaults = [{ at = 4, for = 0.6, fault = 'silent' }]");
    for script in ["wrap-j = 10000", "wrap-j = 65536", ""] {
        let (sim, samples) =
            played(&format!("{script}\nfaults = [{{ at = 4, for = 0.4, fault = 'silent' }}]"));
        let reading = window(&sim, &samples, 2000, 6000);
        assert!((reading.energy.unwrap().0 - 40.0).abs() < 1e-3, "{script}: {reading:?}");
        assert!((reading.max_gap.unwrap().0 - 0.41).abs() < 1e-3, "{script}: {reading:?}");
    }
}

#[test]
fn a_source_that_falls_silent_for_good_is_unbracketed() {
    ends_as("unbracketed", "faults = [{ at = 4, fault = 'silent' }]");
}

#[test]
fn a_gap_in_readings_of_power_is_gap() {
    let power = |round: i64| Row {
        t_ns: round * 50 * MS,
        meter: "nvml".to_owned(),
        domain: "gpu:0".to_owned(),
        kind: SampleKind::Power,
        raw: 10_000,
        unit: "mW".to_owned(),
        scale: 1e-3,
        fault: None,
        took_ns: 0,
        driver_t_us: None,
    };
    let rounds = 0..=LENGTH_MS / 50;
    let (replay, samples) = replayed(rounds.clone().map(power).collect());
    let whole = window(&replay, &samples, 2000, 6000);
    assert!((whole.energy.unwrap().0 - 40.0).abs() < 1e-9, "{whole:?}");
    let holey = rounds.filter(|round| !(80..84).contains(round)).map(power).collect();
    let (replay, samples) = replayed(holey);
    assert_eq!(code(&window(&replay, &samples, 2000, 6000)), "gap");
}

#[test]
fn a_counter_that_wraps_without_telling_where_is_no_range() {
    // 10 W reach 45 J after 4.5 s.
    ends_as("no-range", "wrap-j = 45\nranged = false");
    ends_as("no-range", "wrap-j = 45\nranged = false\nstale = true");
    // Told, a counter that wraps three times gives joules.
    let (sim, samples) = played("watts = 10000\nwrap-j = 20000");
    let reading = window(&sim, &samples, 1000, 7000);
    assert!((reading.energy.unwrap().0 - 60_000.0).abs() < 1.0, "{reading:?}");
}

#[test]
fn a_recording_whose_clock_was_set_back_is_clock_step() {
    ends_as("clock-step", "faults = [{ at = 4, fault = 'clock-back', by = 0.5 }]");
}

/// Somebody who sets the machine's clock during a run does not touch a window: live samples are stamped with
/// CLOCK_MONOTONIC, which nobody can set and which starts near 0 at boot.
#[test]
fn live_samples_are_not_stamped_with_the_clock_that_can_be_set() {
    let settings = SimSettings { stale: true, ..SimSettings::default() };
    let mut sim = Sim::open(&settings, now_ns());
    let (before, mut out) = (now_ns(), Vec::new());
    sim.read(&mut out).unwrap();
    assert!((before..=now_ns()).contains(&out[0].t_ns));
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert!(out[0].t_ns < since_1970.as_nanos() as i64 / 2, "{out:?}");
}

#[test]
fn one_failed_read_between_two_good_ones_never_becomes_joules() {
    for kind in FAULT_KINDS {
        for stale in [false, true] {
            let script = format!("stale = {stale}\nfaults = [{{ at = 4, fault = '{kind}' }}]");
            let (sim, samples) = played(&script);
            assert_eq!(samples.iter().filter(|sample| sample.fault == Some(kind)).count(), 1);
            // Inside, and at either edge.
            for (from, to) in [(2000, 6000), (4000, 6000), (2000, 4000)] {
                let reading = window(&sim, &samples, from, to);
                assert_eq!(reading.reason, Some(Reason::ReadFailed(kind)), "{script} {from} {to}");
                assert_eq!((reading.energy, reading.u_indep), (None, None));
            }
            for (from, to) in [(1000, 3990), (4010, 7000)] {
                let reading = window(&sim, &samples, from, to);
                assert!((reading.energy.unwrap().0 - 29.9).abs() < 0.2, "{script} {from} {to}: {reading:?}");
            }
        }
    }
}

#[test]
fn a_recorded_fault_ends_as_it_did_live() {
    let faults = |kind: &FaultKind| format!("faults = [{{ at = 4, fault = '{kind}' }}]");
    let mut scripts: Vec<(String, Option<&str>)> =
        FAULT_KINDS.iter().map(|kind| (faults(kind), None)).collect();
    let others = [
        ("", None),
        ("stale = true\nperiod-ms = 20", None),
        ("faults = [{ at = 4, fault = 'stuck' }]", None),
        ("faults = [{ at = 4, fault = 'jump', joules = 62000 }]", None),
        ("faults = [{ at = 4, fault = 'clock-back', by = 0.5 }]", None),
        // A recording does not tell that its counter never wraps, and it ends where its readings do.
        ("faults = [{ at = 4, fault = 'reset' }]", Some("no-range")),
        ("faults = [{ at = 4, fault = 'silent' }]", Some("source-lost")),
    ];
    scripts.extend(others.map(|(script, expected)| (script.to_owned(), expected)));
    for (script, expected) in scripts {
        let (sim, samples) = played(&script);
        let live = window(&sim, &samples, 2000, 6000);
        let (replay, fed) = replayed(rows(&sim, &samples));
        let again = window(&replay, &fed, 2000, 6000);
        assert_eq!(code(&again), expected.unwrap_or(code(&live)), "{script}: {:?}", again.reason);
        if let Some((live, again)) = live.energy.zip(again.energy) {
            assert!((live - again).0.abs() < 0.15, "{script}: {live} and {again}");
        }
    }
}

#[test]
fn a_recording_that_has_ended_is_source_lost() {
    let (sim, mut samples) = played("");
    samples.truncate(samples.len() / 2);
    let (replay, fed) = replayed(rows(&sim, &samples));
    assert_eq!(code(&window(&replay, &fed, 1000, 3000)), "valid");
    assert_eq!(code(&window(&replay, &fed, 2000, 6000)), "source-lost");
}
