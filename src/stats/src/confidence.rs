//! How sure intervals and tests are: their level, and whether one looks once or after every block.

use serde::{Deserialize, Serialize};

use crate::equivalence;
use crate::{BlockTotal, Difference, Estimate, Interval, Sequence, total_estimate};

/// When values are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looks {
    /// Once, after a number of blocks that was chosen before: Student's t.
    #[default]
    Once,
    /// After every block, any of which may be the last: see [`Sequence`].
    Always,
}

/// The level of intervals, and when values are looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// Between 0 and 1.
    pub level: f64,
    /// When values are looked at.
    pub looks: Looks,
}

impl Confidence {
    /// For a single look at this level.
    pub fn once(level: f64) -> Self {
        Self { level, looks: Looks::Once }
    }

    /// The estimate with its interval and the two-sided p of zero; None where too little tells them.
    pub fn difference(self, estimate: &Estimate) -> Difference {
        let Looks::Always = self.looks else { return estimate.difference(self.level) };
        let (value, half) = (estimate.value, self.sequence().reach(estimate));
        Difference {
            value,
            lo: half.map(|half| value - half),
            hi: half.map(|half| value + half),
            p: self.sequence().p_of(estimate, 0.0),
        }
    }

    /// p of "the true value is at or below `margin`"; None where too little tells it. With many looks it is the two-sided one
    /// where the value lies above.
    pub fn not_below(self, estimate: &Estimate, margin: f64) -> Option<f64> {
        match self.looks {
            Looks::Once => equivalence::not_below(estimate.value, estimate.error, estimate.freedom, margin),
            Looks::Always => {
                let p = self.sequence().p_of(estimate, margin)?;
                Some(if estimate.value > margin { p } else { 1.0 })
            }
        }
    }

    /// Energy per unit of work with its interval; None as [`total`](crate::total).
    pub fn total(self, blocks: &[BlockTotal]) -> Option<Interval> {
        let Difference { value, lo, hi, .. } = self.difference(&total_estimate(blocks)?);
        Some(Interval { value: value.exp(), lo: lo.map(f64::exp), hi: hi.map(f64::exp) })
    }

    fn sequence(self) -> Sequence {
        Sequence::new(1.0 - self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::{close, variant};
    use crate::total;

    const LEVEL: f64 = 0.95;

    #[test]
    fn a_single_look_is_students_and_many_are_wider() {
        let estimate = Estimate { value: -0.04, error: 0.01, freedom: 9.0 };
        let once = Confidence::once(LEVEL);
        assert_eq!(once.difference(&estimate), estimate.difference(LEVEL));
        let always = Confidence { looks: Looks::Always, ..once };
        let (narrow, wide) = (once.difference(&estimate), always.difference(&estimate));
        assert!(wide.hi.unwrap() > narrow.hi.unwrap() && wide.p.unwrap() > narrow.p.unwrap());
        let turned = Estimate { value: 0.04, ..estimate };
        assert_eq!(always.not_below(&turned, 0.0), wide.p);
        assert_eq!(always.not_below(&estimate, 0.0), Some(1.0));
        assert!(once.not_below(&turned, 0.0) < always.not_below(&turned, 0.0));
        let nothing = always.difference(&Estimate { freedom: 0.0, ..estimate });
        assert_eq!((nothing.lo, nothing.p), (None, None));
    }

    #[test]
    fn totals_of_a_single_look_are_those_of_the_log_delta_method() {
        let (found, expected) =
            (Confidence::once(LEVEL).total(&variant()), total(&variant(), LEVEL).unwrap());
        let found = found.unwrap();
        close(Some(found.value), expected.value);
        close(found.lo, expected.lo.unwrap());
        close(found.hi, expected.hi.unwrap());
        assert_eq!(Confidence::once(LEVEL).total(&[]), None);
    }
}
