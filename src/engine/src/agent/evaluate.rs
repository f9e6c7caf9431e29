//! How an agent does on observed tokens: depth and agreement at each threshold, beside the same exits at random.

use harness_protocol::agent::{HeldOut, ThresholdResult};

use super::observations::Observations;
use super::trained::Agent;
use crate::kernel::rows;

/// What an agent says at every exit of every token: `[tokens · exits]`.
pub fn probabilities(agent: &Agent, data: &Observations) -> Vec<f64> {
    let states = rows::elements(&data.hidden);
    let exits = data.exits.len();
    let chances = states.chunks_exact(data.width()).enumerate();
    chances.map(|(row, state)| agent.exit_probability_of_row(state, row % exits)).collect()
}

/// Measures at every threshold; `probabilities` are those of [`probabilities`].
pub fn evaluate(data: &Observations, probabilities: &[f64], thresholds: &[f64]) -> HeldOut {
    let tokens = 0..data.tokens();
    let rate =
        |exit: usize| share(tokens.clone().filter(|token| data.agrees(*token, exit)).count(), data.tokens());
    let oracle = |token: usize| {
        let first = (0..data.exits.len()).find(|exit| data.agrees(token, *exit));
        first.map_or(data.layers, |exit| data.exits[exit] as usize)
    };
    let result = |threshold: &f64| at_threshold(data, &leaving(data, probabilities, *threshold), *threshold);
    HeldOut {
        documents: data.episodes.len() as u64,
        tokens: data.tokens() as u64,
        per_exit: data.exits.iter().enumerate().map(|(exit, blocks)| (*blocks, rate(exit))).collect(),
        oracle_depth: share(tokens.clone().map(oracle).sum(), data.tokens()),
        thresholds: thresholds.iter().map(result).collect(),
    }
}

/// The exit at which each token leaves; None: it runs to the end.
fn leaving(data: &Observations, probabilities: &[f64], threshold: f64) -> Vec<Option<usize>> {
    let leaves =
        |token: usize| (0..data.exits.len()).find(|exit| probabilities[data.row(token, *exit)] > threshold);
    (0..data.tokens()).map(leaves).collect()
}

fn at_threshold(data: &Observations, exits: &[Option<usize>], threshold: f64) -> ThresholdResult {
    let agrees = |token: usize, exit: Option<usize>| exit.is_none_or(|exit| data.agrees(token, exit));
    let blocks = |exit: Option<usize>| exit.map_or(data.layers, |exit| data.exits[exit] as usize);
    // How often each exit was taken, the end last.
    let places = || (0..data.exits.len()).map(Some).chain([None]);
    let counts: Vec<usize> =
        places().map(|place| exits.iter().filter(|exit| **exit == place).count()).collect();
    // Of every prompt: tokens that agree, and how many would if its exits were drawn from these counts.
    let (mut right, mut by_chance) = (Vec::new(), Vec::new());
    for episode in &data.episodes {
        right.push(episode.clone().filter(|token| agrees(*token, exits[*token])).count() as f64);
        let expected = places().zip(&counts).map(|(place, count)| {
            let agreeing = episode.clone().filter(|token| agrees(*token, place)).count();
            agreeing as f64 * share(*count, exits.len())
        });
        by_chance.push(expected.sum::<f64>());
    }
    let total = data.tokens().max(1) as f64;
    let differences: Vec<f64> = right.iter().zip(&by_chance).map(|(right, chance)| right - chance).collect();
    ThresholdResult {
        threshold,
        mean_depth: exits.iter().map(|exit| blocks(*exit)).sum::<usize>() as f64 / total,
        agreement: right.iter().sum::<f64>() / total,
        random_agreement: by_chance.iter().sum::<f64>() / total,
        standard_error: spread(&differences).map(|spread| spread / total),
    }
}

/// Standard deviation of the sum of independent numbers; None: fewer than two.
fn spread(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (numbers.len() > 1).then(|| (squares * count / (count - 1.0)).sqrt())
}

fn share(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::observations::tests::small;
    use super::*;

    #[test]
    fn depth_and_agreement_are_those_of_a_hand_calculation() {
        let data = small();
        // Chances at exits 1, 2, 3 of tokens 0 to 4.
        let chances = [0.9, 0.0, 0.0, 0.1, 0.2, 0.8, 0.0, 0.0, 0.0, 0.3, 0.7, 0.9, 0.6, 0.0, 0.0];
        let told = evaluate(&data, &chances, &[0.5, 0.95]);
        assert_eq!(told.per_exit, [(1, 0.2), (2, 0.4), (3, 0.6)]);
        assert_eq!(told.oracle_depth, f64::from(1 + 3 + 4 + 2 + 3) / 5.0);
        let half = &told.thresholds[0];
        // Tokens leave after 1, 3, 4, 2, 1 blocks; only the last is wrong.
        assert_eq!((half.mean_depth, half.agreement), (11.0 / 5.0, 0.8));
        let by_chance = (2.0 * 0.2 + 0.4 + 0.6 + 1.0) / 5.0;
        assert!((half.random_agreement - by_chance).abs() < 1e-12 && half.standard_error.is_some());
        let never = &told.thresholds[1];
        assert_eq!((never.mean_depth, never.agreement, never.random_agreement), (4.0, 1.0, 1.0));
    }
}
