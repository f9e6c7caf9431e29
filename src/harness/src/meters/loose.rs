//! Meters of commands that have no suite.

use anyhow::Result;
use harness_meter::choose::AUTO;
use harness_meter::{Choice, Meter, Settings, choose};

use crate::stop::Stop;

/// Meters, and the indices of the domains whose joules add up; or why nothing is read.
pub type Loose = Result<(Vec<Box<dyn Meter>>, Vec<u16>), String>;

/// Opens meters by name; nothing is read where none is named, or where `auto` finds none. `device` computes.
///
/// # Errors
/// A [`Stop`] where the device is none, or a meter that was named is not here.
pub fn open_loose(names: &[String], device: &str, settings: Settings) -> Result<Loose> {
    if names.is_empty() {
        return Ok(Err("no meters were read".to_owned()));
    }
    let device = device.parse().map_err(|message| {
        Stop::usage(format!("{message}\nhelp: write `--device cpu` or `--device cuda:0`"))
    })?;
    match choose(names, &Settings { device: Some(device), ..settings }, None) {
        Ok(Choice { meters, counted, .. }) => Ok(Ok((meters, counted))),
        Err(unavailable) if names.iter().any(|name| name == AUTO) => {
            Ok(Err(unavailable.to_string().lines().next().unwrap_or_default().to_owned()))
        }
        Err(unavailable) => Err(Stop::usage(unavailable.to_string()).into()),
    }
}
