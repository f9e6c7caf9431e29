//! The `rapl` and `hwmon` meters on fake machines.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

#[expect(dead_code, reason = "shared with other tests")]
#[path = "../machines/mod.rs"]
mod machines;

mod faults;
mod hwmon;
mod life;
mod permission;
mod rapl;

use harness_meter::{Domain, Finding, METERS, Meter, MeterFault, Sample, Settings};
use machines::FakeMachine;

/// Settings of a meter that looks at a fake machine.
fn settings(machine: &FakeMachine) -> Settings {
    Settings { sysfs_root: machine.sysfs(), proc_root: machine.proc(), ..Settings::default() }
}

fn look(meter: &str, settings: &Settings) -> Vec<Finding> {
    let entry = METERS.iter().find(|entry| entry.name == meter).unwrap();
    (entry.look)(settings)
}

fn open(meter: &str, settings: &Settings) -> Result<Box<dyn Meter>, MeterFault> {
    let entry = METERS.iter().find(|entry| entry.name == meter).unwrap();
    (entry.open)(settings)
}

fn read(meter: &mut dyn Meter) -> Vec<Sample> {
    let mut out = Vec::new();
    meter.read(&mut out).unwrap();
    out
}

/// (name, place) of every domain.
fn shown(domains: &[Domain]) -> Vec<(String, String)> {
    domains.iter().map(|domain| (domain.name.clone(), format!("{:?}", domain.place))).collect()
}
