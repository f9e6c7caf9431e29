//! A suite that compares a variant with itself on a machine that drifts.

use harness_stats::difference;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::world::{ALPHA, LEVEL, Scale, noise, rate};
use super::{Bar, Check};

/// Rise of the energy from the first to the last cell.
const DRIFT: f64 = 0.03;
/// Standard deviation of the random walk from one block to the next.
const WALK: f64 = 0.002;
/// Coefficient of variation of one cell.
const CELL_NOISE: f64 = 0.01;

/// The binomial 95 % band of 5 % over 2,000 suites. Ten times as many are run, so that a rate outside is not
/// luck. Of six blocks the true rate is 4.6 %: equal numbers of both orders take the drift out of the mean
/// but leave it in the spread.
const BAND: (f64, f64) = (0.040, 0.060);

#[derive(Clone, Copy)]
enum Order {
    /// Each block in an order drawn at random, the two orders equally often (at most one more).
    Random,
    /// All cells of the one side before all of the other.
    Sequential,
}

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(20_000);
    let mut checks = Vec::new();
    for (place, blocks) in [6, 10, 20].into_iter().enumerate() {
        for (order, name, purpose) in
            [(Order::Random, "randomised blocks", 300), (Order::Sequential, "one side first", 310)]
        {
            let found = rate(count, purpose + place as u64, |generator| alarm(generator, blocks, order));
            let what = format!("A/A with 3 % drift, {name}, {blocks} blocks: false positives");
            let check = Check::new(what, count, ALPHA, found, Bar::Between(BAND.0, BAND.1));
            checks.push(if matches!(order, Order::Random) { check } else { check.known_to_fail() });
        }
    }
    checks
}

/// Whether a side differs from its twin, by the paired t test on the logarithms of the blocks' ratios.
fn alarm(generator: &mut ChaCha8Rng, blocks: usize, order: Order) -> bool {
    let cells = 2 * blocks;
    let mut walk = 0.0;
    let mut logs = Vec::with_capacity(cells);
    for cell in 0..cells {
        walk += noise(generator, WALK / 2.0_f64.sqrt());
        let drift = DRIFT * cell as f64 / (cells - 1) as f64;
        logs.push(drift + walk + noise(generator, CELL_NOISE));
    }
    let ratios: Vec<f64> = match order {
        Order::Sequential => (0..blocks).map(|block| logs[blocks + block] - logs[block]).collect(),
        Order::Random => {
            let sign = |swapped: bool| if swapped { -1.0 } else { 1.0 };
            let swapped = balanced(generator, blocks).into_iter().enumerate();
            swapped.map(|(block, swap)| sign(swap) * (logs[2 * block + 1] - logs[2 * block])).collect()
        }
    };
    difference(&ratios, LEVEL).and_then(|found| found.p).is_some_and(|p| p < ALPHA)
}

/// As many true as false (at most one more), in random order.
fn balanced(generator: &mut ChaCha8Rng, count: usize) -> Vec<bool> {
    let extra = generator.random_range(0..2);
    let mut swapped: Vec<bool> = (0..count).map(|place| (place + extra) % 2 == 0).collect();
    for place in (1..count).rev() {
        swapped.swap(place, generator.random_range(0..=place));
    }
    swapped
}
