//! Sentences that warn the reader of a row or a task.

use std::collections::BTreeMap;

use harness_task::Scorer;

use super::gather::{Gathered, Measured, Repetition, repetition};
use super::scored::scored_items;
use super::{Score, Speed, SummaryInput};
use crate::score::TaskInput;

/// What a reader of one row must know of its cells.
pub(super) fn row_notes(measured: &Measured<'_>, speed: &Speed) -> Vec<String> {
    let mut notes = Vec::new();
    let (valid, planned) = (measured.blocks.len(), measured.cells.len());
    if valid > 0 && valid < planned {
        notes.push(format!("{} of {planned} blocks have no valid energy", planned - valid));
    }
    if speed.deterministic == Some(false) {
        notes.push("repeated passes over the same items gave different tokens".to_string());
    }
    notes
}

/// Why scorers have no score, or not one of every item.
pub(super) fn score_notes<'s>(
    measured: &Measured<'_>,
    scorers: impl Iterator<Item = &'s dyn Scorer>,
    scores: &BTreeMap<String, Score>,
) -> Vec<String> {
    let mut notes = Vec::new();
    for scorer in scorers {
        let all = measured.items.len();
        if let Some((count, why)) = measured.unscored.get(scorer.name()) {
            notes.push(format!(
                "`{}` leaves out {count} of {all} completions: {}",
                scorer.name(),
                why.detail
            ));
        } else if !scores.contains_key(scorer.name()) && all > 0 {
            notes.push(format!("`{}` {}", scorer.name(), scorer.no_value()));
        }
    }
    notes
}

/// Whom the intervals of a task speak of.
pub(super) fn items_note(input: &SummaryInput, task: &TaskInput, gathered: &Gathered<'_>) -> Option<String> {
    let of_task = || {
        let variants = input.variants.iter();
        variants.filter_map(|variant| gathered.by_variant.get(&(task.name.as_str(), variant.as_str())))
    };
    let items = of_task()
        .map(|measured| scored_items(measured.items.iter(), measured.place(&task.primary_score)).len())
        .max()?;
    if items == 0 {
        return None;
    }
    let whom = match repetition(of_task()) {
        Repetition::Same => {
            format!("every block ran the same {items} items; intervals of energy speak of these items")
        }
        Repetition::Shared => format!(
            "blocks ran {items} items, some of them in several blocks; intervals of energy speak of these items"
        ),
        Repetition::Different => {
            format!("blocks ran different slices of {items} items; intervals speak of their population")
        }
    };
    Some(format!("task `{}`: {whom}", task.name))
}

#[cfg(test)]
mod tests {
    use crate::report::example::{example, summary, summary_of};

    #[test]
    fn outputs_of_other_length_and_wavering_ones_are_flagged() {
        let mut example = example();
        for cell in example.cells.iter_mut().filter(|cell| cell.variant == "int8") {
            cell.tokens_out = Some(90);
            cell.deterministic = Some(false);
        }
        let notes = &summary_of(&example).rows[1].notes;
        assert!(notes[0].contains("different tokens"), "{notes:?}");
        // Half the energy and a quarter less tokens: ln 0.75 / ln 0.5.
        let expected = "by -25 %, which explains 42 % of its change of energy per task: energy per token changes by -33.3 %";
        assert!(notes.iter().any(|note| note.contains(expected)), "{notes:?}");
    }

    #[test]
    fn items_that_ran_in_some_blocks_are_told_from_those_that_ran_in_all() {
        let mut example = example();
        for item in example.items.iter_mut().filter(|item| item.block == 0) {
            item.item += 4;
        }
        let summary = summary_of(&example);
        let expected =
            "blocks ran 8 items, some of them in several blocks; intervals of energy speak of these";
        assert!(summary.notes[0].contains(expected), "{:?}", summary.notes);
    }

    #[test]
    fn slices_of_items_are_told_apart_from_repetitions() {
        assert!(summary().notes[0].contains("the same 4 items"));
        let mut example = example();
        for item in &mut example.items {
            item.item += 4 * u32::from(item.block);
            item.cluster = Some(format!("{}{}", item.cluster.clone().unwrap(), item.block));
        }
        let summary = summary_of(&example);
        assert!(summary.notes[0].contains("slices of 24 items"), "{:?}", summary.notes);
        assert_eq!(summary.rows[0].score.as_ref().unwrap().value, 0.875);
        assert_eq!(summary.rows[1].on_front_p, Some(1.0));
    }
}
