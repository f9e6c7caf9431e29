//! Which domains make up the energy of a run, so that nothing is missed and nothing counts twice.

use harness_protocol::Device;

use crate::domain::{Class, Domain};
use crate::place::Place;

/// Indices of the domains to add up, in their order: those that hold the computing device and what works
/// for it, the narrowest of each kind, no two of which overlap. For a processor that is its packages with
/// their memory; for a GPU also the GPU. With a class only its domains. Empty: nothing holds the device.
///
/// `psys` and `node` count only where nothing narrower holds the device: they also see screens, disks and
/// fans. Without a device all domains are looked at.
pub fn counted(domains: &[Domain], device: Option<Device>, class: Option<Class>) -> Vec<u16> {
    let fits = |domain: &&Domain| {
        let classed = class.is_none_or(|class| class == domain.class);
        domain.witness_of.is_none() && classed && serves(domain.place, device)
    };
    let places: Vec<Place> = domains.iter().filter(fits).map(|domain| domain.place).collect();
    let holders: Vec<Place> = places.iter().copied().filter(|place| holds(*place, device)).collect();
    let wide = |place: &Place, among: &[Place]| among.iter().any(|b| b != place && place.contains(*b));
    let mut taken: Vec<Place> = holders.iter().copied().filter(|place| !wide(place, &holders)).collect();
    if taken.is_empty() {
        return Vec::new();
    }
    let hosts: Vec<Place> = places.iter().copied().filter(|place| holds(*place, Some(Device::Cpu))).collect();
    let narrow_hosts = hosts.iter().copied().filter(|place| !wide(place, &hosts));
    for place in narrow_hosts.chain(places.iter().copied()) {
        if !taken.iter().any(|other| other.contains(place) || place.contains(*other)) {
            taken.push(place);
        }
    }
    (0..)
        .zip(domains)
        .filter(|(_, domain)| fits(domain) && taken.contains(&domain.place))
        .map(|(index, _)| index)
        .collect()
}

/// Whether the whole device draws through this place.
pub fn holds(place: Place, device: Option<Device>) -> bool {
    use Place::{Gpu, MadeUp, Module, Node, Package, Process, Psys};
    match device {
        None => !matches!(place, Place::Cores(_) | Place::Uncore(_) | Place::Dram(_)),
        Some(Device::Cpu) => matches!(place, Package(_) | Psys | Module(_) | Node | Process | MadeUp),
        Some(Device::Cuda(_)) => matches!(place, Gpu(_) | Module(_) | Node | MadeUp),
    }
}

/// Whether what draws here works for the device: a GPU does nothing for a processor that computes, while
/// a processor feeds the GPU that does.
fn serves(place: Place, device: Option<Device>) -> bool {
    device != Some(Device::Cpu) || !matches!(place, Place::Gpu(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    fn machine(parts: &[(&str, Place, Class)]) -> Vec<Domain> {
        let domain = |&(name, place, class): &(&str, Place, Class)| Domain {
            name: name.to_owned(),
            place,
            class,
            witness_of: name.split_once('@').map(|(of, _)| of.to_owned()),
            ..plain_counter()
        };
        parts.iter().map(domain).collect()
    }

    fn names(parts: &[(&str, Place, Class)], device: Option<Device>, class: Option<Class>) -> String {
        let domains = machine(parts);
        let name = |index: &u16| domains[usize::from(*index)].name.clone();
        counted(&domains, device, class).iter().map(name).collect::<Vec<_>>().join("+")
    }

    const CPU: Option<Device> = Some(Device::Cpu);
    const GPU: Option<Device> = Some(Device::Cuda(0));

    /// Domains, device, class, and the formula.
    type Case<'a> = (&'a [(&'a str, Place, Class)], Option<Device>, Option<Class>, &'a str);

    #[test]
    fn totals_hold_the_device_and_count_nothing_twice() {
        use Class::{Counter, Estimated, Integrated};
        use Place::*;
        let client = [
            ("psys", Psys, Counter),
            ("package:0", Package(0), Counter),
            ("package:0@powercap", Package(0), Counter),
            ("cores:0", Cores(0), Counter),
            ("uncore:0", Uncore(0), Counter),
        ];
        let server = [
            ("package:0", Package(0), Counter),
            ("package:1", Package(1), Counter),
            ("dram:0", Dram(0), Counter),
            ("dram:1", Dram(1), Counter),
            ("gpu:0", Gpu(0), Counter),
            ("gpu:0@power", Gpu(0), Integrated),
            ("node", Node, Integrated),
        ];
        let grace = [
            ("module:0", Module(0), Integrated),
            ("package:0", Package(0), Integrated),
            ("gpu:0", Gpu(0), Counter),
        ];
        let board = [("node", Node, Integrated), ("gpu:0", Gpu(0), Integrated)];
        let cases: [Case<'_>; 16] = [
            (&client, CPU, Some(Counter), "package:0"),
            (&client[..1], CPU, Some(Counter), "psys"),
            (&client[3..], CPU, Some(Counter), ""),
            (&server, CPU, Some(Counter), "package:0+package:1+dram:0+dram:1"),
            (&server, GPU, Some(Counter), "package:0+package:1+dram:0+dram:1+gpu:0"),
            (&server, CPU, Some(Integrated), "node"),
            (&server[4..5], CPU, None, ""),
            (&server[4..6], GPU, Some(Counter), "gpu:0"),
            (&grace, CPU, Some(Integrated), "package:0"),
            (&grace, GPU, Some(Counter), "gpu:0"),
            (&grace[..1], GPU, Some(Integrated), "module:0"),
            (&grace[..2], GPU, None, "module:0"),
            (&client, GPU, None, ""),
            (&board, GPU, Some(Integrated), "gpu:0"),
            (&board, CPU, None, "node"),
            (&[("cpu", Process, Estimated)], GPU, None, ""),
        ];
        for (parts, device, class, expected) in cases {
            assert_eq!(names(parts, device, class), expected, "{parts:?} {device:?} {class:?}");
        }
    }

    #[test]
    fn no_two_counted_domains_overlap_whatever_there_is() {
        use Place::*;
        let places =
            [Node, Psys, Module(0), Package(0), Package(1), Cores(0), Uncore(1), Dram(0), Gpu(0), Gpu(1)];
        for set in 0..1_u32 << places.len() {
            let parts: Vec<(&str, Place, Class)> = (0..)
                .zip(places)
                .filter(|(bit, _)| set >> bit & 1 == 1)
                .map(|(_, place)| ("x", place, Class::Counter))
                .collect();
            for device in [None, CPU, GPU] {
                let domains = machine(&parts);
                let chosen = counted(&domains, device, None);
                let place = |index: &u16| domains[usize::from(*index)].place;
                for a in &chosen {
                    for b in &chosen {
                        assert!(a == b || !place(a).contains(place(b)), "{parts:?} {device:?}");
                    }
                }
                assert!(chosen.is_empty() || chosen.iter().any(|index| holds(place(index), device)));
            }
        }
    }
}
