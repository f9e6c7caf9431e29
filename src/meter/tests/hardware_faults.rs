//! What happens to a window when hardware misbehaves in the middle of it: real meters on fake drivers and
//! fake machines, from the first call to the verdict.

#![expect(clippy::unwrap_used, reason = "a test's own helpers may panic")]

use std::time::{Duration, Instant};

use harness_meter::{METERS, Meter, Reading, Rules, Sampler, Settings, measure, now_ns};

#[expect(dead_code, unused_imports, reason = "shared with other tests")]
#[path = "machines/mod.rs"]
mod machines;

use machines::{FakeMachine, Interfaces, spec};

fn open(name: &str, settings: &Settings) -> Box<dyn Meter> {
    let entry = METERS.iter().find(|entry| entry.name == name).unwrap();
    (entry.open)(settings).unwrap()
}

/// Measures the domain `name` over `length`, while `each` is called every millisecond with the share of
/// the window that has passed.
fn window(meter: Box<dyn Meter>, name: &str, length: Duration, mut each: impl FnMut(f64)) -> Reading {
    let index = meter.domains().iter().position(|domain| domain.name == name).unwrap();
    each(0.0);
    let sampler = Sampler::start(vec![meter], Duration::from_millis(5)).unwrap();
    sampler.read_now();
    let (start_ns, begun) = (now_ns(), Instant::now());
    sampler.mark();
    while begun.elapsed() < length {
        each(begun.elapsed().as_secs_f64() / length.as_secs_f64());
        std::thread::sleep(Duration::from_millis(1));
    }
    let end_ns = now_ns();
    sampler.read_now();
    let domain = sampler.domains()[index].clone();
    let samples: Vec<_> =
        sampler.finish().into_iter().filter(|sample| usize::from(sample.domain) == index).collect();
    let reading = measure(&domain, &samples, start_ns, end_ns, &Rules::default());
    assert_eq!(reading.energy.is_none(), reading.reason.is_some());
    reading
}

fn code(reading: &Reading) -> &'static str {
    reading.reason.as_ref().map_or("valid", |reason| reason.code())
}

#[test]
fn every_way_in_which_a_gpu_fails_has_a_word_of_its_own_and_no_joules() {
    let failing = |code: u32| {
        let call = "nvmlDeviceGetTotalEnergyConsumption";
        format!("[[gpu.fault]]\ncall = \"{call}\"\nat-seconds = 1.2\nreads = 1\nreturn = {code}\n")
    };
    let cases = [
        (String::new(), 1.6, "valid"),
        (failing(999), 1.6, "read-failed"),
        (failing(4), 1.6, "permission-lost"),
        (failing(15), 1.6, "source-lost"),
        (failing(3), 1.6, "not-supported"),
        (failing(13), 1.6, "missing-symbol"),
        ("reset-at = 1.2\n".to_owned(), 1.6, "counter-reset"),
        ("stuck-at = 1.2\n".to_owned(), 3.0, "counter-stuck"),
        ("energy = false\ntrace = [[1.2, 0.0]]\n".to_owned(), 1.6, "zero-power"),
        ("energy = false\ntrace = [[1.2, 9000.0]]\n".to_owned(), 1.6, "implausible-power"),
    ];
    for (fault, seconds, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let scenario = format!("[[gpu]]\nwatts = 300\nperiod-ms = 5\nstart-mj = 1000000\n{fault}");
        let library = fake_nvml::install(folder.path(), &scenario);
        let nvml_library = library.to_str().unwrap().to_owned();
        let settings = Settings { nvml_library, ..Settings::default() };
        let meter = open("nvml", &settings);
        let reading = window(meter, "gpu:0", Duration::from_secs_f64(seconds), |_| {});
        assert_eq!(code(&reading), expected, "{fault}: {:?}", reading.reason);
    }
}

/// What a zone's file says at a share of the window.
type Text = fn(f64) -> String;

#[test]
fn every_way_in_which_a_zone_fails_has_a_word_of_its_own_and_no_joules() {
    let cases: [(&str, Text, &str); 6] = [
        ("intel client", |now| now_uj(now), "valid"),
        ("intel client", |now| if middle(now) { format!("{:15}\n", "") } else { now_uj(now) }, "empty-value"),
        (
            "intel client",
            |now| if middle(now) { format!("{:15}\n", "n/a") } else { now_uj(now) },
            "not-a-number",
        ),
        ("intel client", |now| if now > 0.5 { now_uj(now - 0.5) } else { now_uj(now) }, "counter-reset"),
        ("zone without a range", |now| if now > 0.5 { now_uj(now - 0.5) } else { now_uj(now) }, "no-range"),
        ("intel client", |now| now_uj(now.min(0.2)), "counter-stuck"),
    ];
    for (machine, text, expected) in cases {
        let machine = FakeMachine::new(spec(machine), Interfaces::Powercap);
        let file = FakeMachine::zone("intel-rapl:0", "energy_uj");
        machine.write(&file, &text(0.0));
        let settings =
            Settings { sysfs_root: machine.sysfs(), proc_root: machine.proc(), ..Settings::default() };
        let length = Duration::from_millis(1600);
        let reading = window(open("rapl", &settings), "package:0", length, |now| {
            machine.write_in_place(&file, &text(now));
        });
        assert_eq!(code(&reading), expected, "{:?}", reading.reason);
    }
}

fn middle(now: f64) -> bool {
    (0.4..0.6).contains(&now)
}

/// Microjoules at a share of the window, as the kernel writes them: 5 W from 1 kJ on, so little that a late
/// writer's step is no impossible power.
fn now_uj(now: f64) -> String {
    format!("{:015}\n", (1e9 + now * 1.6 * 5e6) as u64)
}
