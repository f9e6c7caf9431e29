//! Work for nothing: keeps cores busy, so that what holds the processor must draw more.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, available_parallelism};

/// Busy threads; they end when this is dropped.
pub(super) struct Work {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Work {
    /// Keeps all cores busy but one, which reads the meters; at least one.
    pub(super) fn start() -> Self {
        let cores = available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1);
        let stop = Arc::new(AtomicBool::new(false));
        let start = |_| {
            let stop = Arc::clone(&stop);
            thread::Builder::new().name("busy".to_owned()).spawn(move || multiply(&stop)).ok()
        };
        let threads = (0..cores).filter_map(start).collect();
        Self { stop, threads }
    }

    /// How many cores are kept busy; fewer than asked for where the system gives no more threads.
    pub(super) fn cores(&self) -> usize {
        self.threads.len()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that only multiplies has nothing to tell.
            let _ = thread.join();
        }
    }
}

/// Eight products at once occupy the multipliers, which draw more than a loop that waits.
fn multiply(stop: &AtomicBool) {
    let mut values = [1.000_1_f64, 1.000_2, 1.000_3, 1.000_4, 1.000_5, 1.000_6, 1.000_7, 1.000_8];
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..1_000 {
            for value in &mut values {
                *value = value.mul_add(0.999_9, 0.000_1);
            }
        }
        black_box(&mut values);
    }
}
