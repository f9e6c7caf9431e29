//! RAPL by powercap: counters as files below `/sys/class/powercap`.

use std::fs;
use std::path::{Path, PathBuf};

use super::part::{Kind, Part, drop_ambiguous_psys};
use crate::domain::Wrap;
use crate::fault::FaultKind;
use crate::settings::Settings;
use crate::units::Joules;
use crate::value_file::{ValueFile, read_number};

/// The registers count 32 bits (Intel SDM vol. 3, `MSR_PKG_ENERGY_STATUS`).
const REGISTER_MAX: u64 = u32::MAX as u64;

/// One zone.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) part: Part,
    folder: PathBuf,
    /// `max_energy_range_uj`, readable without any right.
    range_uj: Option<u64>,
}

/// What powercap shows.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order of their parts; no part twice.
    pub(super) zones: Vec<Zone>,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
    /// There are zones, and a container hides what is in them.
    pub(super) masked: bool,
}

/// Lists the zones of every control type whose name has `rapl` in it. `amd`: by the makers' manuals, AMD's
/// core register belongs to one core, and the kernel shows that one core as the zone `core`.
pub(super) fn list(settings: &Settings, amd: bool) -> Listing {
    let mut folders: Vec<PathBuf> = fs::read_dir(settings.sysfs_root.join("class/powercap"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| file_name(path).contains("rapl") && file_name(path).contains(':'))
        .collect();
    // The same register is shown by `intel-rapl` and by `intel-rapl-mmio`: the first found is kept.
    folders.sort_by_key(|path| (file_name(path).contains("mmio"), file_name(path).to_owned()));
    let mut listing = Listing::default();
    for folder in folders {
        let Ok(name) = fs::read_to_string(folder.join("name")) else {
            // Container runtimes mount an empty folder over the target of the links.
            listing.masked |= !folder.exists();
            continue;
        };
        let Some(part) = part_of(name.trim(), &folder) else {
            listing.notes.push(format!("`{}` left out: unknown zone `{}`", file_name(&folder), name.trim()));
            continue;
        };
        if amd && part.kind == Kind::Cores {
            listing.notes.push(format!("`{}` left out: on AMD it is one core's energy", file_name(&folder)));
        } else if listing.zones.iter().any(|zone| zone.part == part && part.kind != Kind::Psys) {
            listing.notes.push(format!("`{}` left out: {} again", file_name(&folder), part.name()));
        } else {
            let range_uj = read_number(folder.join("max_energy_range_uj")).ok();
            listing.zones.push(Zone { part, folder, range_uj });
        }
    }
    listing.notes.extend(drop_ambiguous_psys(&mut listing.zones, |zone| zone.part));
    listing.zones.sort_by_key(|zone| zone.part);
    listing
}

impl Zone {
    /// Its counter, after one good reading.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn open(&self) -> Result<ValueFile, FaultKind> {
        let mut file = ValueFile::new(self.folder.join("energy_uj"));
        file.read()?;
        Ok(file)
    }

    /// The file's number after its highest one is 0. The kernel prints the highest value of the register
    /// (2^32 - 1 units) as the range, so the whole turn is one unit longer.
    pub(super) fn wrap(&self) -> Wrap {
        match self.range_uj {
            Some(range) if range > 0 => Wrap::At(range.saturating_add(unit_uj(range))),
            _ => Wrap::Unknown,
        }
    }

    /// One unit of the register, which the range gives away.
    pub(super) fn resolution(&self) -> Option<Joules> {
        let range = self.range_uj.filter(|range| *range >= REGISTER_MAX)?;
        Some(Joules(range as f64 * 1e-6 / REGISTER_MAX as f64))
    }
}

/// Whole microjoules of one unit, at least the one that the file can show.
fn unit_uj(range: u64) -> u64 {
    (range / REGISTER_MAX).max(1)
}

/// A zone's part by its `name`; the name of a nested zone (`core`, `dram`) is completed by its parent's.
fn part_of(name: &str, folder: &Path) -> Option<Part> {
    if let Some(rest) = name.strip_prefix("package-") {
        let (package, die) = match rest.split_once("-die-") {
            Some((package, die)) => (package.parse().ok()?, Some(die.parse().ok()?)),
            None => (rest.parse().ok()?, None),
        };
        return Some(Part { kind: Kind::Package, package, die });
    }
    let kind = match name {
        "core" => Kind::Cores,
        "uncore" => Kind::Uncore,
        "dram" => Kind::Dram,
        _ if name == "psys" || name.starts_with("psys-") => {
            return Some(Part { kind: Kind::Psys, package: 0, die: None });
        }
        _ => return None,
    };
    // `intel-rapl:0:1` lies in `intel-rapl:0`; the class folder lists both.
    let (parent, _) = file_name(folder).rsplit_once(':')?;
    let parent = fs::read_to_string(folder.with_file_name(parent).join("name")).ok()?;
    let package = part_of_package(parent.trim())?;
    Some(Part { kind, ..package })
}

fn part_of_package(name: &str) -> Option<Part> {
    part_of(name, Path::new("")).filter(|part| part.kind == Kind::Package)
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_of_a_counter_is_one_unit_longer_than_its_highest_value() {
        let zone = |range_uj| Zone {
            part: Part { kind: Kind::Package, package: 0, die: None },
            folder: PathBuf::new(),
            range_uj,
        };
        // 2^32 units of 61.035 µJ (as the kernel rounds 2^-14 J) and of 15.258 µJ (2^-16 J).
        assert_eq!(zone(Some(262_143_328_850)).wrap(), Wrap::At(262_143_328_911));
        assert_eq!(zone(Some(65_532_610_987)).wrap(), Wrap::At(65_532_611_002));
        assert_eq!(zone(Some(999)).wrap(), Wrap::At(1000));
        assert_eq!(zone(Some(0)).wrap(), Wrap::Unknown);
        assert_eq!(zone(None).wrap(), Wrap::Unknown);
        assert_eq!(zone(Some(u64::MAX)).wrap(), Wrap::At(u64::MAX));

        let resolution = |range| zone(range).resolution().map(|joules| (joules.0 * 1e7).round());
        assert_eq!(resolution(Some(262_143_328_850)), Some(610.0));
        assert_eq!(resolution(Some(65_532_610_987)), Some(153.0));
        assert_eq!(resolution(Some(999)), None);
    }

    #[test]
    fn zones_with_unknown_names_are_no_parts() {
        for name in ["", "package-", "package-x", "package-0-die-", "package--1", "gpu", "core"] {
            assert_eq!(part_of(name, Path::new("")), None, "{name}");
        }
    }
}
