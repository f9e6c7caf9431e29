//! Which exits a step takes its loss at, and with what weights.

use harness_protocol::TrainSpec;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;

/// (block, weight) of the exits of one step, rising: the last one always, the others drawn without
/// replacement and weighted up by how rarely they are drawn.
pub fn draw(spec: &TrainSpec, step: u64) -> Vec<(u32, f64)> {
    let mut all: Vec<(u32, f64)> =
        spec.exits.iter().copied().zip(spec.exit_weights.iter().copied()).collect();
    let Some(last) = all.pop() else { return Vec::new() };
    let count = (spec.exits_per_step.saturating_sub(1) as usize).min(all.len());
    let scale = all.len() as f64 / count.max(1) as f64;
    all.shuffle(&mut ChaCha12Rng::seed_from_u64(spec.seed.wrapping_add(step)));
    all.truncate(count);
    all.sort_by_key(|exit| exit.0);
    all.iter_mut().for_each(|exit| exit.1 *= scale);
    all.push(last);
    all
}

/// The step's estimate of the full weighted loss.
pub fn weighted(spec: &TrainSpec, per_exit: &[(u32, f64)]) -> f64 {
    let weight =
        |exit: u32| spec.exits.iter().position(|e| *e == exit).map_or(0.0, |at| spec.exit_weights[at]);
    let total: f64 = per_exit.iter().map(|(exit, _)| weight(*exit)).sum();
    per_exit.iter().map(|(exit, loss)| weight(*exit) * loss).sum::<f64>() / total
}
