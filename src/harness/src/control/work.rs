//! The work itself: products of matrices beyond the second cache, then a chain of integer hashes.
//!
//! How much it is never depends on the machine. Whoever changes anything here raises [`CONTROL_VERSION`].

/// Version of the work: times and energies of different versions do not compare.
pub const CONTROL_VERSION: u32 = 1;

/// Rows and columns of the matrices: three of 2.3 MB, more than the second cache of a core holds.
const SIDE: usize = 768;

/// Products, about two seconds on one core of 2023.
const PRODUCTS: usize = 20;

/// Words of the hash table: 4 MB, as the matrices beyond the second cache.
const WORDS: usize = 1 << 19;

/// Passes over the table, about two seconds.
const PASSES: usize = 1200;

/// An odd number with bits everywhere: multiplying by it spreads each bit over those above it (Knuth 1998, The Art of
/// Computer Programming, vol. 3, §6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What one thread works on.
pub(super) struct Work {
    left: Vec<f32>,
    right: Vec<f32>,
    product: Vec<f32>,
    words: Vec<u64>,
}

impl Work {
    /// Fills everything, so that no page is touched first while the work is measured.
    pub(super) fn new() -> Self {
        let mut state = 1;
        let mut next = || {
            state = hashed(state, SPREAD);
            state
        };
        // Columns that sum to about one keep the products where they began.
        let mut matrix = |scale: f32| -> Vec<f32> {
            (0..SIDE * SIDE).map(|_| (next() >> 40) as f32 / (1_u32 << 23) as f32 * scale).collect()
        };
        let (left, right) = (matrix(1.0), matrix(1.0 / SIDE as f32));
        Self { left, right, product: vec![0.0; SIDE * SIDE], words: (0..WORDS as u64).collect() }
    }

    /// Does all of it. The result is the same on every machine.
    pub(super) fn go(&mut self) -> u64 {
        for _ in 0..PRODUCTS {
            self.multiply();
        }
        let mut chain = self.left.iter().fold(0, |chain, value| hashed(chain, u64::from(value.to_bits())));
        for _ in 0..PASSES {
            chain = self.words.iter_mut().fold(chain, |chain, word| {
                *word = hashed(chain, *word);
                *word
            });
        }
        chain
    }

    /// Product of left and right, which becomes the next left.
    fn multiply(&mut self) {
        self.product.fill(0.0);
        let rows = self.product.chunks_exact_mut(SIDE).zip(self.left.chunks_exact(SIDE));
        for (sums, factors) in rows {
            for (factor, row) in factors.iter().zip(self.right.chunks_exact(SIDE)) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
            }
        }
        std::mem::swap(&mut self.left, &mut self.product);
    }
}

fn hashed(chain: u64, word: u64) -> u64 {
    (chain ^ word).wrapping_add(SPREAD).wrapping_mul(SPREAD).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_what_the_definition_says_and_stays_in_range() {
        let mut work = Work::new();
        let dot: f32 =
            (0..SIDE).map(|at| work.left[5 * SIDE + at] * work.right[at * SIDE + 7]).fold(0.0, |a, b| a + b);
        work.multiply();
        assert!((work.left[5 * SIDE + 7] / dot - 1.0).abs() < 1e-5);
        for _ in 0..PRODUCTS {
            work.multiply();
        }
        let mean = work.left.iter().sum::<f32>() / work.left.len() as f32;
        assert!((0.1..10.0).contains(&mean), "{mean}");
    }

    #[test]
    fn every_thread_does_the_same() {
        let (mut one, mut other) = (Work::new(), Work::new());
        one.multiply();
        other.multiply();
        assert_eq!(one.left, other.left);
        assert_ne!(hashed(1, 2), hashed(2, 1).wrapping_add(1));
    }
}
