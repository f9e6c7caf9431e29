//! What sampling costs, and how late it is.

use std::time::Duration;

/// The rounds of a sampler so far.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// How late each round was, in the order of rounds.
    late: Vec<Duration>,
    /// CPU time of the sampling threads.
    cpu: Duration,
}

impl Pace {
    pub(crate) fn note(&mut self, late: Duration, cpu_ns: u64) {
        self.late.push(late);
        self.cpu = Duration::from_nanos(cpu_ns);
    }

    /// Adds the rounds of another thread.
    pub(crate) fn add(&mut self, other: Self) {
        self.late.extend(other.late);
        self.cpu += other.cpu;
    }

    /// Rounds so far.
    pub fn rounds(&self) -> usize {
        self.late.len()
    }

    /// CPU time of the sampling threads; extra readings that others asked for are theirs.
    pub fn cpu(&self) -> Duration {
        self.cpu
    }

    /// The lateness that a share (0 to 1) of the rounds kept below; None before the first round.
    pub fn lateness(&self, share: f64) -> Option<Duration> {
        let mut late = self.late.clone();
        late.sort_unstable();
        let last = late.len().checked_sub(1)?;
        late.get((share.clamp(0.0, 1.0) * last as f64).round() as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_told_by_rank() {
        let mut pace = Pace::default();
        assert_eq!(pace.lateness(0.99), None);
        for late in (0..=100).rev() {
            pace.note(Duration::from_micros(late), 5);
        }
        assert_eq!((pace.rounds(), pace.cpu()), (101, Duration::from_nanos(5)));
        assert_eq!(pace.lateness(0.99), Some(Duration::from_micros(99)));
        assert_eq!(pace.lateness(2.0), Some(Duration::from_micros(100)));
    }
}
