//! How often the intervals hold the truth.

use harness_stats::{BlockTotal, PerSuccess, bca, difference, generator, ratio_of_totals, total};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::world::{LEVEL, Scale, covers, noise, rate, spiky_noise};
use super::{Bar, Check};

const BLOCKS: [usize; 3] = [6, 10, 20];

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let mut checks = Vec::new();
    for (place, blocks) in BLOCKS.into_iter().enumerate() {
        let count = scale.count(10_000);
        let purpose = 100 + place as u64;
        let found = rate(count, purpose, |generator| geometric_mean(generator, blocks));
        let what = format!("t interval of the geometric mean ratio, 2 % noise with spikes, {blocks} blocks");
        checks.push(Check::new(what, count, LEVEL, found, Bar::Between(0.93, 0.97)));
        let found = rate(count, purpose + 10, |generator| totals(generator, blocks));
        let what = format!("ratio of totals, heterogeneous items, {blocks} blocks");
        checks.push(Check::new(what, count, LEVEL, found, Bar::Between(0.92, 0.97)));
        let found = rate(count, purpose + 20, |generator| per_correct(generator, blocks));
        let what = format!("J per correct, same items in {blocks} blocks, 60 clusters");
        checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.92)));
        let found = rate(count, purpose + 30, |generator| per_correct_ratio(generator, blocks));
        let what = format!("ratio of J per correct, same items in {blocks} blocks, 60 clusters");
        checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.92)));
        let found = rate(count, purpose + 40, |generator| per_correct_of_blocks(generator, blocks));
        let what = format!("J per correct, {blocks} blocks with items of their own");
        checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.92)));
    }
    let count = scale.count(10_000);
    let found = rate(count, 150, published_ratio);
    let what = "ratio of J per correct from published totals, 30 and 60 of 1,000 correct";
    checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.92)));
    let count = scale.count(5_000);
    let found = rate(count, 160, accelerated);
    let what = "BCa interval of a mean of 40 values with skewness 1.3";
    checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.91)));
    checks
}

/// As [`harness_stats::paired`] has it, without the sign flips, which take a million sums at 20 blocks.
fn geometric_mean(generator: &mut ChaCha8Rng, blocks: usize) -> bool {
    let truth = 0.9_f64.ln();
    let logs: Vec<f64> =
        (0..blocks).map(|_| truth + spiky_noise(generator) - spiky_noise(generator)).collect();
    let ends = difference(&logs, LEVEL).and_then(|found| found.lo.zip(found.hi));
    ends.is_some_and(|(lo, hi)| lo <= truth && truth <= hi)
}

/// Items whose energies spread like a lognormal with σ = 1; the variant saves more on the dear ones, and
/// blocks hold 15 to 25 items.
fn totals(generator: &mut ChaCha8Rng, blocks: usize) -> bool {
    // E √x / E x of that lognormal is e^(1/8 − 1/2).
    let truth = 0.5 + 0.3 * (-0.375_f64).exp();
    let mut both = [Vec::new(), Vec::new()];
    for _ in 0..blocks {
        let items = generator.random_range(15..=25);
        let (mut variant, mut baseline) = (0.0, 0.0);
        for _ in 0..items {
            let energy = noise(generator, 1.0).exp();
            baseline += energy;
            variant += 0.5 * energy + 0.3 * energy.sqrt();
        }
        for (side, energy) in both.iter_mut().zip([variant, baseline]) {
            let energy = energy * noise(generator, 0.02).exp();
            side.push(BlockTotal { energy, work: f64::from(items) });
        }
    }
    covers(ratio_of_totals(&both[0], &both[1], LEVEL), truth)
}

const CLUSTERS: usize = 60;
const PER_CLUSTER: u32 = 5;
const ITEMS: f64 = 300.0;

/// Energies of blocks of the same items around `level` J an item, in a room whose temperature moves both
/// variants.
fn energies(generator: &mut ChaCha8Rng, room: &[f64], level: f64) -> Vec<BlockTotal> {
    let block = |room: &f64| BlockTotal {
        energy: ITEMS * level * (room + noise(generator, 0.03)).exp(),
        work: ITEMS,
    };
    room.iter().map(block).collect()
}

