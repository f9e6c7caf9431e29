//! Meters that could be taken: looked for, opened, and watched until what is dead of them is known.

use crate::domain::Domain;
use crate::fault::MeterFault;
use crate::finding::{Finding, State};
use crate::life::{Death, bury, deaths};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::settings::Settings;

/// Opened meters, and what was found on the way to them.
pub struct Candidates {
    /// The meters with the lines of the board that they were opened by, in the order of these. What is dead is
    /// left out of them; a meter without a living domain is not among them.
    pub opened: Vec<(&'static MeterEntry, Box<dyn Meter>)>,
    /// Every way of reading energy that was looked for; what was seen dead stands in them.
    pub findings: Vec<Finding>,
    /// Meters that were found and did not open.
    pub troubles: Vec<(&'static MeterEntry, MeterFault)>,
    /// Domains of hardware that were seen dead.
    pub deaths: Vec<Death>,
}

impl Candidates {
    /// Looks for these meters and opens what is found. Hardware is then watched, for two to seven seconds, unless an
    /// earlier watch has told what is dead.
    ///
    /// # Errors
    /// The system gives no thread to watch with.
    pub fn gather(
        entries: impl IntoIterator<Item = &'static MeterEntry>,
        settings: &Settings,
        known: Option<&[Death]>,
    ) -> Result<Self, MeterFault> {
        let mut all =
            Self { opened: Vec::new(), findings: Vec::new(), troubles: Vec::new(), deaths: Vec::new() };
        for entry in entries {
            let findings = (entry.look)(settings);
            if findings.iter().any(|found| found.state == State::Found) {
                match (entry.open)(settings) {
                    Ok(meter) => all.opened.push((entry, meter)),
                    Err(fault) => all.troubles.push((entry, fault)),
                }
            }
            all.findings.extend(findings);
        }
        match known {
            Some(known) => all.deaths = known.to_vec(),
            None => all.watch()?,
        }
        bury(&mut all.findings, &all.deaths, settings);
        all.leave_out_the_dead();
        Ok(all)
    }

    fn watch(&mut self) -> Result<(), MeterFault> {
        let (hardware, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.opened)
            .into_iter()
            .enumerate()
            .partition(|(_, (entry, _))| entry.origin == Origin::Hardware);
        let mut opened = others;
        if !hardware.is_empty() {
            let (places, meters): (Vec<_>, Vec<_>) =
                hardware.into_iter().map(|(place, (entry, meter))| ((place, entry), meter)).unzip();
            let (meters, deaths) = deaths(meters)?;
            self.deaths = deaths;
            opened.extend(
                places.into_iter().zip(meters).map(|((place, entry), meter)| (place, (entry, meter))),
            );
        }
        opened.sort_by_key(|(place, _)| *place);
        self.opened = opened.into_iter().map(|(_, opened)| opened).collect();
        Ok(())
    }

    fn leave_out_the_dead(&mut self) {
        for (_, meter) in &mut self.opened {
            let is_dead = |domain: &Domain| {
                self.deaths
                    .iter()
                    .any(|death| (&death.meter, &death.source) == (&domain.meter, &domain.source))
            };
            let dead: Vec<u16> = (0..)
                .zip(meter.domains())
                .filter(|(_, domain)| is_dead(domain))
                .map(|(index, _)| index)
                .collect();
            if !dead.is_empty() {
                meter.leave_out(&dead);
            }
        }
        self.opened.retain(|(_, meter)| !meter.domains().is_empty());
    }

    /// The domains of all meters, in their order.
    pub fn domains(&self) -> Vec<Domain> {
        self.opened.iter().flat_map(|(_, meter)| meter.domains().to_vec()).collect()
    }
}
