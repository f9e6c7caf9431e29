//! A token leaves after a block drawn at random: what a policy of the same mean depth must beat.

use harness_protocol::Exit;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::{ExitPolicy, Item, Seen, Target, asked_exits};
use crate::error::Result;
use crate::parameter;

struct Random {
    depths: Vec<usize>,      // the exits and the last block
    shares: Vec<f64>,        // probability of each
    drawn: ChaCha12Rng,      // seeded by the item
    current: (usize, usize), // token and the block after which it leaves
}

/// `depth`: blocks that run on average.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    let depth = parameter::number(&exit.parameters, "depth")?;
    let mut depths = asked_exits(exit, target)?;
    depths.push(target.model.layers());
    let shares = shares(&depths, depth);
    let drawn = ChaCha12Rng::seed_from_u64(0);
    Ok(Box::new(Random { depths, shares, drawn, current: (usize::MAX, 0) }))
}

/// Probabilities with this mean, which lies within the depths, that are as even as it allows: exp(λ · depth),
/// normalised.
fn shares(depths: &[usize], mean: f64) -> Vec<f64> {
    let tilted = |lambda: f64| {
        let weights: Vec<f64> = depths.iter().map(|depth| (lambda * (*depth as f64 - mean)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect::<Vec<f64>>()
    };
    let mean_of = |shares: &[f64]| shares.iter().zip(depths).map(|(p, depth)| p * *depth as f64).sum::<f64>();
    // The mean rises with λ; at ±50 only the deepest or the shallowest is left.
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if mean_of(&tilted(middle)) < mean { low = middle } else { high = middle }
    }
    tilted(f64::midpoint(low, high))
}

impl Random {
    fn draw(&mut self) -> usize {
        let mut left = self.drawn.random::<f64>();
        for (depth, share) in self.depths.iter().zip(&self.shares) {
            if left < *share {
                return *depth;
            }
            left -= share;
        }
        self.depths.last().copied().unwrap_or(usize::MAX)
    }
}

impl ExitPolicy for Random {
    fn begin(&mut self, item: &Item) {
        self.drawn = ChaCha12Rng::seed_from_u64(item.seed());
        self.current = (usize::MAX, 0);
    }

    fn leaves(&mut self, seen: &Seen) -> bool {
        if self.current.0 != seen.token {
            self.current = (seen.token, self.draw());
        }
        self.current.1 == seen.blocks_run
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;

    #[test]
    fn shares_have_the_mean_that_was_asked_for() {
        for mean in [2.0, 3.1, 8.0, 12.5, 16.0] {
            let depths = [2, 4, 6, 8, 10, 12, 14, 16];
            let shares = shares(&depths, mean);
            let found: f64 = shares.iter().zip(depths).map(|(share, depth)| share * depth as f64).sum();
            assert!(
                (found - mean).abs() < 1e-3 && shares.iter().all(|share| *share >= 0.0),
                "{mean}: {found}"
            );
        }
        assert!(shares(&[2, 4, 6], 4.0).iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    }

    #[test]
    fn an_item_is_drawn_the_same_in_every_pass_and_another_differently() {
        let depths = vec![2, 4, 6];
        let shares = shares(&depths, 4.0);
        let drawn = ChaCha12Rng::seed_from_u64(0);
        let mut policy = Random { depths, shares, drawn, current: (usize::MAX, 0) };
        let hidden = Tensor::from_slice(&[0.0_f32]);
        let head = || -> Tensor { panic!("no head is needed") };
        let mut left = |prompt: &[u32]| -> Vec<usize> {
            policy.begin(&Item { prompt, limit: 40 });
            let depth = |token| {
                let leaves = |block: &usize| policy.leaves(&Seen::new(*block, token, &hidden, &head));
                (1..6).find(leaves).unwrap_or(6)
            };
            (0..40).map(depth).collect()
        };
        let (first, other) = (left(&[1, 2]), left(&[2, 1]));
        assert_eq!(left(&[1, 2]), first);
        assert_ne!(first, other);
        assert!([2, 4, 6].iter().all(|depth| first.contains(depth)));
    }
}
