//! What a domain is, and which domains contain which.

use serde::{Deserialize, Serialize};

/// The thing that a domain measures. Numbers are those that the system gives: sockets, GPUs, modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The whole machine, as its board or power supply sees it.
    Node,
    /// The platform of a processor with its memory (RAPL `psys`).
    Psys,
    /// A module of processor and GPU under one sensor, such as a Grace Hopper board.
    Module(u32),
    /// A processor socket or one die of it, without memory.
    Package(u32),
    /// The cores of a package.
    Cores(u32),
    /// What a package has beside its cores, such as a built-in GPU.
    Uncore(u32),
    /// Memory beside a package.
    Dram(u32),
    /// A GPU board with its memory.
    Gpu(u32),
    /// The processes under measurement, whatever they run on.
    Process,
    /// Nothing real.
    MadeUp,
}

impl Place {
    /// What a domain's name tells: `package:0`, `package:0-die:1` and `package:0@powercap` are all
    /// `Package(0)`. None: it is no name that this program gives to a domain.
    pub fn of_name(name: &str) -> Option<Self> {
        let (name, _) = name.split_once('@').unwrap_or((name, ""));
        let Some((kind, number)) = name.split_once(':') else {
            return match name {
                "node" => Some(Self::Node),
                "psys" => Some(Self::Psys),
                "cpu" => Some(Self::Process),
                "sim" => Some(Self::MadeUp),
                _ => None,
            };
        };
        let number = match number.split_once("-die:") {
            Some((number, die)) => die.parse::<u32>().ok().and(number.parse().ok())?,
            None => number.parse().ok()?,
        };
        match kind {
            "module" | "gpu-module" => Some(Self::Module(number)),
            "package" => Some(Self::Package(number)),
            "cores" => Some(Self::Cores(number)),
            "uncore" => Some(Self::Uncore(number)),
            "dram" => Some(Self::Dram(number)),
            "gpu" => Some(Self::Gpu(number)),
            _ => None,
        }
    }

    /// Whether what `inner` measures is a part of what this measures, so that adding the two would count
    /// it twice. A place contains itself.
    pub fn contains(self, inner: Self) -> bool {
        use Place::{Cores, Dram, Gpu, Module, Node, Package, Psys, Uncore};
        match (self, inner) {
            (a, b) if a == b => true,
            (Node, Psys | Module(_) | Package(_) | Cores(_) | Uncore(_) | Dram(_) | Gpu(_)) => true,
            (Psys, Package(_) | Cores(_) | Uncore(_) | Dram(_)) => true,
            (Module(m), Gpu(n) | Package(n) | Cores(n) | Uncore(n) | Dram(n)) => m == n,
            (Package(p), Cores(n) | Uncore(n)) => p == n,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place::*;
    use super::*;

    const PLACES: [Place; 13] = [
        Node,
        Psys,
        Module(0),
        Module(1),
        Package(0),
        Package(1),
        Cores(0),
        Uncore(0),
        Dram(0),
        Gpu(0),
        Gpu(1),
        Process,
        MadeUp,
    ];

    #[test]
    fn containment_is_a_partial_order() {
        for a in PLACES {
            assert!(a.contains(a));
            for b in PLACES {
                assert!(a == b || !(a.contains(b) && b.contains(a)), "{a:?} {b:?}");
                for c in PLACES {
                    assert!(!(a.contains(b) && b.contains(c)) || a.contains(c), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    #[test]
    fn memory_stands_beside_the_package_and_a_gpu_in_its_own_module() {
        assert!(!Package(0).contains(Dram(0)) && Psys.contains(Dram(0)) && !Psys.contains(Gpu(0)));
        assert!(Module(0).contains(Gpu(0)) && !Module(0).contains(Gpu(1)) && !Package(0).contains(Cores(1)));
    }
    #[test]
    fn names_of_domains_tell_their_place() {
        let cases = [
            ("node", Some(Node)),
            ("psys", Some(Psys)),
            ("psys@powercap", Some(Psys)),
            ("cpu", Some(Process)),
            ("sim", Some(MadeUp)),
            ("module:1", Some(Module(1))),
            ("package:0", Some(Package(0))),
            ("package:0-die:1", Some(Package(0))),
            ("package:12@powercap", Some(Package(12))),
            ("cores:0", Some(Cores(0))),
            ("uncore:0", Some(Uncore(0))),
            ("dram:3", Some(Dram(3))),
            ("gpu:7@power", Some(Gpu(7))),
            ("", None),
            ("gpu", None),
            ("gpu:", None),
            ("gpu:-1", None),
            ("package:0-die:x", None),
            ("pdu:3", None),
            ("GPU:0", None),
        ];
        for (name, place) in cases {
            assert_eq!(Place::of_name(name), place, "{name}");
        }
    }
}
