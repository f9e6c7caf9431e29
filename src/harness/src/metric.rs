//! The board of metrics that variants are compared by.

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

/// A quantity of one block that is a sum of joules over a sum of work. Lower is better.
pub struct Metric {
    /// The name used in suites.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// The work that a block's energy is divided by.
    pub work: fn(&BlockEnergy) -> f64,
}

/// Every metric.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "energy-per-task",
        unit: "J/task",
        summary: "gross energy of the windows per item generated",
        work: |block| block.tasks,
    },
    Metric {
        name: "energy-per-token",
        unit: "J/token",
        summary: "gross energy of the windows per token generated; fair where output lengths differ",
        work: |block| block.tokens,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_own_name_and_divides_by_its_own_work() {
        let block = BlockEnergy { energy: 6.0, net: None, tasks: 2.0, tokens: 30.0 };
        let work: Vec<(&str, f64)> =
            METRICS.iter().map(|metric| (metric.name, (metric.work)(&block))).collect();
        assert_eq!(work, [("energy-per-task", 2.0), ("energy-per-token", 30.0)]);
    }
}