/// Successes of two variants in clusters whose difficulty differs: chances .1 to .7, and the second's are
/// three quarters of the first's.
fn successes(generator: &mut ChaCha8Rng) -> [Vec<(f64, f64)>; 2] {
    let mut both = [Vec::new(), Vec::new()];
    for _ in 0..CLUSTERS {
        let chance = generator.random_range(0.1..0.7);
        let mut right = [0.0; 2];
        for _ in 0..PER_CLUSTER {
            // One draw for both: what the one gets right the other mostly does too.
            let luck: f64 = generator.random();
            right[0] += f64::from(u8::from(luck < chance));
            right[1] += f64::from(u8::from(luck < 0.75 * chance));
        }
        both.iter_mut().zip(right).for_each(|(side, right)| side.push((right, f64::from(PER_CLUSTER))));
    }
    both
}

/// The true mean of the chances.
const SHARE: f64 = 0.4;

fn per_correct(generator: &mut ChaCha8Rng, blocks: usize) -> bool {
    let energy = energies(generator, &vec![0.0; blocks], 2.0);
    let [first, _] = successes(generator);
    let truth = 2.0 * (0.03_f64 * 0.03 / 2.0).exp() / SHARE;
    covers(PerSuccess::measured(&energy, &first).map(|found| found.interval(LEVEL)), truth)
}

fn per_correct_ratio(generator: &mut ChaCha8Rng, blocks: usize) -> bool {
    let room: Vec<f64> = (0..blocks).map(|_| noise(generator, 0.05)).collect();
    let (own, base) = (energies(generator, &room, 1.0), energies(generator, &room, 2.0));
    let [better, worse] = successes(generator);
    let found = PerSuccess::measured(&own, &worse).zip(PerSuccess::measured(&base, &better));
    covers(found.and_then(|(own, base)| own.paired_ratio(&base, LEVEL)), 0.5 / 0.75)
}

fn per_correct_of_blocks(generator: &mut ChaCha8Rng, blocks: usize) -> bool {
    const ITEMS: u32 = 40;
    let mut block = |_| {
        let (mut energy, mut right) = (0.0, 0.0);
        for _ in 0..ITEMS {
            // Long answers cost more and are right less often: .4 at the mean length.
            let length: f64 = generator.random_range(0.5..1.5);
            energy += 2.0 * length;
            right += f64::from(u8::from(generator.random_bool(0.6 - 0.2 * length)));
        }
        BlockTotal { energy: energy * noise(generator, 0.03).exp(), work: right }
    };
    let found: Vec<BlockTotal> = (0..blocks).map(&mut block).collect();
    covers(total(&found, LEVEL), 2.0 * (0.03_f64 * 0.03 / 2.0).exp() / SHARE)
}

fn published_ratio(generator: &mut ChaCha8Rng) -> bool {
    const ITEMS: u64 = 1000;
    let mut right = |chance: f64| (0..ITEMS).filter(|_| generator.random_bool(chance)).count() as u64;
    let found = PerSuccess::published(500.0, right(0.03), ITEMS).zip(PerSuccess::published(
        1000.0,
        right(0.06),
        ITEMS,
    ));
    covers(found.map(|(own, base)| own.unpaired_ratio(&base, LEVEL)), 1.0)
}

fn accelerated(draws: &mut ChaCha8Rng) -> bool {
    const COUNT: usize = 40;
    /// σ of a lognormal whose skewness is 1.3.
    const SIGMA: f64 = 0.4;
    let values: Vec<f64> = (0..COUNT).map(|_| noise(draws, SIGMA).exp()).collect();
    let sum: f64 = values.iter().sum();
    let left_out: Vec<f64> = values.iter().map(|value| (sum - value) / (COUNT - 1) as f64).collect();
    let mut resampling = generator(draws.random(), 0);
    let mean = |_| {
        let drawn = (0..COUNT).map(|_| values[resampling.random_range(0..COUNT)]);
        drawn.sum::<f64>() / COUNT as f64
    };
    let resampled = (0..harness_stats::bootstrap::RESAMPLES).map(mean).collect();
    covers(bca(sum / COUNT as f64, resampled, &left_out, LEVEL), (SIGMA * SIGMA / 2.0).exp())
}
