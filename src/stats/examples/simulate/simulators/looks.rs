//! Looking after every block until something is found.

use harness_stats::{BlockTotal, Confidence, Estimate, Looks, Sequence, ratio_estimate};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::world::{ALPHA, LEVEL, Scale, noise, rate, spiky_noise};
use super::{Bar, Check};

const MOST_BLOCKS: usize = 60;

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(10_000);
    let normal = |generator: &mut ChaCha8Rng| noise(generator, 0.02);
    let spiky = |generator: &mut ChaCha8Rng| spiky_noise(generator) - spiky_noise(generator);
    let changed = |generator: &mut ChaCha8Rng| 1.05_f64.ln() + noise(generator, 0.05);
    let found = rate(count, 500, |generator| always_valid(&blocks(generator, normal)));
    let what = "always-valid p after every block to 60, no effect: ever below .05";
    let mut checks = vec![Check::new(what, count, ALPHA, found, Bar::AtMost)];
    let found = rate(count, 501, |generator| always_valid(&blocks(generator, spiky)));
    let what = "the same, windows with spikes";
    checks.push(Check::new(what, count, ALPHA, found, Bar::AtMost));
    let found = rate(count, 502, |generator| misses_once(&blocks(generator, normal)));
    let what = "always-valid interval, every look from 2 to 60: misses the mean once";
    checks.push(Check::new(what, count, ALPHA, found, Bar::AtMost));
    let found = rate(count, 503, |generator| students(&blocks(generator, normal)));
    let what = "Student's t with the same looks, no effect: ever below .05";
    checks.push(Check::new(what, count, ALPHA, found, Bar::AtMost).known_to_fail());
    let found = rate(count, 504, |generator| always_valid(&blocks(generator, changed)));
    let what = "always-valid p, true change of 5 %, sd 5 %: found by block 60";
    checks.push(Check::new(what, count, 0.8, found, Bar::AtLeast(0.8)));
    let count = scale.count(2_000);
    let found = rate(count, 505, totals);
    let what = "a gate on the ratio of totals, heterogeneous items, after every block to 60, no change: ever a regression";
    checks.push(Check::new(what, count, ALPHA, found, Bar::AtMost));
    checks
}

/// Whether a gate that is asked after every block ever finds a regression of a variant that costs the same: blocks hold 15 to 25
/// items whose energies spread like a lognormal with σ = 1, windows scatter by 2 %.
fn totals(generator: &mut ChaCha8Rng) -> bool {
    let sure = Confidence { level: LEVEL, looks: Looks::Always };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..MOST_BLOCKS {
        let items = generator.random_range(15..=25);
        let energy: f64 = (0..items).map(|_| noise(generator, 1.0).exp()).sum();
        for side in [&mut ours, &mut theirs] {
            let energy = energy * noise(generator, 0.02).exp();
            side.push(BlockTotal { energy, work: f64::from(items) });
        }
        let p = ratio_estimate(&ours, &theirs).and_then(|found| sure.not_below(&found, 0.0));
        if p.is_some_and(|p| p < ALPHA) {
            return true;
        }
    }
    false
}

fn blocks(generator: &mut ChaCha8Rng, value: impl Fn(&mut ChaCha8Rng) -> f64) -> Vec<f64> {
    (0..MOST_BLOCKS).map(|_| value(generator)).collect()
}

fn always_valid(values: &[f64]) -> bool {
    Sequence::new(ALPHA).p(values).is_some_and(|p| p < ALPHA)
}

fn misses_once(values: &[f64]) -> bool {
    let misses = |count: usize| {
        let ends = Sequence::new(ALPHA).interval(&values[..count]).and_then(|found| found.lo.zip(found.hi));
        ends.is_some_and(|(lo, hi)| lo > 0.0 || hi < 0.0)
    };
    (2..=values.len()).any(misses)
}

fn students(values: &[f64]) -> bool {
    let finds = |count: usize| {
        let found = Estimate::of_mean(&values[..count]).map(|mean| mean.difference(LEVEL));
        found.and_then(|found| found.p).is_some_and(|p| p < ALPHA)
    };
    (2..=values.len()).any(finds)
}
