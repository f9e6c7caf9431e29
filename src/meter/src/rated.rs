//! Rated power and cores of some processors, for estimates on machines that have no counters.

use std::path::Path;

use crate::proc::CpuInfo;

/// A guess, said to be one wherever it is used: between the smallest and the largest of the table.
const GUESS: f64 = 5.0;

/// A part of the name that Linux gives, rated watts, cores. From the makers' product pages (AMD: "Default
/// TDP" and "# of CPU Cores"; Intel: "TDP" and "Total Cores").
const RATED: &[(&str, f64, f64)] = &[
    ("EPYC 7302 ", 155.0, 16.0),
    ("EPYC 7543 ", 225.0, 32.0),
    ("EPYC 7742 ", 225.0, 64.0),
    ("EPYC 7763 ", 280.0, 64.0),
    ("EPYC 9554 ", 360.0, 64.0),
    ("EPYC 9654 ", 360.0, 96.0),
    ("Ryzen 7 5800X ", 105.0, 8.0),
    ("Ryzen 9 5950X ", 105.0, 16.0),
    ("Ryzen 9 7950X ", 170.0, 16.0),
    ("Xeon(R) CPU E5-2680 v4 ", 120.0, 14.0),
    ("Xeon(R) Gold 6148 ", 150.0, 20.0),
    ("Xeon(R) Gold 6248 ", 150.0, 20.0),
    ("Xeon(R) Platinum 8180 ", 205.0, 28.0),
    ("Xeon(R) Platinum 8280 ", 205.0, 28.0),
    ("Xeon(R) Platinum 8358 ", 250.0, 32.0),
    ("Xeon(R) Platinum 8380 ", 270.0, 40.0),
    ("Core(TM) i7-8700 ", 65.0, 6.0),
];

/// Watts of one busy core, and where the number comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CoreWatts {
    pub(crate) watts: f64,
    pub(crate) source: String,
}

/// The declared watts, or those of this machine's processor, or the guess.
pub(crate) fn core_watts(declared: Option<f64>, proc_root: &Path) -> CoreWatts {
    if let Some(watts) = declared {
        return CoreWatts { watts, source: "declared".to_owned() };
    }
    let info = CpuInfo::read(proc_root);
    let model = info.field("model name").map(|name| format!("{name} ")).unwrap_or_default();
    let known = RATED.iter().find(|(part, _, _)| model.contains(part));
    match known {
        Some((part, watts, cores)) => CoreWatts {
            watts: watts / cores,
            source: format!("rated {watts} W / {cores} cores of {}", part.trim()),
        },
        None => CoreWatts { watts: GUESS, source: "a guess".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn watts(declared: Option<f64>, model: &str) -> (f64, String) {
        let proc = tempfile::tempdir().unwrap();
        fs::write(
            proc.path().join("cpuinfo"),
            format!("processor\t: 0\nmodel name\t: {model}\nflags\t: fpu\n"),
        )
        .unwrap();
        let found = core_watts(declared, proc.path());
        (found.watts, found.source)
    }

    #[test]
    fn declared_watts_come_before_rated_ones_and_those_before_the_guess() {
        let epyc = "AMD EPYC 7763 64-Core Processor";
        assert_eq!(watts(Some(3.0), epyc), (3.0, "declared".to_owned()));
        assert_eq!(watts(None, epyc), (4.375, "rated 280 W / 64 cores of EPYC 7763".to_owned()));
        assert_eq!(watts(None, "Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz").0, 6.75);
        assert_eq!(watts(None, "AMD EPYC 7763P"), (5.0, "a guess".to_owned()));
        assert_eq!(watts(None, ""), (5.0, "a guess".to_owned()));
        assert_eq!(core_watts(None, Path::new("/nowhere")).watts, 5.0);
    }

    #[test]
    fn no_two_entries_fit_one_name_and_all_are_plausible() {
        for (index, (part, watts, cores)) in RATED.iter().enumerate() {
            assert!(
                RATED[index + 1..].iter().all(|(other, ..)| !other.contains(part) && !part.contains(other))
            );
            assert!((2.0..=15.0).contains(&(watts / cores)), "{part}");
        }
    }
}
