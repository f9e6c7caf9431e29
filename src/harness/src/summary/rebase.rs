//! The variants of a run held against another baseline than the suite's.

use anyhow::Result;
use harness_task::Scorer;

use super::against::all_ratios;
use super::build::known_scorer;
use super::comparison::differences;
use super::gather::{ItemsOf, Pace, gather, repetition};
use super::{Summary, SummaryInput};
use crate::record::{CellRecord, WindowRecord};

/// Puts ratios and differences of scores against the baseline of `input` into the rows of its tasks and variants, which may
/// be some of the run's; nothing else of a row changes, so that its verdict still speaks of the suite's baseline. Scores
/// that `wanted` refuses are left out.
///
/// # Errors
/// A scorer isn't known to this version, or the items' rows cannot be had.
pub fn rebase(
    summary: &mut Summary,
    input: &SummaryInput,
    cells: &[CellRecord],
    windows: &[WindowRecord],
    items: &ItemsOf<'_>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<()> {
    let gathered = gather(input, cells, windows, items, Pace::Together)?;
    summary.baseline.clone_from(&input.baseline);
    let sure = summary.confidence();
    for task in &input.tasks {
        let scorers: Vec<Box<dyn Scorer>> =
            task.scorers.iter().map(known_scorer).collect::<Result<_, _>>()?;
        let of_task = || input.variants.iter().filter_map(|variant| gathered.of(&task.name, variant));
        let repetition = repetition(of_task());
        let Some(baseline) = gathered.of(&task.name, &input.baseline) else { continue };
        let correct = scorers.iter().find(|scorer| scorer.is_proportion()).map(AsRef::as_ref);
        let shown: Vec<&dyn Scorer> =
            scorers.iter().map(AsRef::as_ref).filter(|scorer: &&dyn Scorer| wanted(scorer.name())).collect();
        for row in summary.rows.iter_mut().filter(|row| row.task == task.name) {
            row.ratios.clear();
            row.score_differences.clear();
            let own = gathered.of(&task.name, &row.variant).filter(|_| row.variant != input.baseline);
            if let Some(own) = own {
                row.ratios = all_ratios(own, baseline, correct, repetition, sure);
                row.score_differences = differences(own, baseline, &shown, sure);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, input, of, summary};

    fn rebased(baseline: &str) -> Summary {
        let example = example();
        let mut summary = summary();
        let input = SummaryInput { baseline: baseline.to_owned(), ..input() };
        let items = of(&example.items);
        rebase(&mut summary, &input, &example.cells, &example.windows, &items, &|_| true).unwrap();
        summary
    }

    #[test]
    fn the_suites_own_baseline_gives_what_the_summary_has_and_another_turns_it_round() {
        let mut before = summary();
        // Families are adjusted by who compares.
        for difference in before.rows.iter_mut().flat_map(|row| row.score_differences.values_mut()) {
            difference.p_holm = None;
        }
        assert_eq!(rebased("full"), before);
        let after = rebased("int8");
        assert_eq!(after.baseline, "int8");
        assert!(after.rows[1].ratios.is_empty() && after.rows[1].score_differences.is_empty());
        let (there, back) = (&before.rows[1].ratios, &after.rows[0].ratios);
        for (name, ratio) in there {
            assert!((ratio.value * back[name].value - 1.0).abs() < 1e-12, "{name}");
        }
        let pruned = &after.rows[2].ratios["energy-per-task"];
        assert!((pruned.value - 1.6).abs() < 0.05 && pruned.n == 5, "{pruned:?}");
    }
}
