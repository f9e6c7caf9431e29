//! Whether a probability to be on the front is what it says.
//!
//! True energies and scores are drawn anew for each experiment; among all points that were given a
//! probability near p, a share p must truly be on the front. The probability speaks for a flat prior, so
//! that it cannot be right for every world: the bar is set where the true points lie one and a half times
//! and three times as far apart as the errors reach. Where they lie no further apart than the errors, every
//! estimate overstates the distances, and the probabilities are too sure by up to 10 points: shown, without a
//! bar.

use harness_stats::{Estimated, Point, ScoreUnits, front, on_front};
use rand_chacha::ChaCha8Rng;

use super::world::{Scale, draws, noise};
use super::{Bar, Check};

const VARIANTS: usize = 4;
const BLOCKS: usize = 10;
const CLUSTERS: usize = 40;

/// Standard deviation of one block's log energy and one cluster's score around the variant's own.
const BLOCK_NOISE: f64 = 0.03;
const CLUSTER_NOISE: f64 = 0.2;

/// Most that a probability may be off.
const POINTS: f64 = 0.05;

const BINS: [(f64, f64); 5] = [(0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)];

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let mut checks = of_width(scale.count(2_000), 200, 3.0, true);
    checks.extend(of_width(scale.count(2_000), 201, 1.5, true));
    checks.extend(of_width(scale.count(1_000), 202, 1.0, false));
    checks
}

/// One check a bin; true points are `width` times as far apart as the errors reach.
fn of_width(count: usize, purpose: u64, width: f64, judged: bool) -> Vec<Check> {
    let mut generator = draws(purpose);
    let pairs: Vec<(f64, bool)> = (0..count).flat_map(|_| experiment(&mut generator, width)).collect();
    let mut checks = Vec::new();
    for (lo, hi) in BINS {
        let inside: Vec<&(f64, bool)> = pairs.iter().filter(|(p, _)| *p >= lo && *p < hi).collect();
        if inside.is_empty() {
            continue;
        }
        let size = inside.len() as f64;
        let predicted = inside.iter().map(|(p, _)| p).sum::<f64>() / size;
        let found = inside.iter().filter(|(_, truly)| *truly).count() as f64 / size;
        let what = format!(
            "P(on front) of {:.0} to {:.0} %, true points {width} × as far apart as the errors",
            100.0 * lo,
            100.0 * hi.min(1.0)
        );
        let bar = if judged { Bar::Between(predicted - POINTS, predicted + POINTS) } else { Bar::Shown };
        checks.push(Check::new(what, inside.len(), predicted, found, bar));
    }
    checks
}

/// What was predicted of each point, and whether it is true.
fn experiment(generator: &mut ChaCha8Rng, width: f64) -> Vec<(f64, bool)> {
    let energy_spread = width * BLOCK_NOISE / (BLOCKS as f64).sqrt();
    let score_spread = width * CLUSTER_NOISE / (CLUSTERS as f64).sqrt();
    let truth: Vec<(f64, f64)> =
        (0..VARIANTS).map(|_| (noise(generator, energy_spread), noise(generator, score_spread))).collect();
    // Blocks and clusters that move all variants alike, by twice and once what moves one alone.
    let blocks: Vec<f64> = (0..BLOCKS).map(|_| noise(generator, 2.0 * BLOCK_NOISE)).collect();
    let clusters: Vec<f64> = (0..CLUSTERS).map(|_| noise(generator, CLUSTER_NOISE)).collect();
    let points: Vec<Estimated> = truth
        .iter()
        .map(|(energy, score)| {
            let energy_pulls: Vec<f64> =
                blocks.iter().map(|shared| shared + noise(generator, BLOCK_NOISE)).collect();
            let score_pulls: Vec<f64> =
                clusters.iter().map(|shared| shared + noise(generator, CLUSTER_NOISE)).collect();
            Estimated {
                log_energy: energy + mean(&energy_pulls),
                score: score + mean(&score_pulls),
                energy_pulls,
                score_pulls,
                model_error: 0.0,
            }
        })
        .collect();
    let true_points: Vec<Option<Point>> =
        truth.iter().map(|&(energy, score)| Some(Point { energy, score })).collect();
    let predicted = on_front(&points, ScoreUnits::Clusters, generator).unwrap_or_default();
    predicted.into_iter().zip(front(&true_points)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
