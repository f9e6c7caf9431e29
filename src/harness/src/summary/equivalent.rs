//! Whether a variant is shown to be equal to the baseline: a claim with a margin and a p of its own, where "no difference found" is
//! none.

use harness_stats::{holm, within};

use super::{SummaryInput, SummaryRow, Verdict};
use crate::metric::Metric;

/// Fills in the tests of all rows against the practical change, and a note where one is passed and no difference was found.
pub(super) fn equivalents(input: &SummaryInput, rows: &mut [SummaryRow], metric: &Metric) {
    for row in rows.iter_mut().filter(|row| row.variant != input.baseline) {
        row.equivalent_p = equivalent_p(input, row, metric);
    }
    let mut tested: Vec<&mut SummaryRow> = rows.iter_mut().filter(|row| row.equivalent_p.is_some()).collect();
    let p: Vec<f64> = tested.iter().filter_map(|row| row.equivalent_p).collect();
    for (row, adjusted) in tested.iter_mut().zip(holm(&p)) {
        row.equivalent_p_holm = Some(adjusted);
        let undecided = matches!(row.verdict, Verdict::NoDifference | Verdict::Inconclusive);
        if undecided && adjusted < input.alpha {
            let practical = format!("{:.4}", 100.0 * input.practical);
            let practical = practical.trim_end_matches('0').trim_end_matches('.');
            let p = if adjusted < 0.001 { "p < 0.001".to_owned() } else { format!("p = {adjusted:.3}") };
            row.notes
                .push(format!("equal to `{}` within {practical} % (TOST, adjusted {p})", input.baseline));
        }
    }
}

/// On the logarithm of the ratio, between the logarithms of what is just not relevant.
fn equivalent_p(input: &SummaryInput, row: &SummaryRow, metric: &Metric) -> Option<f64> {
    let ratio = row.ratios.get(metric.name)?;
    let model_error = if metric.is_energy { row.u_model_rel.ln_1p() } else { 0.0 };
    let (lower, upper) = ((-input.practical).ln_1p() + model_error, input.practical.ln_1p() - model_error);
    if !(lower < 0.0 && upper > 0.0) {
        return None;
    }
    within(ratio.value.ln(), ratio.error, ratio.freedom, lower, upper)
}

#[cfg(test)]
mod tests {
    use crate::report::example::{example, summary, summary_of};
    use crate::summary::{Summary, Verdict};
    use harness_meter::Class;

    /// int8 costs what full costs, give or take so much in turn; the estimate's model may be off by so much.
    fn alike(wobble: f64, model_error: f64) -> Summary {
        let mut example = example();
        for window in &mut example.windows {
            let cell = window.cell.unwrap();
            if model_error > 0.0 {
                (window.class, window.u_model_rel) = (Class::Estimated, Some(model_error));
            }
            if cell % 3 == 1 {
                let turn = if (cell / 3).is_multiple_of(2) { 1.0 + wobble } else { 1.0 - wobble };
                window.energy_j = window.energy_j.map(|energy| 2.0 * energy * turn);
            }
        }
        summary_of(&example)
    }

    #[test]
    fn a_variant_within_the_margin_is_shown_to_be_equal_and_a_wavering_one_is_not() {
        let equal = &alike(0.002, 0.0).rows[1];
        assert_eq!(equal.verdict, Verdict::NoDifference);
        assert!(equal.equivalent_p_holm.unwrap() < 0.001, "{equal:?}");
        assert!(
            equal.notes.iter().any(|note| note == "equal to `full` within 3 % (TOST, adjusted p < 0.001)"),
            "{:?}",
            equal.notes
        );
        let wavering = &alike(0.06, 0.0).rows[1];
        assert!(wavering.equivalent_p.unwrap() > 0.05);
        assert!(!wavering.notes.iter().any(|note| note.contains("TOST")), "{:?}", wavering.notes);
    }

    #[test]
    fn a_variant_that_costs_half_is_surely_not_equal_and_the_baseline_is_not_tested() {
        let summary = summary();
        assert_eq!((summary.rows[0].equivalent_p, summary.rows[1].equivalent_p), (None, Some(1.0)));
    }

    #[test]
    fn a_model_error_above_the_margin_leaves_nothing_to_test() {
        assert_eq!(alike(0.002, 0.1).rows[1].equivalent_p, None);
        assert!(alike(0.002, 0.01).rows[1].equivalent_p.unwrap() < 0.05);
    }
}
