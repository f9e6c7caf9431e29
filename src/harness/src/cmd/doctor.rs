//! `harness doctor`: what this machine can measure, and what stands in the way.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use harness_meter::Settings;

use super::{machine::MachineArgs, print, print_json};
use crate::doctor::{Need, Options, gather, page};
use crate::stop::Stop;

/// Show what this machine can measure, what is missing, why, and what mends it; then calibrate.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
    /// End with exit code 3 where this cannot be read; repeatable.
    #[arg(long, value_enum, value_name = "WHAT")]
    require: Vec<Need>,
    /// Length of the calibration; the machine should have nothing else to do.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// Only look, and watch what was found for some seconds.
    #[arg(long)]
    no_calibrate: bool,
    #[command(flatten)]
    machine: MachineArgs,
}

/// Looks and prints; exit code 0, or an error with code 3 where something required is absent.
///
/// # Errors
/// A requirement is not met; standard output cannot be written; the system gives no thread.
pub fn run(args: &DoctorArgs) -> Result<u8> {
    let settings = args.machine.apply(Settings::default());
    let calibrate = (!args.no_calibrate).then(|| Duration::from_secs(u64::from(args.seconds)));
    let report = gather(&Options { settings, calibrate })?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&page(&report))?;
    }
    match args.require.iter().find(|need| !report.available.meets(**need)) {
        None => Ok(0),
        Some(need) => {
            let help = "what stands in the way, and what mends it, is printed above";
            Err(Stop::missing(format!("{}\nhelp: {help}", need.absent())).into())
        }
    }
}
