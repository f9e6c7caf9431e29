//! A rate that simulations found, and the bar that it must keep.

use harness_stats::normal;

/// What a rate must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    /// Between these two, ends included.
    Between(f64, f64),
    /// Not above the nominal rate's binomial 95 % band.
    AtMost,
    /// At least this.
    AtLeast(f64),
    /// Nothing: the rate is shown for comparison.
    Shown,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was simulated.
    pub what: String,
    /// Simulations.
    pub count: usize,
    /// The rate that the method promises.
    pub nominal: f64,
    /// The rate that was found.
    pub rate: f64,
    /// What it must keep.
    pub bar: Bar,
    /// A way that is known to be wrong, and must be seen to be.
    pub must_fail: bool,
}

impl Check {
    pub fn new(what: impl Into<String>, count: usize, nominal: f64, rate: f64, bar: Bar) -> Self {
        Check { what: what.into(), count, nominal, rate, bar, must_fail: false }
    }

    /// The same, of a way that is known to be wrong.
    pub fn known_to_fail(self) -> Self {
        Check { must_fail: true, ..self }
    }

    /// The ends between which 95 % of such rates lie if the nominal one is true.
    pub fn band(&self) -> (f64, f64) {
        let half = normal::reach(0.95) * self.error(self.nominal);
        ((self.nominal - half).max(0.0), (self.nominal + half).min(1.0))
    }

    /// Whether the bar holds (or fails, where it must), with room for `slack` standard errors more.
    pub fn passes(&self, slack: f64) -> bool {
        let (_, hi) = self.band();
        let room = |rate: f64| slack * self.error(rate);
        let holds = match self.bar {
            Bar::Between(least, most) => self.rate >= least - room(least) && self.rate <= most + room(most),
            Bar::AtMost => self.rate <= hi + room(self.nominal),
            Bar::AtLeast(least) => self.rate >= least - room(least),
            Bar::Shown => return true,
        };
        holds != self.must_fail
    }

    fn error(&self, rate: f64) -> f64 {
        (rate * (1.0 - rate).max(0.0) / self.count as f64).max(0.0).sqrt()
    }
}
