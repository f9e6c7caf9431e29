//! The joint claim "quality not worse than 2 points and energy at least 10 % lower".

use harness_stats::{Estimate, not_above, not_below};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::world::{ALPHA, Scale, noise, rate};
use super::{Bar, Check};

const BLOCKS: usize = 10;
const BLOCK_NOISE: f64 = 0.02;
const CLUSTERS: usize = 60;
const PER_CLUSTER: usize = 4;
const MARGIN: f64 = 0.02;
const SAVED: f64 = 0.1;

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(10_000);
    let edge = (1.0 - SAVED).ln();
    let cases = [
        ("at the edge of both margins", -MARGIN, edge),
        ("at the edge of energy, score far better", 0.15, edge),
        ("at the edge of score, energy far lower", -MARGIN, edge - 0.5),
    ];
    let check = |(place, (name, score, energy)): (usize, (&str, f64, f64))| {
        let found = rate(count, 700 + place as u64, |generator| certified(generator, score, energy));
        Check::new(format!("certify {name}: says yes"), count, ALPHA, found, Bar::AtMost)
    };
    cases.into_iter().enumerate().map(check).collect()
}

/// Whether both claims are shown, with these true differences of score and log energy.
fn certified(generator: &mut ChaCha8Rng, score: f64, energy: f64) -> bool {
    let quality = score_difference(generator, score)
        .and_then(|score| not_below(score.value, score.error, score.freedom, -MARGIN));
    let logs: Vec<f64> = (0..BLOCKS).map(|_| energy + noise(generator, BLOCK_NOISE)).collect();
    let saving = Estimate::of_mean(&logs)
        .and_then(|energy| not_above(energy.value, energy.error, energy.freedom, (1.0 - SAVED).ln()));
    quality.zip(saving).is_some_and(|(quality, saving)| quality.max(saving) < ALPHA)
}

/// Variant minus baseline in clusters of differing difficulty; seven of ten items share their luck.
fn score_difference(generator: &mut ChaCha8Rng, truth: f64) -> Option<Estimate> {
    let mut cluster = |_| {
        let chance = generator.random_range(0.2..0.8);
        let mut sum = 0.0;
        for _ in 0..PER_CLUSTER {
            let luck: f64 = generator.random();
            let own: f64 = if generator.random_bool(0.7) { luck } else { generator.random() };
            sum += f64::from(u8::from(own < chance + truth)) - f64::from(u8::from(luck < chance));
        }
        sum
    };
    let sums: Vec<f64> = (0..CLUSTERS).map(&mut cluster).collect();
    let all: f64 = sums.iter().sum();
    let left_out: Vec<f64> =
        sums.iter().map(|sum| (all - sum) / ((CLUSTERS - 1) * PER_CLUSTER) as f64).collect();
    Estimate::jackknife(all / (CLUSTERS * PER_CLUSTER) as f64, &left_out)
}
