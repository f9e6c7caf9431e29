//! What the simulated machines share: seeds, counts, noise.

use harness_stats::draw::standard_normal;
use harness_stats::{Interval, generator};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 13;

/// Confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// Error of every test.
pub const ALPHA: f64 = 0.05;

/// How many of the full number of simulations to run.
#[derive(Debug, Clone, Copy)]
pub struct Scale(f64);

#[allow(dead_code, reason = "the example and the test use different ones")]
impl Scale {
    /// As the table is published.
    pub const FULL: Self = Scale(1.0);
    /// A first look.
    pub const QUICK: Self = Scale(0.1);
    /// A second in all.
    pub const TEST: Self = Scale(0.02);

    /// Standard errors of room beside each bar, which few simulations need. Seeds are fixed.
    pub fn slack(self) -> f64 {
        if self.0 < 1.0 { 4.0 } else { 0.0 }
    }

    /// This share of `full`.
    pub fn count(self, full: usize) -> usize {
        ((self.0 * full as f64).round() as usize).max(1)
    }
}

/// Share of `count` simulations in which `one` is true; each `purpose` has random draws of its own.
pub fn rate(count: usize, purpose: u64, mut one: impl FnMut(&mut ChaCha8Rng) -> bool) -> f64 {
    let mut generator = generator(SEED, purpose);
    (0..count).filter(|_| one(&mut generator)).count() as f64 / count as f64
}

/// The random draws of one purpose.
pub fn draws(purpose: u64) -> ChaCha8Rng {
    generator(SEED, purpose)
}

/// A normal value with this standard deviation.
pub fn noise(generator: &mut ChaCha8Rng, sd: f64) -> f64 {
    sd * standard_normal(generator)
}

/// Noise of a window on the log scale: 2 %, and in 5 % of windows something else ran and cost 10 % more.
pub fn spiky_noise(generator: &mut ChaCha8Rng) -> f64 {
    let spike = if generator.random_bool(0.05) { 1.1_f64.ln() } else { 0.0 };
    noise(generator, 0.02) + spike
}

/// Whether the interval holds the truth; one without ends does not.
pub fn covers(interval: Option<Interval>, truth: f64) -> bool {
    let ends = interval.and_then(|interval| interval.lo.zip(interval.hi));
    ends.is_some_and(|(lo, hi)| lo <= truth && truth <= hi)
}
