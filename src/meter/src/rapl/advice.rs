//! What both ways to RAPL found, in words, and what would mend them.

use std::env;
use std::fs;
use std::path::Path;

use super::part::{NAME, beside_perf};
use super::survey::Survey;
use crate::fault::FaultKind;
use crate::finding::{Finding, State};
use crate::settings::Settings;

/// One finding for each way.
pub(super) fn findings(survey: &Survey, settings: &Settings) -> Vec<Finding> {
    vec![by_perf(survey, settings), by_powercap(survey)]
}

/// What became of the parts that one way shows.
#[derive(Default)]
struct Tally {
    readable: Vec<String>,
    /// What the readable ones are called as domains.
    domains: Vec<String>,
    refused: Vec<(String, FaultKind, String)>,
    disagreed: Vec<String>,
}

impl Tally {
    /// Takes the state and phrase from what happened; `absent` where the way shows nothing.
    fn sum_up(&self, notes: &[String], absent: String) -> (State, String) {
        let mut phrases = Vec::new();
        let state = if !self.readable.is_empty() {
            phrases.push(self.readable.join(", "));
            State::Found
        } else if let Some((_, kind, _)) = self.refused.first() {
            if *kind == FaultKind::PermissionDenied { State::Denied } else { State::Broken }
        } else {
            phrases.push(absent);
            State::Absent
        };
        // One reason for all parts is said once.
        for (index, (_, _, why)) in self.refused.iter().enumerate() {
            if self.refused.iter().take(index).all(|(_, _, earlier)| earlier != why) {
                let same = self.refused.iter().filter(|(_, _, other)| other == why);
                let names: Vec<&str> = same.map(|(name, _, _)| name.as_str()).collect();
                phrases.push(format!("{}: {why}", names.join(", ")));
            }
        }
        if !self.disagreed.is_empty() {
            phrases.push(format!("{} left out: the other way does not show it", self.disagreed.join(", ")));
        }
        phrases.extend_from_slice(notes);
        (state, phrases.join("; "))
    }
}

fn by_perf(survey: &Survey, settings: &Settings) -> Finding {
    let paranoid = paranoid(&settings.proc_root);
    // At 0 and below the kernel itself lets everyone count.
    let filtered = paranoid.parse::<i64>().is_ok_and(|level| level <= 0);
    let container = "in a container: start it with `--cap-add PERFMON`".to_owned();
    let mut tally = Tally::default();
    for row in &survey.rows {
        match row.perf.as_ref().map(|by| &by.open) {
            None => {}
            Some(_) if !row.agreed => tally.disagreed.push(row.part.name()),
            Some(Ok(_)) => {
                tally.readable.push(row.part.name());
                tally.domains.push(row.part.name());
            }
            Some(Err(refusal)) if refusal.kind == FaultKind::PermissionDenied => {
                let why = if filtered {
                    "a filter, as containers have, refuses perf events".to_owned()
                } else {
                    format!("`perf_event_paranoid` is {paranoid} and this program lacks CAP_PERFMON")
                };
                tally.refused.push((row.part.name(), refusal.kind, why));
            }
            Some(Err(refusal)) => {
                tally.refused.push((row.part.name(), refusal.kind, refusal.message.clone()));
            }
        }
    }
    let (state, detail) = tally.sum_up(&survey.perf_notes, "no `power` PMU".to_owned());
    let mend = match state {
        State::Found | State::Broken | State::Dead => Vec::new(),
        State::Absent => absent(survey, "rapl"),
        State::Denied if filtered => vec![container],
        State::Denied => vec![
            format!(
                "let this program alone count: `sudo setcap cap_perfmon=ep {}` (the loader then ignores \
                 LD_LIBRARY_PATH)",
                program()
            ),
            format!(
                "let every user count, until the next boot: `sudo sysctl kernel.perf_event_paranoid=0` \
                 (now {paranoid})"
            ),
            container,
        ],
    };
    Finding { meter: NAME, what: "RAPL by perf", state, detail, domains: tally.domains, mend }
}

fn by_powercap(survey: &Survey) -> Finding {
    let mut tally = Tally::default();
    for row in &survey.rows {
        match row.powercap.as_ref().map(|by| &by.open) {
            None => {}
            Some(_) if !row.agreed => tally.disagreed.push(row.part.name()),
            Some(Ok(_)) => {
                let name = row.part.name();
                let beside = row.perf.as_ref().is_some_and(|by| by.open.is_ok());
                tally.domains.push(if beside { beside_perf(&name) } else { name.clone() });
                tally.readable.push(name);
            }
            Some(Err(FaultKind::PermissionDenied)) => {
                let why = "`energy_uj` is closed to this user".to_owned();
                tally.refused.push((row.part.name(), FaultKind::PermissionDenied, why));
            }
            Some(Err(kind)) => tally.refused.push((row.part.name(), *kind, format!("`energy_uj` ({kind})"))),
        }
    }
    let (state, detail) = if survey.masked && tally.readable.is_empty() {
        (State::Denied, "a container hides the zones".to_owned())
    } else {
        tally.sum_up(&survey.powercap_notes, "no zones".to_owned())
    };
    let mend = match state {
        State::Found | State::Broken | State::Dead => Vec::new(),
        State::Absent => absent(survey, "intel_rapl_msr"),
        State::Denied if survey.masked => {
            vec!["start the container with `--security-opt systempaths=unconfined`".to_owned()]
        }
        // Closed since kernel 5.10: fine power readings give keys away (CVE-2020-8694).
        State::Denied => vec![
            "let your group read, until the next boot: `sudo chgrp \"$(id -gn)\" \
             /sys/class/powercap/*/energy_uj && sudo chmod g+r /sys/class/powercap/*/energy_uj`"
                .to_owned(),
        ],
    };
    Finding { meter: NAME, what: "RAPL by powercap", state, detail, domains: tally.domains, mend }
}

/// What brings counters that are not shown at all.
fn absent(survey: &Survey, module: &str) -> Vec<String> {
    if survey.machine.guest {
        return vec![
            "this is a virtual machine and its hypervisor hides RAPL: use a bare-metal machine".to_owned(),
        ];
    }
    if survey.machine.has_rapl() {
        return vec![format!("load the kernel's driver: `sudo modprobe {module}`")];
    }
    Vec::new()
}

/// `perf_event_paranoid` as text, `unknown` where the kernel does not tell. It can be negative.
fn paranoid(proc_root: &Path) -> String {
    let text = fs::read_to_string(proc_root.join("sys/kernel/perf_event_paranoid"));
    text.map_or("unknown".to_owned(), |text| text.trim().to_owned())
}

/// The running program's own file, quoted for a shell.
fn program() -> String {
    env::current_exe().map_or("\"$(command -v harness)\"".to_owned(), |path| format!("{path:?}"))
}
