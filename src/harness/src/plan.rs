//! Which cell runs when: blocks of every variant once, in an order drawn from the seed.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;

use crate::suite::Suite;

/// All cells of a run in the order in which they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Block by block.
    pub cells: Vec<PlannedCell>,
}

/// One variant on one task in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedCell {
    /// Number in the run, from 0.
    pub cell: u32,
    /// Block, from 0.
    pub block: u16,
    /// Place within its block, from 0.
    pub position: u16,
    /// Index of the task in the suite.
    pub task: usize,
    /// Index of the variant in the suite.
    pub variant: usize,
}

/// Time of a cell that no key of the suite says: starting, loading, collecting, writing; seconds.
const CELL_OVERHEAD_S: f64 = 0.7;

/// A pass that begins before `min-window` is over runs to its end; on average half a pass.
const WHOLE_PASSES: f64 = 1.25;

impl Plan {
    /// Draws the order. Within a block a task's variants run one after the other; over the blocks every
    /// variant stands equally often, give or take one, in every place.
    pub fn new(suite: &Suite) -> Self {
        Self::of(suite, suite.run.blocks)
    }

    /// The same with this number of blocks: a plan of fewer blocks is the beginning of one of more.
    pub fn of(suite: &Suite, blocks: u16) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(suite.seed);
        let (tasks, variants) = (suite.tasks.len(), suite.variants.len());
        let mut rows: Vec<Vec<Vec<usize>>> = vec![Vec::new(); tasks]; // per task: rows still to be used
        let mut cells = Vec::new();
        for block in 0..blocks {
            let mut order: Vec<usize> = (0..tasks).collect();
            order.shuffle(&mut random);
            let mut position = 0;
            for task in order {
                if rows[task].is_empty() {
                    rows[task] = latin_square(variants, &mut random);
                }
                for variant in rows[task].pop().unwrap_or_default() {
                    let cell = cells.len() as u32;
                    cells.push(PlannedCell { cell, block, position, task, variant });
                    position += 1;
                }
            }
        }
        Self { cells }
    }

    /// At least so long, in seconds: what the suite's keys add up to, and a little for every cell.
    pub fn seconds(&self, suite: &Suite) -> f64 {
        let run = &suite.run;
        let cell = run.min_window.as_secs_f64() * WHOLE_PASSES + run.settle.as_secs_f64() + CELL_OVERHEAD_S;
        // The machine before and after, each loaded model in its first and last block.
        let idles = 2 + 2 * suite.variants.len() * suite.tasks.len();
        self.cells.len() as f64 * cell + idles as f64 * run.idle.as_secs_f64()
    }
}

/// `size` orders of `0..size` in which every number stands once in every place; places and numbers are
/// shuffled, so that neighbours change too.
fn latin_square(size: usize, random: &mut ChaCha12Rng) -> Vec<Vec<usize>> {
    let mut shuffled = || {
        let mut numbers: Vec<usize> = (0..size).collect();
        numbers.shuffle(random);
        numbers
    };
    let (names, shifts, places) = (shuffled(), shuffled(), shuffled());
    let row = |shift: &usize| places.iter().map(|place| names[(place + shift) % size]).collect();
    shifts.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_stands_once_in_every_row_and_place() {
        for size in [1, 2, 5, 9] {
            let square = latin_square(size, &mut ChaCha12Rng::seed_from_u64(4));
            for at in 0..size {
                let mut row = square[at].clone();
                let mut column: Vec<usize> = square.iter().map(|row| row[at]).collect();
                row.sort_unstable();
                column.sort_unstable();
                assert_eq!(row, (0..size).collect::<Vec<_>>());
                assert_eq!(column, row);
            }
        }
    }

    #[test]
    fn neighbours_are_not_the_same_in_every_row() {
        let square = latin_square(9, &mut ChaCha12Rng::seed_from_u64(4));
        let pairs = square.iter().flat_map(|row| row.windows(2));
        let different: std::collections::BTreeSet<(usize, usize)> =
            pairs.map(|pair| (pair[0], pair[1])).collect();
        // Plain rotations would give 9 pairs of neighbours, each in every row.
        assert!(different.len() >= 3 * 9, "{}", different.len());
    }
}
