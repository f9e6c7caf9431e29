//! What a meter is, and the board of all meters.

use crate::conditions::Conditions;
use crate::domain::Domain;
use crate::fault::MeterFault;
use crate::finding::Finding;
use crate::sample::Sample;
use crate::settings::Settings;
use crate::{estimate, hwmon, nvml, rapl, replay, sim};

/// Something that reads energy counters or power.
pub trait Meter: Send {
    /// Its name in [`METERS`].
    fn name(&self) -> &'static str;

    /// What it reads; the list changes only by [`leave_out`](Self::leave_out).
    fn domains(&self) -> &[Domain];

    /// Names the process whose tree is measured from now on; None: the machine is idle. Meters of whole
    /// devices have nothing to do. Counters stay monotone across the change.
    fn attach(&mut self, process: Option<u32>);

    /// Appends at most one sample per domain to `out`; `Sample::domain` is the index into `domains()`. A
    /// domain that must not be read again so soon, such as a power field, is left out. A recording hands out
    /// all that it holds since the last reading, so that none of its faults is passed over.
    ///
    /// # Errors
    /// None of the domains could be read. A meter that fails for some domains only appends failed
    /// samples for those instead.
    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault>;

    /// Leaves the domains at these indices out for good, since they were seen dead: they are read no more and
    /// missing from `domains()`, and a second view takes the place and name of a first one that is left out.
    /// Only domains of hardware are.
    fn leave_out(&mut self, dead: &[u16]) {
        let _ = dead;
    }

    /// Appends what else is known of its devices now, with the index of each domain that it holds for.
    fn conditions(&mut self, out: &mut Vec<(u16, Conditions)>) {
        let _ = out;
    }
}

/// Meters of one run.
pub(crate) type Meters = Vec<Box<dyn Meter>>;

/// What the joules of a meter rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Sensors of this machine.
    Hardware,
    /// Declared watts and something that was measured, such as CPU time.
    Model,
    /// Nothing of this run: a script or a recording.
    MadeUp,
}

/// One meter on the board.
#[derive(Debug, Clone, Copy)]
pub struct MeterEntry {
    /// The name used in suites.
    pub name: &'static str,
    /// What its joules rest on.
    pub origin: Origin,
    /// What it reads, in one sentence.
    pub summary: &'static str,
    /// Looks at this machine: its ways of reading, what each found, and what would mend it. At least one;
    /// the meter can be opened where any is found.
    pub look: fn(&Settings) -> Vec<Finding>,
    /// Opens it.
    pub open: fn(&Settings) -> Result<Box<dyn Meter>, MeterFault>,
}

/// All meters. `auto` takes those of hardware that hold the computing device, else the model; never what
/// is made up.
pub const METERS: &[MeterEntry] =
    &[nvml::ENTRY, rapl::ENTRY, hwmon::ENTRY, estimate::ENTRY, replay::ENTRY, sim::ENTRY];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Class;
    use crate::finding::State;

    #[test]
    fn every_meter_that_is_found_opens_and_reads_each_of_its_domains() {
        let settings = Settings::default();
        for entry in METERS {
            let findings = (entry.look)(&settings);
            assert!(!findings.is_empty() && findings.iter().all(|found| found.meter == entry.name));
            if findings.iter().all(|found| found.state != State::Found) {
                eprintln!("skipped: `{}`: {findings:?}", entry.name);
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
                assert_eq!(domain.meter, entry.name);
                let made_up = domain.class == Class::Simulated;
                assert_eq!(made_up, entry.origin == Origin::MadeUp);
                assert_eq!(sample.fault, None);
                assert!(domain.scale > 0.0 && domain.resolution.0 > 0.0 && domain.plausible.0 > 0.0);
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
    fn what_cannot_be_used_says_so_in_a_phrase() {
        for found in METERS.iter().flat_map(|entry| (entry.look)(&Settings::default())) {
            assert!(!found.what.is_empty() && !found.detail.is_empty());
            assert!(found.state != State::Denied || !found.mend.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn estimates_carry_the_uncertainty_that_the_method_asks_for() {
        for entry in METERS.iter().filter(|entry| entry.origin == Origin::Model) {
            for domain in (entry.open)(&Settings::default()).unwrap().domains() {
                assert!(domain.u_scale >= 0.30 && domain.model_error >= 0.10);
            }
        }
    }
}
