//! The board of metrics that variants are compared by: amounts per unit of work, of which less is better.

use harness_stats::BlockTotal;

/// What one block came to for one variant and task.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BlockRun {
    /// Gross energy of the window, J; None where the window is invalid.
    pub energy: Option<f64>,
    /// Length of the window, s; None where others on the machine disturbed it.
    pub seconds: Option<f64>,
    /// Peak resident memory of the engine, bytes.
    pub peak_rss: Option<u64>,
    /// Items times passes.
    pub tasks: f64,
    /// Generated tokens.
    pub tokens: f64,
}

/// A block's energy and work for one variant and task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockEnergy {
    /// Gross energy of the window, J.
    pub energy: f64,
    /// Net energy of the window, J.
    pub net: Option<f64>,
    /// Items times passes.
    pub tasks: f64,
    /// Generated tokens.
    pub tokens: f64,
}

/// A quantity of one block that is an amount over work. Lower is better.
pub struct Metric {
    /// The name used in suites.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// Whether the amount is joules, which classes keep apart.
    pub is_energy: bool,
    /// Amount and work of a block; None where the block does not have them.
    pub total: fn(&BlockRun) -> Option<BlockTotal>,
}

/// The name of the energy per task over the share of correct ones, which no block has alone.
pub const PER_CORRECT: &str = "energy-per-correct";

/// Every metric.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "energy-per-task",
        unit: "J/task",
        summary: "gross energy of the windows per item generated",
        is_energy: true,
        total: |run| over(run.energy?, run.tasks),
    },
    Metric {
        name: "energy-per-token",
        unit: "J/token",
        summary: "gross energy of the windows per token generated; fair where output lengths differ",
        is_energy: true,
        total: |run| over(run.energy?, run.tokens),
    },
    Metric {
        name: "seconds-per-task",
        unit: "s/task",
        summary: "length of the windows per item generated",
        is_energy: false,
        total: |run| over(run.seconds?, run.tasks),
    },
    Metric {
        name: "peak-memory",
        unit: "bytes",
        summary: "peak resident memory of the engine, mean over blocks",
        is_energy: false,
        total: |run| over(run.peak_rss? as f64, 1.0),
    },
];

fn over(amount: f64, work: f64) -> Option<BlockTotal> {
    (work > 0.0).then_some(BlockTotal { energy: amount, work })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_own_name_and_divides_by_its_own_work() {
        let run =
            BlockRun { energy: Some(6.0), seconds: Some(3.0), peak_rss: Some(100), tasks: 2.0, tokens: 30.0 };
        let value = |metric: &Metric| {
            let total = (metric.total)(&run).unwrap();
            (metric.name, total.energy / total.work)
        };
        let expected = [
            ("energy-per-task", 3.0),
            ("energy-per-token", 0.2),
            ("seconds-per-task", 1.5),
            ("peak-memory", 100.0),
        ];
        assert_eq!(METRICS.iter().map(value).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_a_block_lacks_is_no_value() {
        let run = BlockRun { seconds: Some(3.0), tasks: 2.0, ..BlockRun::default() };
        let has = |metric: &Metric| (metric.total)(&run).is_some();
        assert_eq!(METRICS.iter().map(has).collect::<Vec<_>>(), [false, false, true, false]);
    }
}
