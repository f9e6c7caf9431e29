//! Cells in a row without energy: said while something can still be done about it.

use crate::record::{CellRecord, Phase, Status, WindowRecord};
use crate::summary::alike;

/// Once may be chance.
const IN_A_ROW: usize = 3;

/// What can be done, by the first word of a reason.
const ADVICE: &[(&str, &str)] = &[
    (
        "counter-stuck",
        "the counter has stopped: end this run with Ctrl-C and start it again, `auto` then leaves it out",
    ),
    ("foreign-load", "end the other programs, or raise `run.max-foreign-load`"),
    ("stolen-time", "wait until the host is quieter, or raise `run.max-steal`"),
    ("quota-throttled", "give this container more cores, or raise `run.max-steal`"),
    ("throttled", "let the device cool down, or lower its load"),
    ("too-few-updates", "raise `run.min-window`; a counter without any update has stopped"),
    ("source-lost", "the device has gone: end this run with Ctrl-C and see `harness doctor`"),
    (
        "permission-lost",
        "the right to read was taken away: end this run with Ctrl-C and see `harness doctor`",
    ),
];

/// For every other reason.
const OTHER: &str =
    "METHODOLOGY.md says what the reason's first word means; `harness doctor` looks at the meters";

/// The cells without energy that came one after the other.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    reasons: Vec<String>,
}

impl Trouble {
    /// Takes a cell in; what to tell the user, once for each row of cells that lack energy for the same reason.
    pub(super) fn note(&mut self, cell: &CellRecord, windows: &[WindowRecord]) -> Option<String> {
        let window = windows.iter().rfind(|window| window.phase == Phase::Window);
        let reason = match cell.status {
            Status::Ok => window.and_then(WindowRecord::reason),
            _ => None,
        };
        let Some(reason) = reason else {
            self.reasons.clear();
            return None;
        };
        self.reasons.push(reason);
        let groups = alike(&self.reasons);
        let [same] = &groups[..] else {
            self.reasons.drain(..self.reasons.len() - 1);
            return None;
        };
        (self.reasons.len() == IN_A_ROW).then(|| {
            format!(
                "note: {IN_A_ROW} cells in a row have no energy: {}\nhelp: {}; scores and times are measured all the same",
                same.text,
                advice(&same.text)
            )
        })
    }
}

/// A total's reason has its domain before the word.
fn advice(reason: &str) -> &'static str {
    let words = || reason.split(": ");
    let known = ADVICE.iter().find(|(word, _)| words().take(2).any(|part| part == *word));
    known.map_or(OTHER, |(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, why};

    fn cells(reasons: &[Option<&str>]) -> Vec<Option<String>> {
        let mut trouble = Trouble::default();
        let example = example();
        let note = |reason: &Option<&str>| {
            let why =
                reason.and_then(|reason| reason.split_once(": ")).map(|(word, detail)| why(word, detail));
            let window = WindowRecord { phase: Phase::Window, why, ..example.windows[0].clone() };
            trouble.note(&example.cells[0], &[window])
        };
        reasons.iter().map(note).collect()
    }

    #[test]
    fn the_third_cell_in_a_row_without_energy_for_one_reason_is_told_with_what_to_do() {
        let stuck = |seconds| format!("psys: counter-stuck: the counter stood still for {seconds} s");
        let [a, b, c, d] = ["2.0", "2.5", "1.5", "2.0"].map(stuck);
        let told = cells(&[Some(&a), Some(&b), Some(&c), Some(&d)]);
        assert_eq!((&told[0], &told[1], &told[3]), (&None, &None, &None));
        let note = told[2].as_ref().unwrap();
        assert!(note.contains("stood still for 1.5 to 2.5 s\nhelp: the counter has stopped"), "{note}");
    }

    #[test]
    fn a_valid_cell_or_another_reason_starts_anew() {
        let (a, b) = ("gap: nobody read", "cpu: foreign-load: others");
        assert!(cells(&[Some(a), Some(a), None, Some(a), Some(b), Some(b)]).iter().all(Option::is_none));
        let told = cells(&[Some(a), Some(b), Some(b), Some(b)]);
        assert!(told[3].as_ref().unwrap().contains("help: end the other programs"), "{told:?}");
    }

    #[test]
    fn every_word_with_advice_is_a_reason() {
        use harness_meter::{Reason, Seconds};
        let mut words: Vec<&str> =
            harness_meter::FAULT_KINDS.iter().map(|kind| Reason::ReadFailed(*kind).code()).collect();
        words.extend(
            [
                Reason::CounterStuck { still: Seconds(1.0) },
                Reason::ForeignLoad { rel: 0.2, limit: 0.1 },
                Reason::Stolen { rel: 0.2, limit: 0.1 },
                Reason::HeldBack { rel: 0.2, limit: 0.1 },
                Reason::Throttled(String::new()),
                Reason::TooFewUpdates { seen: 1, needed: 2 },
            ]
            .map(|reason| reason.code()),
        );
        for (word, _) in ADVICE {
            assert!(words.contains(word), "{word}");
        }
    }
}
