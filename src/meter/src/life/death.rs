//! Which domains are dead, after as many watches as it takes to be sure, and what that means for the findings.

use serde::Serialize;

use super::course::Course;
use super::verdict::{Doubt, doubts};
use crate::domain::{Class, Domain};
use crate::fault::MeterFault;
use crate::finding::{Finding, State};
use crate::machine::Machine;
use crate::meter::Meters;
use crate::place::Place;
use crate::settings::Settings;

/// A doubt may come from what else went on: a domain is dead if no watch out of so many shows it alive.
const WATCHES: usize = 3;

/// A domain that does not follow the energy that is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Death {
    /// The domain's name.
    pub domain: String,
    /// The name of its meter.
    pub meter: String,
    /// Where it is read, which tells it from other views of the same thing.
    pub source: String,
    /// What was seen, in a phrase with the domain as subject.
    pub seen: String,
}

impl Death {
    fn of(domain: &Domain, seen: String) -> Self {
        let Domain { name, meter, source, .. } = domain.clone();
        Self { domain: name, meter, source, seen }
    }

    /// `package:0, psys stood still for 2.0 s`: what was seen, once for all of which it was seen.
    pub fn phrase<'a>(deaths: impl IntoIterator<Item = &'a Self>) -> String {
        let mut groups: Vec<(Vec<&str>, &str)> = Vec::new();
        for Self { domain, seen, .. } in deaths {
            match groups.iter_mut().find(|(_, known)| known == seen) {
                Some((domains, _)) => domains.push(domain),
                None => groups.push((vec![domain], seen)),
            }
        }
        let told = groups.iter().map(|(domains, seen)| format!("{} {seen}", domains.join(", ")));
        told.collect::<Vec<_>>().join("; ")
    }
}

/// Watches meters for two seconds, and twice more where something stands against a domain that a busy machine
/// could explain. The meters come back, with what is dead of them.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn deaths(mut meters: Meters) -> Result<(Meters, Vec<Death>), MeterFault> {
    let domains: Vec<Domain> = meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
    let mut lives: Vec<Life> = vec![Life::default(); domains.len()];
    for _ in 0..WATCHES {
        let (given_back, course) = Course::take(meters)?;
        meters = given_back;
        lives.iter_mut().zip(doubts(&course)).for_each(|(life, doubt)| life.see(doubt));
        if lives.iter().all(|life| life.settled) {
            break;
        }
    }
    let mut dead: Vec<Death> = domains
        .iter()
        .zip(lives)
        .filter_map(|(domain, life)| Some(Death::of(domain, life.doubt?.seen)))
        .collect();
    without_a_socket(&domains, &mut dead);
    without_company(&domains, &mut dead);
    Ok((meters, dead))
}

/// What the watches so far say of a domain.
#[derive(Debug, Clone, Default)]
struct Life {
    /// What stands against it; None: it lives, or was not watched yet.
    doubt: Option<Doubt>,
    /// Another watch is of no interest.
    settled: bool,
}

impl Life {
    fn see(&mut self, doubt: Option<Doubt>) {
        if self.settled {
            return;
        }
        let constant = |doubt: &Option<Doubt>| doubt.as_ref().and_then(|doubt| doubt.constant);
        // A sensor that is updated more rarely than a watch takes says something else in the next one.
        let moved = constant(&self.doubt).zip(constant(&doubt)).is_some_and(|(before, now)| before != now);
        self.doubt = doubt.filter(|_| !moved);
        self.settled = self.doubt.as_ref().is_none_or(|doubt| doubt.sure);
    }
}

/// A built-in GPU's counter may stand still and live, but not where all else of its meter is dead.
fn without_company(domains: &[Domain], dead: &mut Vec<Death>) {
    let uncore = |domain: &&Domain| matches!(domain.place, Place::Uncore(_));
    let left: Vec<&Domain> =
        domains.iter().filter(|domain| dead.iter().all(|death| death.source != domain.source)).collect();
    let alone = left.iter().filter(|domain| uncore(domain)).filter(|domain| {
        let died = dead.iter().any(|death| death.meter == domain.meter);
        died && left.iter().all(|other| other.meter != domain.meter || uncore(other))
    });
    let alone: Vec<Death> =
        alone.map(|domain| Death::of(domain, "stands beside nothing that lives".to_owned())).collect();
    dead.extend(alone);
}

/// A sum of packages without a dead one would pass for the whole processor's: then none counts.
fn without_a_socket(domains: &[Domain], dead: &mut Vec<Death>) {
    let is_dead = |domain: &Domain, dead: &[Death]| dead.iter().any(|death| death.source == domain.source);
    let package =
        |domain: &&Domain| matches!(domain.place, Place::Package(_)) && domain.class != Class::Estimated;
    let names = |domain: &Domain| domain.witness_of.clone().unwrap_or_else(|| domain.name.clone());
    let lost = domains.iter().filter(package).find(|domain| {
        let views =
            domains.iter().filter(|other| other.meter == domain.meter && names(other) == names(domain));
        views.into_iter().all(|view| is_dead(view, dead))
    });
    let Some(lost) = lost.cloned() else { return };
    let rest: Vec<&Domain> = domains
        .iter()
        .filter(package)
        .filter(|domain| domain.meter == lost.meter && !is_dead(domain, dead))
        .collect();
    let why =
        format!("is left out with `{}`: without it a sum would pass for the whole processor's", names(&lost));
    dead.extend(rest.into_iter().map(|domain| Death::of(domain, why.clone())));
}

