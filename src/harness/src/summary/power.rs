//! By how much the blocks of a run scatter, and how small a change they find.

use harness_stats::detectable;

use super::{Summary, SummaryRow};

/// Chance with which a change should be found where nothing else is said.
pub const POWER: f64 = 0.8;

/// The standard deviation of the logarithm of block ratios of a row's metric; None where no two blocks tell it.
pub fn spread(row: &SummaryRow, metric: &str) -> Option<f64> {
    let ratio = row.ratios.get(metric)?;
    (ratio.freedom > 0.0 && ratio.error > 0.0).then(|| ratio.error * (ratio.n as f64).sqrt())
}

/// The largest spread of a run's rows, with the row that has it.
pub fn largest_spread<'s>(summary: &'s Summary, metric: &str) -> Option<(f64, &'s SummaryRow)> {
    let known = summary.rows.iter().filter_map(|row| Some((spread(row, metric)?, row)));
    known.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// The smallest relative increase that a row's blocks find with [`POWER`] at the strictest step of Holm's adjustment.
pub fn found_by(row: &SummaryRow, metric: &str, alpha: f64, comparisons: usize) -> Option<f64> {
    let blocks = row.ratios.get(metric)?.n;
    let log = detectable(spread(row, metric)?, blocks, alpha / comparisons.max(1) as f64, POWER)?;
    Some(log.exp_m1())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;

    #[test]
    fn the_spread_of_a_run_is_that_of_its_block_ratios() {
        let summary = summary();
        // int8 costs exactly half in every block; pruned scatters by about 2 %.
        let (sd, row) = largest_spread(&summary, "energy-per-task").unwrap();
        assert_eq!(row.variant, "pruned");
        assert!((sd - 0.0158).abs() < 0.001, "{sd}");
        assert_eq!(spread(&summary.rows[1], "energy-per-task"), None);
        assert_eq!(spread(&summary.rows[0], "energy-per-task"), None, "the baseline");
    }

    #[test]
    fn more_comparisons_find_less() {
        let row = &summary().rows[2];
        let alone = found_by(row, "energy-per-task", 0.05, 1).unwrap();
        let many = found_by(row, "energy-per-task", 0.05, 20).unwrap();
        assert!(alone > 0.02 && alone < 0.04 && many > 1.3 * alone, "{alone} {many}");
        assert_eq!(found_by(row, "beauty", 0.05, 1), None);
    }
}
