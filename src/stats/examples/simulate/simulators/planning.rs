//! Whether the planned number of blocks finds the change it was planned for.

use harness_stats::{blocks_needed, detectable, difference};

use super::world::{ALPHA, LEVEL, Scale, noise, rate};
use super::{Bar, Check};

const POWER: f64 = 0.8;

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(10_000);
    let effect = 1.05_f64.ln();
    let mut checks = Vec::new();
    for (place, sd) in [0.02, 0.04, 0.08].into_iter().enumerate() {
        let Some(blocks) = blocks_needed(effect, sd, ALPHA, POWER) else { continue };
        let found = finds(count, 600 + place as u64, effect, sd, blocks);
        let what = format!("a true change of 5 %, sd {:.0} %, planned {blocks} blocks: found", 100.0 * sd);
        checks.push(Check::new(what, count, POWER, found, at_least(count)));
    }
    if let Some(effect) = detectable(0.02, 10, ALPHA, POWER) {
        let count = scale.count(40_000);
        let found = finds(count, 610, effect, 0.02, 10);
        let what =
            format!("the detectable change of 10 blocks at sd 2 % ({:.2} %): found", 100.0 * effect.exp_m1());
        checks.push(Check::new(what, count, POWER, found, Bar::Between(0.79, 0.81)));
    }
    checks
}

/// The planned power, less what the count of simulations leaves open.
fn at_least(count: usize) -> Bar {
    Bar::AtLeast(Check::new("", count, POWER, POWER, Bar::Shown).band().0)
}

fn finds(count: usize, purpose: u64, effect: f64, sd: f64, blocks: usize) -> f64 {
    rate(count, purpose, |generator| {
        let values: Vec<f64> = (0..blocks).map(|_| effect + noise(generator, sd)).collect();
        difference(&values, LEVEL).and_then(|found| found.p).is_some_and(|p| p < ALPHA)
    })
}
