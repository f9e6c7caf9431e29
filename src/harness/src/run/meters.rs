//! Opens the meters that a suite asks for and picks the domains that count.

use anyhow::Result;
use harness_meter::{Choice, Domain, Unavailable, choose};

use crate::stop::Stop;
use crate::suite::Suite;

/// Opens the suite's meters: refused before anything is loaded where one cannot be had.
pub fn open(suite: &Suite) -> Result<Choice> {
    choose(&suite.meters, &suite.meter).map_err(|unavailable| {
        let message = unavailable.to_string();
        let stop = match unavailable {
            Unavailable::BadList { .. } => Stop::usage(message),
            Unavailable::Missing { .. } => Stop::missing(message),
        };
        stop.into()
    })
}

/// Indices of the domains that `run.domains` names; `auto` is all that the meters have.
pub fn pick(names: &[String], domains: &[Domain]) -> Result<Vec<u16>> {
    let all = || (0..domains.len() as u16).collect();
    if names.iter().any(|name| name == "auto") {
        return Ok(all());
    }
    let find =
        |name: &String| domains.iter().position(|domain| domain.name == *name).map(|index| index as u16);
    names
        .iter()
        .map(|name| {
            find(name).ok_or_else(|| {
                let known: Vec<String> = domains.iter().map(|domain| format!("`{}`", domain.name)).collect();
                Stop::missing(format!(
                    "no meter of this run has a domain `{name}`\nhelp: the domains here are {}; or write `domains = [\"auto\"]`",
                    known.join(", ")
                ))
                .into()
            })
        })
        .collect()
}
