//! What a page says of the machine: whether it was fit, the control workload, temperatures.

use super::format::significant;
use super::markdown_table::bullets;
use crate::machine::{Control, ControlFacts, Qualification, WarmthFacts};

/// Why the run can be no baseline, in a sentence; None where it can, or nobody asked.
pub fn unqualified(machine: Option<&Qualification>) -> Option<String> {
    let machine = machine.filter(|machine| !machine.qualified)?;
    Some(format!("Machine not qualified, so this run can be no baseline: {}.", machine.why.join("; ")))
}

/// The section of the page; empty where nobody asked.
pub(super) fn section(machine: Option<&Qualification>) -> String {
    let Some(machine) = machine else { return String::new() };
    let mut lines = vec![match machine.qualified {
        true => "Qualified: this run may be a baseline.".to_owned(),
        false => "Not qualified: the notes say why.".to_owned(),
    }];
    lines.extend(machine.facts.control.as_ref().map(control));
    lines.extend(machine.facts.warmth.as_ref().map(warmth));
    lines.extend(machine.notes.iter().map(|note| capital(note) + "."));
    "\n## Machine\n\n".to_owned() + &bullets(&lines)
}

/// The note with its first letter as at the start of a sentence.
fn capital(note: &str) -> String {
    let mut letters = note.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The control workload at the run's start and end, with the drift between them.
fn control(control: &ControlFacts) -> String {
    let told = |Control { joules, seconds }: Control| {
        format!("{} J in {} s", significant(joules, 4), significant(seconds, 4))
    };
    let head = format!(
        "Control workload (version {}, {}): {} at the start",
        control.version,
        control.class,
        told(control.first)
    );
    let Some(last) = control.last else { return head + ", none at the end." };
    let change = |last: f64, first: f64| format!("{:+.1} %", 100.0 * (last / first - 1.0)).replace('-', "−");
    format!(
        "{head}, {} at the end: {} energy, {} time.",
        told(last),
        change(last.joules, control.first.joules),
        change(last.seconds, control.first.seconds)
    )
}

fn warmth(warmth: &WarmthFacts) -> String {
    format!(
        "The device was at {:.0} to {:.0} °C before blocks, {:.0} °C after the first one; blocks waited {:.0} s in all.",
        warmth.lowest_c, warmth.highest_c, warmth.reference_c, warmth.waited_s
    )
}

#[cfg(test)]
mod tests {
    use harness_meter::Class;

    use super::*;
    use crate::machine::Facts;

    fn machine(qualified: bool) -> Qualification {
        let control = ControlFacts {
            version: 1,
            class: Class::Counter,
            first: Control { joules: 40.0, seconds: 4.0 },
            last: Some(Control { joules: 40.4, seconds: 3.9 }),
        };
        let warmth =
            WarmthFacts { reference_c: 61.0, lowest_c: 58.0, highest_c: 63.0, band_k: 5.0, waited_s: 12.0 };
        Qualification {
            qualified,
            why: if qualified { Vec::new() } else { vec!["it ran on its battery".to_owned()] },
            notes: vec!["turbo is on".to_owned()],
            facts: Facts { control: Some(control), warmth: Some(warmth), ..Facts::default() },
        }
    }

    #[test]
    fn the_page_tells_the_drift_and_the_terminal_only_what_disqualifies() {
        let page = section(Some(&machine(true)));
        for line in [
            "- Qualified: this run may be a baseline.",
            "- Control workload (version 1, counter): 40.00 J in 4.000 s at the start, 40.40 J in 3.900 s at the end: +1.0 % energy, −2.5 % time.",
            "- The device was at 58 to 63 °C before blocks, 61 °C after the first one; blocks waited 12 s in all.",
            "- Turbo is on.",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert_eq!(unqualified(Some(&machine(true))), None);
        let told = unqualified(Some(&machine(false))).unwrap();
        assert!(told.ends_with("can be no baseline: it ran on its battery."), "{told}");
        assert_eq!((unqualified(None), section(None)), (None, String::new()));
    }
}
