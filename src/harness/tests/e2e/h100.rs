//! The kept run on a real GPU: its windows can be computed again, and a second program saw the same joules.

use std::path::{Path, PathBuf};

use harness::record::{Phase, SampleRecord, WindowRecord};
use harness::table::read;
use harness_meter::{Domain, Recording, Row, Rules, Sample, measure};

use crate::programs::program;
use crate::trial::Said;

fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/h100")).to_owned()
}

fn windows() -> Vec<WindowRecord> {
    read(&folder().join("windows.parquet")).unwrap()
}

/// The run's readings as `replay` gets them.
fn recording() -> Recording {
    let samples: Vec<SampleRecord> = read(&folder().join("samples.parquet")).unwrap();
    let row = |sample: &SampleRecord| Row {
        t_ns: sample.t_ns,
        meter: sample.meter.clone(),
        domain: sample.domain.clone(),
        kind: sample.kind,
        raw: sample.raw,
        unit: sample.unit.clone(),
        scale: sample.scale,
        fault: sample.fault,
        took_ns: sample.took_ns.unwrap_or(0),
        driver_t_us: sample.driver_t_us,
    };
    Recording::from_rows(samples.iter().map(row)).unwrap()
}

/// The same counter as another program polled it: the middle of each call, its length, and the reading.
fn independent() -> Vec<Sample> {
    let text = std::fs::read_to_string(folder().join("independent.csv")).unwrap();
    let line = |line: &str| {
        let fields: Vec<i64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        Sample { took_ns: 1000 * fields[1], ..Sample::good(fields[0], 0, fields[2].unsigned_abs()) }
    };
    text.lines().skip(1).map(line).collect()
}

fn gpu(phase: Phase) -> Vec<WindowRecord> {
    let wanted = |row: &WindowRecord| row.phase == phase && row.domain == "gpu:0" && row.valid;
    windows().into_iter().filter(wanted).collect()
}

fn energy(domain: &Domain, samples: &[Sample], window: &WindowRecord) -> (f64, f64) {
    let rules = Rules { min_updates: 5, ..Rules::default() };
    let reading = measure(domain, samples, window.t_start_ns, window.t_end_ns, &rules);
    let energy = reading.energy.unwrap_or_else(|| panic!("{window:?}: {:?}", reading.reason));
    (energy.0, reading.u_indep.unwrap().0)
}

#[test]
fn the_gpus_windows_are_computed_again_to_the_last_bit() {
    let out = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("remeasure").arg(folder()).arg("--out").arg(out.path());
    let said = Said::from(&command.output().unwrap());
    // Some of its cells were never run: somebody stopped it.
    assert_eq!(said.code, 3, "{}", said.err);
    let all = windows().len();
    assert!(said.out.contains(&format!("{all} of {all} windows as before")), "{}", said.out);
    assert!(
        said.out.contains("Energy: gpu:0 without the processor's share, class counter: good for"),
        "{}",
        said.out
    );
}

#[test]
fn a_recording_of_the_gpu_gives_the_windows_of_the_run() {
    let recording = recording();
    let place = recording.domains.iter().position(|domain| domain.name == "gpu:0").unwrap();
    let samples: Vec<Sample> =
        recording.samples.iter().filter(|sample| usize::from(sample.domain) == place).copied().collect();
    let windows = gpu(Phase::Window);
    assert_eq!(windows.len(), 16);
    for window in &windows {
        let (replayed, _) = energy(&recording.domains[place], &samples, window);
        let live = window.energy_j.unwrap();
        assert!((replayed / live - 1.0).abs() < 1e-12, "{replayed} J replayed, {live} J live");
    }
}

#[test]
fn a_second_program_saw_the_same_joules_within_the_stated_uncertainty() {
    let recording = recording();
    let counter = recording.domains.iter().find(|domain| domain.name == "gpu:0").unwrap();
    let seen = independent();
    // The second program ended before the last load did.
    let covered = |window: &WindowRecord| window.t_end_ns < seen[seen.len() - 1].t_ns;
    for (phase, count, limit) in [(Phase::Window, 16, 2.0), (Phase::Load, 16, 3.0)] {
        let windows: Vec<WindowRecord> = gpu(phase).into_iter().filter(covered).collect();
        assert_eq!(windows.len(), count, "{phase:?}");
        for window in &windows {
            // Only its readings around the edges are kept.
            let near = |sample: &&Sample| {
                [window.t_start_ns, window.t_end_ns]
                    .iter()
                    .any(|edge| (sample.t_ns - edge).abs() < 350_000_000)
            };
            let near: Vec<Sample> = seen.iter().filter(near).copied().collect();
            let inside = |sample: &&Sample| (window.t_start_ns..=window.t_end_ns).contains(&sample.t_ns);
            assert!(near.iter().filter(inside).count() >= 10);
            let (ours, u) = (window.energy_j.unwrap(), window.u_indep_j.unwrap());
            let theirs = edges(counter, &near, window);
            let off = (ours - theirs).abs();
            assert!(off <= limit * u, "{phase:?}: {ours:.2} J and {theirs:.2} J, u {u:.2} J");
        }
    }
}

/// Energy between the edges from readings around them alone: along straight lines between updates.
fn edges(counter: &Domain, near: &[Sample], window: &WindowRecord) -> f64 {
    let at = |t_ns: i64| {
        // An update lies between the reading before the change and the one that shows it.
        let updates: Vec<(f64, f64)> = near
            .windows(2)
            .filter(|pair| pair[0].raw != pair[1].raw && pair[1].t_ns - pair[0].t_ns < 300_000_000)
            .map(|pair| ((pair[0].t_ns + pair[1].t_ns) as f64 / 2.0, pair[1].raw as f64 * counter.scale))
            .collect();
        let after = updates.iter().position(|update| update.0 > t_ns as f64).unwrap();
        let ((t0, e0), (t1, e1)) = (updates[after - 1], updates[after]);
        e0 + (e1 - e0) * (t_ns as f64 - t0) / (t1 - t0)
    };
    at(window.t_end_ns) - at(window.t_start_ns)
}
