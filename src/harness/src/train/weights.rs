//! How the loss is shared out among the exits.

use super::file::{ExitsFile, WeightRule};

impl ExitsFile {
    /// The weight of each exit; they add up to 1.
    ///
    /// GREEN-CODE's: w_i = B · d^k / Σ d^j within each half of the blocks, the last one gets what is left. LITE's: 1 / n.
    pub(crate) fn shares(&self) -> Vec<f64> {
        if self.weights == WeightRule::Uniform {
            return vec![1.0 / self.layers.len() as f64; self.layers.len()];
        }
        let Some((last, early)) = self.layers.split_last() else { return Vec::new() };
        let (first, second): (Vec<u32>, Vec<u32>) = early.iter().partition(|layer| **layer * 2 <= *last);
        let decay = self.decay.unwrap_or(1.0);
        let spread = |count: usize, budget: Option<f64>| {
            let powers: Vec<f64> = (0..count).map(|k| decay.powi(k as i32)).collect();
            let sum: f64 = powers.iter().sum();
            let budget = budget.unwrap_or(0.0);
            powers.into_iter().map(move |power| budget * power / sum).collect::<Vec<f64>>()
        };
        let mut weights = spread(first.len(), self.first_half);
        weights.extend(spread(second.len(), self.second_half));
        weights.push(1.0 - weights.iter().sum::<f64>());
        weights
    }

    /// Exits whose loss one step takes.
    pub(crate) fn at_once(&self) -> u32 {
        self.per_step.unwrap_or(self.layers.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(layers: &[u32], weights: WeightRule) -> ExitsFile {
        ExitsFile {
            layers: layers.to_vec(),
            weights,
            first_half: Some(0.7),
            second_half: Some(0.2),
            decay: Some(0.9),
            per_step: None,
        }
    }

    #[test]
    fn weights_of_the_paper_come_out_for_its_models() {
        // GREEN-CODE: exits of Llama-3.2-3B (28 blocks) and of OPT-2.7B (32 blocks), counted from 1.
        let llama: &[u32] = &[4, 6, 8, 10, 12, 14, 18, 22, 26, 28];
        let opt: &[u32] = &[4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32];
        for (layers, paper) in [
            (
                llama,
                &[0.14939, 0.13445, 0.12101, 0.10891, 0.09802, 0.08822, 0.07380, 0.06642, 0.05978, 0.10][..],
            ),
            (
                opt,
                &[
                    0.13418, 0.12076, 0.10868, 0.09781, 0.08803, 0.07923, 0.07131, 0.07380, 0.06642, 0.05978,
                    0.10,
                ],
            ),
        ] {
            let ours = exits(layers, WeightRule::Budgets).shares();
            assert_eq!(ours.len(), paper.len());
            for (ours, theirs) in ours.iter().zip(paper) {
                assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
            }
        }
    }

    #[test]
    fn uniform_weights_are_one_over_the_number_of_exits() {
        let exits = exits(&[1, 3, 4, 8], WeightRule::Uniform);
        assert_eq!((exits.shares(), exits.at_once()), (vec![0.25; 4], 4));
    }
}
