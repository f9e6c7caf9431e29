//! What a meter is, and the board of all meters.

use crate::domain::{Class, Domain};
use crate::fault::MeterFault;
use crate::sample::Sample;
use crate::settings::Settings;
use crate::{estimate, sim};

/// Something that reads energy counters or power.
pub trait Meter: Send {
    /// Its name in [`METERS`].
    fn name(&self) -> &'static str;

    /// What it reads; the list never changes while the meter is open.
    fn domains(&self) -> &[Domain];

    /// Names the process whose tree is measured from now on; None: the machine is idle. Meters of whole
    /// devices have nothing to do. Counters stay monotone across the change.
    fn attach(&mut self, process: Option<u32>);

    /// Appends one sample per domain to `out`; `Sample::domain` is the index into `domains()`.
    ///
    /// # Errors
    /// None of the domains could be read. A meter that fails for some domains only appends failed
    /// samples for those instead.
    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault>;
}

/// One meter on the board.
#[derive(Debug, Clone, Copy)]
pub struct MeterEntry {
    /// The name used in suites.
    pub name: &'static str,
    /// Where its joules come from.
    pub class: Class,
    /// What it reads, in one sentence.
    pub summary: &'static str,
    /// What was found on this machine, or why it cannot be used here.
    pub available: fn(&Settings) -> Result<String, String>,
    /// Opens it.
    pub open: fn(&Settings) -> Result<Box<dyn Meter>, MeterFault>,
}

/// All meters. `auto` takes every available one of the first class that has any, in the order counter,
/// integrated, estimated; never a simulated one.
pub const METERS: &[MeterEntry] = &[estimate::ENTRY, sim::ENTRY];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_meter_opens_and_reads_each_of_its_domains() {
        let settings = Settings::default();
        for entry in METERS {
            if let Err(why) = (entry.available)(&settings) {
                eprintln!("skipped: `{}`: {why}", entry.name);
                continue;
            }
            let mut meter = (entry.open)(&settings).unwrap();
            assert_eq!(meter.name(), entry.name);
            assert!(!meter.domains().is_empty());
            meter.attach(Some(std::process::id()));
            let mut out = Vec::new();
            meter.read(&mut out).unwrap();
            assert_eq!(out.len(), meter.domains().len());
            for (index, (sample, domain)) in out.iter().zip(meter.domains()).enumerate() {
                assert_eq!(usize::from(sample.domain), index);
                assert_eq!((domain.class, domain.meter), (entry.class, entry.name));
                assert_eq!(sample.fault, None);
                assert!(domain.scale > 0.0 && domain.resolution.0 > 0.0);
            }
        }
    }

    #[test]
    fn names_on_the_board_are_unique_and_not_reserved() {
        for (index, entry) in METERS.iter().enumerate() {
            assert_ne!(entry.name, "auto");
            assert!(METERS[..index].iter().all(|other| other.name != entry.name));
        }
    }

    #[test]
    fn estimates_carry_the_uncertainty_that_the_method_asks_for() {
        for entry in METERS.iter().filter(|entry| entry.class == Class::Estimated) {
            for domain in (entry.open)(&Settings::default()).unwrap().domains() {
                assert!(domain.u_scale >= 0.30 && domain.model_error >= 0.10);
            }
        }
    }
}
