//! What one RAPL counter covers: a part of a socket, or of a die where a socket has several.

use crate::place::Place;
use crate::units::Watts;

/// The meter.
pub(super) const NAME: &str = "rapl";

/// The kinds of RAPL counters, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Everything on the package but memory modules.
    Package,
    /// All cores of the package.
    Cores,
    /// The rest of the package that the maker counts by itself: integrated graphics.
    Uncore,
    /// Memory modules behind the package.
    Dram,
    /// The whole board, as the processor is told by its supply.
    Psys,
}

/// One RAPL counter's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// `physical_package_id`; 0 for the board.
    pub(super) package: u32,
    /// Set only where a socket has several counters, one for each die.
    pub(super) die: Option<u32>,
}

impl Part {
    /// The domain's name: `package:0`, `dram:1-die:1`, `psys`.
    pub(super) fn name(self) -> String {
        let word = match self.kind {
            Kind::Package => "package",
            Kind::Cores => "cores",
            Kind::Uncore => "uncore",
            Kind::Dram => "dram",
            Kind::Psys => return "psys".to_owned(),
        };
        match self.die {
            Some(die) => format!("{word}:{}-die:{die}", self.package),
            None => format!("{word}:{}", self.package),
        }
    }

    pub(super) fn place(self) -> Place {
        match self.kind {
            Kind::Package => Place::Package(self.package),
            Kind::Cores => Place::Cores(self.package),
            Kind::Uncore => Place::Uncore(self.package),
            Kind::Dram => Place::Dram(self.package),
            Kind::Psys => Place::Psys,
        }
    }

    /// Above any part sold: sockets are rated up to 500 W and peak at twice that, twelve memory modules
    /// draw below 200 W, a board with eight accelerators up to 10 kW.
    pub(super) fn plausible(self) -> Watts {
        match self.kind {
            Kind::Package | Kind::Cores | Kind::Uncore => Watts(2_000.0),
            Kind::Dram => Watts(500.0),
            Kind::Psys => Watts(10_000.0),
        }
    }
}

/// Takes the board's counters out where several sockets show one: whether each covers its own socket or
/// all of them is not documented, and either reading could count a socket twice or not at all. Gives back
/// why, if it did.
pub(super) fn drop_ambiguous_psys<T>(listed: &mut Vec<T>, part: impl Fn(&T) -> Part) -> Option<String> {
    let boards = listed.iter().filter(|one| part(one).kind == Kind::Psys).count();
    if boards < 2 {
        return None;
    }
    listed.retain(|one| part(one).kind != Kind::Psys);
    Some(format!("psys left out: {boards} sockets show one, and what each covers is not documented"))
}

/// The name of powercap's view of a part that perf counts too.
pub(super) fn beside_perf(name: &str) -> String {
    format!("{name}@powercap")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_the_names_that_tables_use() {
        let cases = [
            (Kind::Package, 0, None, "package:0"),
            (Kind::Package, 1, Some(1), "package:1-die:1"),
            (Kind::Cores, 0, None, "cores:0"),
            (Kind::Uncore, 0, None, "uncore:0"),
            (Kind::Dram, 1, Some(0), "dram:1-die:0"),
            (Kind::Psys, 0, None, "psys"),
        ];
        for (kind, package, die, name) in cases {
            assert_eq!(Part { kind, package, die }.name(), name);
        }
    }
}
