//! What a script can require of a machine.

use clap::ValueEnum;
use harness_meter::{Domain, METERS, Origin, Place};

/// A requirement of `harness doctor --require`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Need {
    /// A GPU whose energy or power can be read.
    Gpu,
    /// A processor whose RAPL counters can be read.
    Rapl,
    /// Any energy or power sensor of hardware that can be read.
    Any,
}

impl Need {
    /// Whether these opened domains meet it.
    pub fn met_by(self, domains: &[Domain]) -> bool {
        let of_hardware = |domain: &Domain| {
            let entry = METERS.iter().find(|entry| entry.name == domain.meter);
            entry.is_some_and(|entry| entry.origin == Origin::Hardware)
        };
        domains.iter().any(|domain| match self {
            Self::Gpu => matches!(domain.place, Place::Gpu(_) | Place::Module(_)),
            Self::Rapl => domain.meter == "rapl",
            Self::Any => of_hardware(domain),
        })
    }

    /// What is absent, for people.
    pub fn absent(self) -> &'static str {
        match self {
            Self::Gpu => "`--require gpu`: no GPU can be read here",
            Self::Rapl => "`--require rapl`: no RAPL counter can be read here",
            Self::Any => "`--require any`: no energy sensor can be read here",
        }
    }
}
