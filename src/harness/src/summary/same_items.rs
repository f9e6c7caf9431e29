//! Scores of a variant in some runs against those in others that asked the same items.

use std::collections::BTreeMap;

use anyhow::Result;
use harness_stats::Confidence;
use harness_task::{Scorer, ScorerSpec};

use super::Comparison;
use super::build::known_scorer;
use super::comparison::differences;
use super::gather::Measured;
use crate::record::ScoreRecord;

/// After minus before, of every scorer that both have a value of, by its name. Items are paired by their numbers; an item
/// that ran several times on a side counts with the mean of its statistics.
///
/// # Errors
/// A scorer isn't known to this version.
pub fn score_differences(
    after: Vec<ScoreRecord>,
    before: Vec<ScoreRecord>,
    scorers: &[ScorerSpec],
    level: f64,
) -> Result<BTreeMap<String, Comparison>> {
    let made: Vec<Box<dyn Scorer>> = scorers.iter().map(known_scorer).collect::<Result<_, _>>()?;
    let all: Vec<&dyn Scorer> = made.iter().map(AsRef::as_ref).collect();
    let measured = |rows: Vec<ScoreRecord>| {
        let names = scorers.iter().map(ScorerSpec::name).collect();
        let mut measured = Measured { scorers: names, ..Measured::default() };
        measured.take(rows);
        measured
    };
    Ok(differences(&measured(after), &measured(before), &all, Confidence::once(level)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, input, summary};

    #[test]
    fn two_runs_of_the_same_items_differ_as_two_variants_of_one_run_would() {
        let example = example();
        let rows = |variant: &str| -> Vec<ScoreRecord> {
            let own = example.items.iter().filter(|item| item.variant == variant);
            own.map(ScoreRecord::from).collect()
        };
        let scorers = &input().tasks[0].scorers;
        let found = score_differences(rows("pruned"), rows("full"), scorers, 0.95).unwrap();
        let expected = &summary().rows[2].score_differences;
        for (name, difference) in &found {
            assert_eq!(Comparison { p_holm: expected[name].p_holm, ..difference.clone() }, expected[name]);
        }
        assert_eq!(found.len(), 2);
        assert!(score_differences(Vec::new(), rows("full"), scorers, 0.95).unwrap().is_empty());
    }
}