/// Writes the deaths into the findings: what reads nothing alive is dead.
pub(crate) fn bury(findings: &mut [Finding], deaths: &[Death], settings: &Settings) {
    for found in findings.iter_mut().filter(|found| found.state == State::Found) {
        let of_it = |death: &&Death| death.meter == found.meter && found.domains.contains(&death.domain);
        let dead: Vec<&Death> = deaths.iter().filter(of_it).collect();
        if dead.is_empty() {
            continue;
        }
        let phrases = Death::phrase(dead.iter().copied());
        found.domains.retain(|name| dead.iter().all(|death| death.domain != *name));
        if found.domains.is_empty() {
            found.state = State::Dead;
            found.detail = phrases;
            found.mend = vec![mend(settings)];
        } else {
            found.detail = format!("{}; dead: {phrases}", found.detail);
        }
    }
}

fn mend(settings: &Settings) -> String {
    if Machine::look(&settings.sysfs_root, &settings.proc_root).guest {
        "this is a virtual machine, and its hypervisor shows a counter without what it counts: use a bare-metal \
         machine"
            .to_owned()
    } else {
        "update the kernel or the device's driver; `auto` leaves out what is dead".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    fn domain(name: &str, place: Place) -> Domain {
        Domain {
            name: name.to_owned(),
            source: format!("file of {name}"),
            witness_of: name.split_once('@').map(|(of, _)| of.to_owned()),
            place,
            ..plain_counter()
        }
    }

    #[test]
    fn a_socket_that_is_dead_in_every_view_takes_the_others_with_it() {
        let domains = [
            domain("package:0", Place::Package(0)),
            domain("package:0@powercap", Place::Package(0)),
            domain("package:1", Place::Package(1)),
            domain("dram:1", Place::Dram(1)),
        ];
        let death = |index: usize| Death::of(&domains[index], "stood still".to_owned());
        let mut one_view = vec![death(0)];
        without_a_socket(&domains, &mut one_view);
        assert_eq!(one_view.len(), 1);
        let mut both = vec![death(0), death(1)];
        without_a_socket(&domains, &mut both);
        let names: Vec<&str> = both.iter().map(|death| death.domain.as_str()).collect();
        assert_eq!(names, ["package:0", "package:0@powercap", "package:1"]);
        assert!(both[2].seen.starts_with("is left out with `package:0`"), "{both:?}");
    }

    #[test]
    fn a_domain_lives_if_one_watch_shows_it_alive_or_a_sensor_says_something_else_later() {
        let doubt = |constant, sure| Some(Doubt { seen: "said so".to_owned(), sure, constant });
        let ends = |watches: &[Option<Doubt>]| {
            let mut life = Life::default();
            watches.iter().cloned().for_each(|doubt| life.see(doubt));
            (life.doubt.is_none(), life.settled)
        };
        let unsure = doubt(None, false);
        assert_eq!(ends(&[unsure.clone(), unsure.clone(), unsure.clone()]), (false, false));
        assert_eq!(ends(&[unsure.clone(), None]), (true, true));
        assert_eq!(ends(&[doubt(None, true), None]), (false, true), "what is sure stays");
        assert_eq!(ends(&[doubt(Some(40), false), doubt(Some(40), false)]), (false, false));
        assert_eq!(ends(&[doubt(Some(40), false), doubt(Some(41), false)]), (true, true));
    }

    #[test]
    fn findings_say_what_died_and_are_dead_where_nothing_is_left() {
        let finding = |domains: &[&str]| Finding {
            meter: "sim",
            what: "a way",
            state: State::Found,
            detail: domains.join(", "),
            domains: domains.iter().map(|name| (*name).to_owned()).collect(),
            mend: Vec::new(),
        };
        let mut findings = [finding(&["psys"]), finding(&["package:0", "dram:0"]), finding(&["package:1"])];
        let dead =
            ["psys", "dram:0"].map(|name| Death::of(&domain(name, Place::Psys), "stood still".to_owned()));
        bury(&mut findings, &dead, &Settings::default());
        assert_eq!((findings[0].state, findings[0].detail.as_str()), (State::Dead, "psys stood still"));
        assert!(!findings[0].mend.is_empty());
        assert_eq!(findings[1].state, State::Found);
        assert_eq!(findings[1].detail, "package:0, dram:0; dead: dram:0 stood still");
        assert_eq!((findings[2].state, findings[2].detail.as_str()), (State::Found, "package:1"));
    }
}
