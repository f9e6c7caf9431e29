//! Opens the meters that a suite asks for and picks the domains that count.

use std::time::Duration;

use anyhow::Result;
use harness_meter::{
    Choice, Device, Domain, SampleKind, Sampler, Settings, Unavailable, choose, holds, period_for, twice,
};

use super::recording;
use crate::progress;
use crate::stop::Stop;
use crate::suite::Suite;

/// Opens the suite's meters: refused before anything is loaded where one cannot be had.
pub fn open(suite: &Suite) -> Result<Choice> {
    let mut settings = Settings { device: Some(device(suite)?), ..suite.meter.clone() };
    if suite.meters.iter().any(|name| name == "replay") {
        recording::fill(&mut settings.replay)?;
    }
    choose(&suite.meters, &settings).map_err(|unavailable| {
        let message = unavailable.to_string();
        let stop = match unavailable {
            Unavailable::BadList { .. } => Stop::usage(message),
            Unavailable::Missing { .. } => Stop::missing(message),
        };
        stop.into()
    })
}

/// How long updates are looked for at the start of a run.
const OBSERVED: Duration = Duration::from_millis(1500);

/// The longest time between two updates of the domains that count, as declared or as seen now. Values
/// that are exact whenever they are read have none.
pub fn slowest_update(sampler: &Sampler, counted: &[u16]) -> Duration {
    let seen = sampler.observe(OBSERVED);
    let mut slowest = Duration::ZERO;
    for index in counted.iter().map(|index| usize::from(*index)) {
        let Some((domain, seen)) = sampler.domains().get(index).zip(seen.get(index)) else { continue };
        match seen {
            Some(period) => slowest = slowest.max(Duration::try_from_secs_f64(period.0).unwrap_or(OBSERVED)),
            None if domain.ticks() => {
                progress::say(&format!("note: `{}` was not updated for {OBSERVED:?}", domain.name));
                slowest = OBSERVED;
            }
            None if domain.kind == SampleKind::Power => slowest = slowest.max(period_for(sampler.domains())),
            None => {}
        }
    }
    slowest
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
    let named: Vec<&Domain> = picked.iter().map(|index| &domains[usize::from(*index)]).collect();
    let pairs = named.iter().flat_map(|a| named.iter().map(move |b| (*a, *b)));
    if let Some((outer, inner)) = pairs.into_iter().find(|(a, b)| a.name != b.name && twice(a, b)) {
        let message = format!(
            "`run.domains` names `{}`, which holds `{}`: their sum would count it twice\nhelp: name one of the two",
            outer.name, inner.name
        );
        return Err(Stop::usage(message).into());
    }
    Ok(picked)
}
