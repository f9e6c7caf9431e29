//! Gates across sessions that differ by more than their blocks tell; nothing has truly changed.

use harness_stats::{difference, prediction_p};
use rand_chacha::ChaCha8Rng;

use super::world::{ALPHA, LEVEL, Scale, noise, rate};
use super::{Bar, Check};

const BLOCKS: usize = 10;
/// Coefficient of variation of one cell.
const CELL_NOISE: f64 = 0.01;
/// Sessions that a prediction needs at least.
const EARLIER: usize = 4;

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(4_000);
    let mut checks = Vec::new();
    for (place, sd) in [0.0, 0.005, 0.01, 0.02].into_iter().enumerate() {
        let purpose = 400 + place as u64;
        let of = |way: &str| format!("{way}, session sd {} %: false failures", 100.0 * sd);
        let found = rate(count, purpose, |generator| same_blocks(generator, sd));
        checks.push(Check::new(of("stored baseline in the same blocks"), count, ALPHA, found, Bar::AtMost));
        let found = rate(count, purpose + 10, |generator| predicted(generator, sd));
        checks.push(Check::new(of("prediction from 4 sessions"), count, ALPHA, found, Bar::AtMost));
        let found = rate(count, purpose + 20, |generator| paired_runs(generator, sd));
        let check = Check::new(of("blocks of two runs paired"), count, ALPHA, found, Bar::AtMost);
        // Without differences between sessions the wrong way cannot be told from the right one.
        checks.push(if sd > 0.0 { check.known_to_fail() } else { check });
    }
    checks
}

/// Log energies of the cells of one variant in one session.
fn cells(generator: &mut ChaCha8Rng, session: f64) -> Vec<f64> {
    (0..BLOCKS).map(|_| session + noise(generator, CELL_NOISE)).collect()
}

fn differs(own: &[f64], other: &[f64]) -> bool {
    let blocks: Vec<f64> = own.iter().zip(other).map(|(own, other)| own - other).collect();
    difference(&blocks, LEVEL).and_then(|found| found.p).is_some_and(|p| p < ALPHA)
}

fn same_blocks(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let session = noise(generator, sd);
    differs(&cells(generator, session), &cells(generator, session))
}

fn paired_runs(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let (one, other) = (noise(generator, sd), noise(generator, sd));
    differs(&cells(generator, one), &cells(generator, other))
}

fn predicted(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let mut mean = || {
        let session = noise(generator, sd);
        cells(generator, session).iter().sum::<f64>() / BLOCKS as f64
    };
    let earlier: Vec<f64> = (0..EARLIER).map(|_| mean()).collect();
    prediction_p(&earlier, mean()).is_some_and(|p| p < ALPHA)
}
