//! Opens the meters that a suite asks for and picks the domains that count.

use std::time::Duration;

use anyhow::Result;
use harness_meter::choose::AUTO;
use harness_meter::{
    Choice, Death, Device, Domain, METERS, Origin, SampleKind, Sampler, Settings, Unavailable, addable,
    choose, formula, good_for, holds, period_for,
};

use super::recording;
use crate::progress;
use crate::stop::Stop;
use crate::suite::Suite;

/// Opens the suite's meters: refused before anything is loaded where one cannot be had.
pub fn open(suite: &Suite) -> Result<Choice> {
    open_named(&suite.meters, Settings { device: Some(device(suite)?), ..suite.meter.clone() })
}

/// Opens meters by their names; `settings` says what computes.
pub fn open_named(names: &[String], mut settings: Settings) -> Result<Choice> {
    if names.iter().any(|name| name == "replay") {
        recording::fill(&mut settings.replay)?;
    }
    let usual = Settings::default();
    let elsewhere = (&settings.sysfs_root, &settings.proc_root, &settings.nvml_library)
        != (&usual.sysfs_root, &usual.proc_root, &usual.nvml_library);
    if looks_at_hardware(names) {
        progress::say("watching the meters for some seconds: at rest, and with cores kept busy");
    }
    let choice = choose(names, &settings, None).map_err(|unavailable| {
        let message = unavailable.to_string();
        let stop = match unavailable {
            Unavailable::BadList { .. } => Stop::usage(message),
            Unavailable::Missing { .. } => Stop::missing(message),
        };
        anyhow::Error::from(stop)
    })?;
    let doubt = if elsewhere { "not this machine's own files; " } else { "" };
    Ok(Choice { sentence: format!("{doubt}{}", choice.sentence), ..choice })
}

/// Whether meters of hardware are among these.
fn looks_at_hardware(names: &[String]) -> bool {
    names.iter().any(|name| {
        name == AUTO || METERS.iter().any(|entry| entry.name == *name && entry.origin == Origin::Hardware)
    })
}

/// How long updates are looked for at the start of a run.
const OBSERVED: Duration = Duration::from_millis(1500);

/// The longest time between two updates of the domains that count, as declared or as seen now. Values
/// that are exact whenever they are read have none.
pub fn slowest_update(sampler: &mut Sampler, counted: &[u16]) -> Duration {
    let seen = sampler.observe(OBSERVED);
    let mut slowest = Duration::ZERO;
    for index in counted.iter().map(|index| usize::from(*index)) {
        let Some((domain, seen)) = sampler.domains().get(index).zip(seen.get(index)) else { continue };
        match seen {
            Some(period) => slowest = slowest.max(Duration::try_from_secs_f64(period.0).unwrap_or(OBSERVED)),
            // Longer windows would not bring back a counter that stands still.
            None if domain.ticks() => progress::say(&format!(
                "note: `{}` was not updated for {OBSERVED:?}; while it stands still, windows have no energy",
                domain.name
            )),
            None if domain.kind == SampleKind::Power => slowest = slowest.max(period_for(sampler.domains())),
            None => {}
        }
    }
    slowest
}

fn device(suite: &Suite) -> Result<Device> {
    suite
        .device()
        .parse()
        .map_err(|message| Stop::usage(format!("{message}\nhelp: mend `engine.device`")).into())
}

/// Indices of the domains that make up the total: those that `run.domains` names, with `auto` what the
/// meters' choice counts. Refused before anything runs where their sum would mean nothing.
pub fn pick(suite: &Suite, counted: &[u16], domains: &[Domain], deaths: &[Death]) -> Result<Vec<u16>> {
    let names = &suite.run.domains;
    if names.iter().any(|name| name == AUTO) {
        sum(domains, counted, "the named meters' domains cannot be added up")?;
        return Ok(counted.to_vec());
    }
    if let Some(death) = deaths.iter().find(|death| names.contains(&death.domain)) {
        return Err(Stop::missing(format!(
            "`run.domains` names `{}`, which is dead here: it {}\nhelp: write `domains = [\"auto\"]`, or name a domain that `harness doctor` lists",
            death.domain, death.seen
        ))
        .into());
    }
    let picked = indices(names, domains).map_err(Stop::missing)?;
    let device = device(suite)?;
    if !picked.iter().any(|index| holds(domains[usize::from(*index)].place, Some(device))) {
        let message = format!(
            "none of the domains that `run.domains` names holds the computing device `{device}`\nhelp: the domains here are {}; or write `domains = [\"auto\"]`",
            known(domains)
        );
        return Err(Stop::usage(message).into());
    }
    sum(domains, &picked, "`run.domains` makes no sense")?;
    Ok(picked)
}

/// What the counted domains' joules are and what they are good for, in a sentence without full stop.
pub fn energy_sentence(domains: &[Domain], counted: &[u16]) -> String {
    let counted: Vec<&Domain> = counted.iter().filter_map(|index| domains.get(usize::from(*index))).collect();
    let class = counted.first().map_or("none", |first| first.class.as_str());
    let good_for = good_for(&counted).unwrap_or_default();
    format!("Energy: {}, class {class}: {good_for}", formula(&counted))
}

/// Where the named domains stand; or a message that tells the names there are.
pub fn indices(names: &[String], domains: &[Domain]) -> Result<Vec<u16>, String> {
    let find = |name: &String| {
        let index = domains.iter().position(|domain| domain.name == *name).map(|index| index as u16);
        index.ok_or_else(|| {
            format!(
                "no meter of this run has a domain `{name}`\nhelp: the domains here are {}",
                known(domains)
            )
        })
    };
    names.iter().map(find).collect()
}

/// Checks that these domains have a sum.
pub fn sum(domains: &[Domain], counted: &[u16], what: &str) -> Result<(), Stop> {
    let counted: Vec<&Domain> = counted.iter().filter_map(|index| domains.get(usize::from(*index))).collect();
    addable(&counted).map_err(|why| {
        Stop::usage(format!(
            "{what}: {why}\nhelp: name domains of one class that do not overlap in `run.domains`"
        ))
    })
}

fn known(domains: &[Domain]) -> String {
    domains.iter().map(|domain| format!("`{}`", domain.name)).collect::<Vec<_>>().join(", ")
}
