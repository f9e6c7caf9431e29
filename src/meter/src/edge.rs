//! The energy at one edge of a window, between two knots, and how uncertain it is.
//!
//! A straight line runs through the knots. The energy between two knots is measured; how it falls on the
//! time between them is not. Its share up to a point at fraction f of the way is f where power is steady.
//! Where power varies with a relative standard deviation v and a correlation time c, the share's variance
//! is v²·(2c/Δ)·f(1−f): a bridge pinned at both knots. Taken are v = 1/2 (idle and full load by turns) and
//! c = Δ/8, so √(f(1−f))/4, at most an eighth of the energy between two updates. Ten thousand random
//! traces, from changes within a period to changes every twenty, test that this is neither too small nor
//! too large (`tests/coverage.rs`). A knot's own time is equally likely to be anywhere in its stretch,
//! which costs half/√3 of the power beside it; the counter's step r costs r/√12.

use crate::knot::Knot;
use crate::units::{Joules, Seconds, Watts};

/// Standard deviation of the share of energy at f = 1/2, divided by √(f(1−f)).
const SHAPE: f64 = 0.25;

/// Energy since the first reading at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EdgeEnergy {
    pub(crate) energy: Joules,
    /// One sigma.
    pub(crate) u: Joules,
}

/// The energy at `t_ns`; None: no knot lies on one of its sides.
pub(crate) fn energy_at(knots: &[Knot], t_ns: i64, scale: f64, resolution: Joules) -> Option<EdgeEnergy> {
    let after = knots.partition_point(|knot| knot.t_ns < t_ns);
    let right = knots.get(after)?;
    if right.t_ns == t_ns {
        let slope = around(knots, after, scale);
        return Some(pinned(right, slope, scale, resolution));
    }
    let before = after.checked_sub(1)?;
    let left = &knots[before];
    let whole = Seconds::between(left.t_ns, right.t_ns);
    let share = Seconds::between(left.t_ns, t_ns) / whole;
    let between = Joules(right.counts.saturating_sub(left.counts) as f64 * scale);
    let shape = between.0 * SHAPE * (share * (1.0 - share)).sqrt();
    let of_left = around(knots, before, scale) * left.half * (1.0 - share) / 3.0_f64.sqrt();
    let of_right = around(knots, after, scale) * right.half * share / 3.0_f64.sqrt();
    let u = shape.hypot(of_left.0).hypot(of_right.0).hypot(resolution.0 / 12.0_f64.sqrt());
    Some(EdgeEnergy { energy: Joules(left.counts as f64 * scale) + between * share, u: Joules(u) })
}

fn pinned(knot: &Knot, slope: Watts, scale: f64, resolution: Joules) -> EdgeEnergy {
    let time = slope * knot.half / 3.0_f64.sqrt();
    let u = time.0.hypot(resolution.0 / 12.0_f64.sqrt());
    EdgeEnergy { energy: Joules(knot.counts as f64 * scale), u: Joules(u) }
}

/// The larger power of the stretches on both sides of a knot.
fn around(knots: &[Knot], index: usize, scale: f64) -> Watts {
    let power = |a: Option<&Knot>, b: Option<&Knot>| {
        let (a, b) = a.zip(b)?;
        let seconds = Seconds::between(a.t_ns, b.t_ns).0;
        (seconds > 0.0).then(|| b.counts.saturating_sub(a.counts) as f64 * scale / seconds)
    };
    let left = index.checked_sub(1).and_then(|left| power(knots.get(left), knots.get(index)));
    let right = power(knots.get(index), knots.get(index + 1));
    Watts(left.unwrap_or(0.0).max(right.unwrap_or(0.0)))
}
