//! How the next token is chosen from logits: the most probable one, or drawn by a suite's rules.

use std::collections::BTreeSet;

use harness_protocol::Sampling;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::error::{EngineError, Result};

/// Chooses tokens of one answer.
pub enum Chooser {
    /// The most probable one; the lowest id among equals.
    Greedy,
    /// Drawn.
    Drawn(Box<Drawn>),
}

/// Rules with the generator that draws by them.
pub struct Drawn {
    rules: Sampling,
    generator: ChaCha12Rng,
}

impl Chooser {
    /// Draws by `rules`, the same tokens for the same seed.
    pub fn drawn(rules: Sampling, seed: u64) -> Self {
        Self::Drawn(Box::new(Drawn { rules, generator: ChaCha12Rng::seed_from_u64(seed) }))
    }

    /// The next token; `seen` are the tokens of prompt and answer so far.
    pub fn choose(&mut self, logits: &[f32], seen: &[u32]) -> usize {
        match self {
            Self::Greedy => best(logits),
            Self::Drawn(drawn) => {
                let shares = shares(&drawn.rules, logits, seen);
                let total: f64 = shares.iter().map(|(_, share)| share).sum();
                let mut left = drawn.generator.random::<f64>() * total;
                for (id, share) in &shares {
                    left -= share;
                    if left < 0.0 {
                        return *id;
                    }
                }
                shares.last().map_or(0, |(id, _)| *id)
            }
        }
    }
}

/// Rules that draw nothing, or from nothing.
pub fn check(rules: &Sampling) -> Result<()> {
    let refuse = |message: &str| Err(EngineError::request(message.to_owned()));
    let Sampling { temperature, top_k, top_p, min_p, repetition_penalty } = *rules;
    if !(temperature > 0.0 && temperature.is_finite()) {
        return refuse("`temperature` must be above 0; `greedy` takes the most probable token");
    }
    if top_k == Some(0) || top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
        return refuse("`top_k` must be at least 1, `top_p` above 0 and at most 1");
    }
    if min_p.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
        return refuse("`min_p` must be from 0 to 1");
    }
    if !(repetition_penalty > 0.0 && repetition_penalty.is_finite()) {
        return refuse("`repetition_penalty` must be above 0");
    }
    Ok(())
}

/// Place of the largest number, the first among equals.
pub fn best(logits: &[f32]) -> usize {
    let mut best = 0;
    for (id, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = id;
        }
    }
    best
}

/// Tokens that may be drawn with their probabilities, which need not add up to 1.
pub fn shares(rules: &Sampling, logits: &[f32], seen: &[u32]) -> Vec<(usize, f64)> {
    let mut scores: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
    if rules.repetition_penalty != 1.0 {
        for id in seen.iter().collect::<BTreeSet<_>>() {
            if let Some(score) = scores.get_mut(*id as usize) {
                let penalty = rules.repetition_penalty;
                *score = if *score < 0.0 { *score * penalty } else { *score / penalty };
            }
        }
    }
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let share = |score: &f64| ((score - largest) / rules.temperature).exp();
    let mut shares: Vec<(usize, f64)> =
        scores.iter().map(share).enumerate().filter(|(_, share)| *share > 0.0).collect();
    if rules.top_k.is_none() && rules.top_p.is_none() && rules.min_p.is_none() {
        return shares;
    }
    // The most probable first; among equals the lowest id.
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    if let Some(count) = rules.top_k {
        // Equals of the last one stay, as in the reference.
        let last = shares[shares.len().min(count as usize) - 1].1;
        shares.retain(|(_, share)| *share >= last);
    }
    if let Some(enough) = rules.top_p {
        let total: f64 = shares.iter().map(|(_, share)| share).sum();
        let mut sum = 0.0;
        let before = |share: f64, sum: &mut f64| {
            let reached = *sum >= enough * total;
            *sum += share;
            !reached
        };
        let count = shares.iter().take_while(|(_, share)| before(*share, &mut sum)).count();
        shares.truncate(count.max(1));
    }
    if let Some(least) = rules.min_p {
        let most = shares[0].1;
        shares.retain(|(_, share)| *share >= least * most);
    }
    shares
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        logits: Vec<f32>,
        seen: Vec<u32>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        rules: Sampling,
        probabilities: Vec<f64>,
    }

    /// What `transformers` makes of a fixed vector (`scripts/golden_sampling.py`).
    fn golden() -> Golden {
        serde_json::from_str(include_str!("../tests/golden/sampling.json")).unwrap()
    }

    #[test]
    fn every_rule_gives_the_reference_distribution() {
        let golden = golden();
        for Case { rules, probabilities } in &golden.cases {
            let shares = shares(rules, &golden.logits, &golden.seen);
            let total: f64 = shares.iter().map(|(_, share)| share).sum();
            let mut found = vec![0.0; golden.logits.len()];
            shares.iter().for_each(|(id, share)| found[*id] = share / total);
            for (id, (found, expected)) in found.iter().zip(probabilities).enumerate() {
                assert!((found - expected).abs() < 1e-5, "{rules:?}, token {id}: {found} {expected}");
            }
        }
    }

    #[test]
    fn draws_follow_the_reference_distribution() {
        const DRAWS: usize = 100_000;
        let golden = golden();
        for Case { rules, probabilities } in &golden.cases {
            let mut chooser = Chooser::drawn(*rules, 5);
            let mut counts = vec![0_u32; golden.logits.len()];
            for _ in 0..DRAWS {
                counts[chooser.choose(&golden.logits, &golden.seen)] += 1;
            }
            let (mut chi_square, mut kinds) = (0.0, 0);
            for (count, probability) in counts.iter().zip(probabilities) {
                let expected = probability * DRAWS as f64;
                if expected == 0.0 {
                    assert_eq!(*count, 0, "{rules:?}");
                } else if expected >= 5.0 {
                    chi_square += (f64::from(*count) - expected).powi(2) / expected;
                    kinds += 1;
                }
            }
            // Six standard deviations above the mean of the distribution with `kinds - 1` degrees of freedom.
            let freedom = f64::from((kinds - 1).max(1));
            assert!(
                chi_square < freedom + 6.0 * (2.0 * freedom).sqrt(),
                "{rules:?}: {chi_square} of {freedom}"
            );
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_tokens_and_another_one_others() {
        let golden = golden();
        let draw = |seed| {
            let mut chooser = Chooser::drawn(Sampling::default(), seed);
            (0..20).map(|_| chooser.choose(&golden.logits, &[])).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn the_lowest_id_wins_among_equals() {
        assert_eq!(best(&[0.5, 2.0, 2.0, -1.0]), 1);
    }

    #[test]
    fn rules_that_draw_nothing_are_refused() {
        let plain = Sampling::default();
        for rules in [
            Sampling { temperature: 0.0, ..plain },
            Sampling { temperature: f64::NAN, ..plain },
            Sampling { top_k: Some(0), ..plain },
            Sampling { top_p: Some(0.0), ..plain },
            Sampling { top_p: Some(1.1), ..plain },
            Sampling { min_p: Some(-0.1), ..plain },
            Sampling { repetition_penalty: 0.0, ..plain },
        ] {
            assert!(check(&rules).is_err(), "{rules:?}");
        }
        assert!(check(&plain).is_ok());
    }
}
