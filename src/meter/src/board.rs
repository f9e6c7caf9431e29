//! The board of all meters.

use crate::meter::MeterEntry;
use crate::{estimate, hwmon, nvml, rapl, replay, sim};

/// All meters. `auto` takes those of hardware that hold the computing device, else the model; never what
/// is made up.
pub const METERS: &[MeterEntry] =
    &[nvml::ENTRY, rapl::ENTRY, hwmon::ENTRY, estimate::ENTRY, replay::ENTRY, sim::ENTRY];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Class;
    use crate::finding::State;
    use crate::meter::Origin;
    use crate::settings::Settings;

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
