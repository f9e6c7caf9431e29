//! Waits before a block until the computing device is as warm as the first block left it.
//!
//! A warm chip leaks more: the same work takes more joules. What counts is that all blocks begin alike, so the reference
//! is the device after the first block, not the cold device before it.

use std::time::{Duration, Instant};

use harness_meter::{Place, now_ns};

use super::cell::{Bench, pause};
use crate::machine::{WarmthFacts, processor_temperature};
use crate::progress;
use crate::suite::RunSpec;

/// Time between two looks at the temperature.
const GLANCE: Duration = Duration::from_millis(500);

/// What a meter said of a device longer ago is not its temperature now.
const FRESH_NS: i64 = 5_000_000_000;

/// How warm the device was before blocks so far.
pub(super) struct Warmth {
    band_k: f64,
    /// What may still be waited, in all.
    left: Duration,
    /// The last block that was begun.
    block: Option<u16>,
    facts: Option<WarmthFacts>,
    is_shown: bool,
}

impl Warmth {
    /// `before` are the facts of an earlier session of the same run.
    pub(super) fn new(run: &RunSpec, before: Option<WarmthFacts>) -> Self {
        let waited =
            before.and_then(|facts| Duration::try_from_secs_f64(facts.waited_s).ok()).unwrap_or_default();
        Self {
            band_k: run.temperature_band,
            left: run.max_wait.saturating_sub(waited),
            block: None,
            facts: before,
            is_shown: true,
        }
    }

    /// What was seen; else why nothing was, in a sentence without full stop.
    pub(super) fn facts(&self) -> Result<WarmthFacts, String> {
        let why = || match self.is_shown {
            false => "the machine does not show how warm the computing device is".to_owned(),
            true => "no second block was begun, so no temperature was compared".to_owned(),
        };
        self.facts.ok_or_else(why)
    }

    /// Called before each cell; looks, and perhaps waits, where a new block begins.
    pub(super) fn before(&mut self, block: u16, bench: &Bench) {
        self.enter(block, || temperature(bench), |length| pause(length).is_ok());
    }

    fn enter(&mut self, block: u16, look: impl Fn() -> Option<f64>, wait: impl Fn(Duration) -> bool) {
        let first = self.block.is_none();
        if self.block.replace(block) == Some(block) || first {
            return;
        }
        let Some(mut now_c) = look() else {
            self.is_shown = self.facts.is_some();
            return;
        };
        let reference_c = self.facts.map_or(now_c, |facts| facts.reference_c);
        let begun = Instant::now();
        let mut waited = Duration::ZERO;
        while now_c > reference_c + self.band_k && waited < self.left {
            if waited.is_zero() {
                progress::say(&format!("waiting until the device has cooled down: {now_c:.0} °C"));
            }
            let length = GLANCE.min(self.left - waited);
            let goes_on = wait(length);
            waited = (waited + length).max(begun.elapsed());
            match look().filter(|_| goes_on) {
                Some(next_c) => now_c = next_c,
                None => break,
            }
        }
        self.left = self.left.saturating_sub(waited);
        let facts = self.facts.get_or_insert(WarmthFacts {
            reference_c,
            lowest_c: now_c,
            highest_c: now_c,
            band_k: self.band_k,
            waited_s: 0.0,
        });
        facts.lowest_c = facts.lowest_c.min(now_c);
        facts.highest_c = facts.highest_c.max(now_c);
        facts.waited_s += waited.as_secs_f64();
    }
}

/// The warmest GPU whose joules count, else the processor, °C.
fn temperature(bench: &Bench) -> Option<f64> {
    let domains = bench.sampler.domains();
    let is_gpu = |index: &&u16| {
        matches!(domains.get(usize::from(**index)).map(|domain| domain.place), Some(Place::Gpu(_)))
    };
    let mut gpus = bench.counted.iter().filter(is_gpu).peekable();
    if gpus.peek().is_none() {
        return processor_temperature(&bench.suite.meter.sysfs_root);
    }
    let now = now_ns();
    let said = |index: &u16| bench.sampler.conditions(*index, now - FRESH_NS, now);
    gpus.filter_map(|index| said(index).last()?.1.temperature_c).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn warmth(max_wait: Duration) -> Warmth {
        Warmth { band_k: 5.0, left: max_wait, block: None, facts: None, is_shown: true }
    }

    /// Enters blocks at these temperatures; each wait cools the device by 2 K.
    fn blocks(warmth: &mut Warmth, temperatures: &[f64]) {
        for (block, degrees) in (0..).zip(temperatures) {
            let now = Cell::new(*degrees);
            let cool = |_| {
                now.set(now.get() - 2.0);
                true
            };
            warmth.enter(block, || Some(now.get()), cool);
            warmth.enter(block, || panic!("a block is entered once"), |_| false);
        }
    }

    #[test]
    fn the_first_block_sets_the_reference_and_hot_ones_wait() {
        let mut warmth = warmth(Duration::from_secs(60));
        blocks(&mut warmth, &[30.0, 60.0, 64.0, 70.0, 50.0]);
        let facts = warmth.facts().unwrap();
        assert_eq!((facts.reference_c, facts.lowest_c, facts.highest_c), (60.0, 50.0, 64.0));
        // 70 → 68 → 66 → 64.
        assert_eq!((facts.waited_s, warmth.left), (1.5, Duration::from_millis(58_500)));
    }

    #[test]
    fn waiting_ends_when_its_time_is_used_up() {
        let mut warmth = warmth(Duration::from_secs(1));
        blocks(&mut warmth, &[30.0, 60.0, 90.0, 80.0]);
        let facts = warmth.facts().unwrap();
        assert_eq!((facts.highest_c, facts.waited_s, warmth.left), (86.0, 1.0, Duration::ZERO));
    }

    #[test]
    fn a_machine_without_a_sensor_never_waits_and_says_so() {
        let mut warmth = warmth(Duration::from_secs(60));
        for block in 0..3 {
            warmth.enter(block, || None, |_| panic!("waited for nothing"));
        }
        assert!(warmth.facts().unwrap_err().contains("does not show"));
        assert!(super::tests::warmth(Duration::ZERO).facts().unwrap_err().contains("no second block"));
    }
}
