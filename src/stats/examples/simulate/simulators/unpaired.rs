//! Runs compared as sessions: what ranks promise, what the runs' own intervals leave out, and what a common baseline saves.

use harness_stats::{
    BlockTotal, Estimate, Interval, difference_of_intervals, hodges_lehmann, mann_whitney, ratio_estimate,
    total,
};
use rand_chacha::ChaCha8Rng;

use super::world::{ALPHA, LEVEL, Scale, covers, noise, rate};
use super::{Bar, Check};

const BLOCKS: usize = 10;
/// Coefficient of variation of one cell.
const CELL_NOISE: f64 = 0.01;
/// Sessions on each side, the fewest with an interval.
const SESSIONS: usize = 4;
/// What the program after costs, as a share of the program before.
const TRUTH: f64 = 1.05;

/// All of this file.
pub fn checks(scale: Scale) -> Vec<Check> {
    let count = scale.count(4_000);
    let mut checks = Vec::new();
    for (place, sd) in [0.0, 0.005, 0.01, 0.02].into_iter().enumerate() {
        let purpose = 800 + place as u64;
        let of = |what: &str| format!("{what}, session sd {} %", 100.0 * sd);
        let found = rate(count, purpose, |generator| shift_covers(generator, sd));
        let what = of("shift of 4 and 4 sessions covers");
        checks.push(Check::new(what, count, LEVEL, found, Bar::AtLeast(0.95)));
        let found = rate(count, purpose + 10, |generator| falsely_found(generator, sd));
        let what = of("Mann-Whitney of 4 and 4 sessions: false alarms");
        checks.push(Check::new(what, count, ALPHA, found, Bar::AtMost));
        let found = rate(count, purpose + 20, |generator| within_covers(generator, sd));
        let what = of("two runs, without the spread between sessions, covers");
        // Half as much as the cells scatter is too little to be told from nothing by few simulations.
        let bar = if sd == CELL_NOISE / 2.0 { Bar::Shown } else { Bar::AtLeast(0.93) };
        let check = Check::new(what, count, LEVEL, found, bar);
        // What it is labelled with: it is an interval of the two runs, not of their programs.
        checks.push(if sd > CELL_NOISE / 2.0 { check.known_to_fail() } else { check });
        let found = rate(count, purpose + 30, |generator| own_baseline_covers(generator, sd));
        let what = of("two runs, against each run's own baseline, covers");
        checks.push(Check::new(what, count, LEVEL, found, Bar::Between(0.93, 0.97)));
    }
    checks
}

/// Energies of one variant's blocks in one session.
fn cells(generator: &mut ChaCha8Rng, session: f64, truth: f64) -> Vec<BlockTotal> {
    let energy = |generator: &mut ChaCha8Rng| truth * (session + noise(generator, CELL_NOISE)).exp();
    (0..BLOCKS).map(|_| BlockTotal { energy: energy(generator), work: 1.0 }).collect()
}

/// Logarithms of the values of several sessions.
fn sessions(generator: &mut ChaCha8Rng, sd: f64, truth: f64) -> Vec<f64> {
    let one = |generator: &mut ChaCha8Rng| {
        let session = noise(generator, sd);
        let blocks = cells(generator, session, truth);
        total(&blocks, LEVEL).map_or(f64::NAN, |total| total.value.ln())
    };
    (0..SESSIONS).map(|_| one(generator)).collect()
}

fn shift_covers(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let (before, after) = (sessions(generator, sd, 1.0), sessions(generator, sd, TRUTH));
    covers(hodges_lehmann(&after, &before, LEVEL), TRUTH.ln())
}

fn falsely_found(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let (before, after) = (sessions(generator, sd, 1.0), sessions(generator, sd, 1.0));
    mann_whitney(&after, &before).is_some_and(|p| p < ALPHA)
}

fn within_covers(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let mut side = |truth: f64| {
        let session = noise(generator, sd);
        let found = total(&cells(generator, session, truth), LEVEL)?;
        Some(Interval { value: found.value.ln(), lo: found.lo.map(f64::ln), hi: found.hi.map(f64::ln) })
    };
    let (before, after) = (side(1.0), side(TRUTH));
    let found = after.zip(before).and_then(|(after, before)| difference_of_intervals(&after, &before));
    covers(found, TRUTH.ln())
}

fn own_baseline_covers(generator: &mut ChaCha8Rng, sd: f64) -> bool {
    let mut side = |truth: f64| -> Option<Estimate> {
        let session = noise(generator, sd);
        let baseline = cells(generator, session, 2.0);
        ratio_estimate(&cells(generator, session, truth), &baseline)
    };
    let (before, after) = (side(1.0), side(TRUTH));
    let found = after.zip(before).map(|(after, before)| after.less(&before).difference(LEVEL));
    covers(found.map(|found| Interval { value: found.value, lo: found.lo, hi: found.hi }), TRUTH.ln())
}
