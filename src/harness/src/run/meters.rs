//! Opens the meters that a suite asks for and picks the domains that count.

use anyhow::Result;
use harness_meter::{Choice, Device, Domain, Settings, Unavailable, choose, holds};

use crate::stop::Stop;
use crate::suite::Suite;

/// Opens the suite's meters: refused before anything is loaded where one cannot be had.
pub fn open(suite: &Suite) -> Result<Choice> {
    let settings = Settings {
        device: Some(device(suite)?),
        visible_devices: std::env::var("CUDA_VISIBLE_DEVICES").ok(),
        ..suite.meter.clone()
    };
    choose(&suite.meters, &settings).map_err(|unavailable| {
        let message = unavailable.to_string();
        let stop = match unavailable {
            Unavailable::BadList { .. } => Stop::usage(message),
            Unavailable::Missing { .. } => Stop::missing(message),
        };
        stop.into()
    })
}

fn device(suite: &Suite) -> Result<Device> {
    suite
        .engine
        .device
        .parse()
        .map_err(|message| Stop::usage(format!("{message}\nhelp: mend `engine.device`")).into())
}

/// Indices of the domains that `run.domains` names; `auto` is what the meters' choice counts.
pub fn pick(suite: &Suite, counted: &[u16], domains: &[Domain]) -> Result<Vec<u16>> {
    let names = &suite.run.domains;
    if names.iter().any(|name| name == "auto") {
        return Ok(counted.to_vec());
    }
    let known = domains.iter().map(|domain| format!("`{}`", domain.name)).collect::<Vec<_>>().join(", ");
    let find = |name: &String| domains.iter().position(|domain| domain.name == *name);
    let mut picked = Vec::new();
    for name in names {
        let Some(index) = find(name) else {
            let message = format!(
                "no meter of this run has a domain `{name}`\nhelp: the domains here are {known}; or write `domains = [\"auto\"]`"
            );
            return Err(Stop::missing(message).into());
        };
        picked.push(index as u16);
    }
    let device = device(suite)?;
    let place = |index: &u16| domains[usize::from(*index)].place;
    if !picked.iter().any(|index| holds(place(index), Some(device))) {
        let message = format!(
            "none of the domains that `run.domains` names holds the computing device `{device}`\nhelp: the domains here are {known}; or write `domains = [\"auto\"]`"
        );
        return Err(Stop::usage(message).into());
    }
    let overlap = picked
        .iter()
        .flat_map(|a| picked.iter().map(move |b| (a, b)))
        .find(|(a, b)| a != b && place(a).contains(place(b)));
    if let Some((outer, inner)) = overlap {
        let name = |index: &u16| &domains[usize::from(*index)].name;
        let message = format!(
            "`run.domains` names `{}`, which holds `{}`: their sum would count it twice\nhelp: name one of the two",
            name(outer),
            name(inner)
        );
        return Err(Stop::usage(message).into());
    }
    Ok(picked)
}
