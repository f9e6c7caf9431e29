//! Energy, power and time as types, so that they cannot be mistaken for one another.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use serde::{Deserialize, Serialize};

/// Defines one quantity with the arithmetic that every quantity has: sums, differences, scaling by a
/// number, and the ratio of two of a kind.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Div<f64> for $name {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }

        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
                Self(parts.map(|part| part.0).sum())
            }
        }

        impl fmt::Display for $name {
            /// The number, with the precision that was asked for, a space and the unit.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)?;
                f.write_str(concat!(" ", $unit))
            }
        }
    };
}

quantity!(
    /// Energy in joules.
    Joules, "J"
);
quantity!(
    /// Power in watts.
    Watts, "W"
);
quantity!(
    /// A length of time in seconds.
    Seconds, "s"
);

impl Mul<Seconds> for Watts {
    type Output = Joules;
    fn mul(self, time: Seconds) -> Joules {
        Joules(self.0 * time.0)
    }
}

impl Mul<Watts> for Seconds {
    type Output = Joules;
    fn mul(self, power: Watts) -> Joules {
        power * self
    }
}

impl Div<Seconds> for Joules {
    type Output = Watts;
    fn div(self, time: Seconds) -> Watts {
        Watts(self.0 / time.0)
    }
}

impl Seconds {
    /// The time from `from_ns` to `to_ns`, negative if they stand in the other order. Never overflows.
    pub fn between(from_ns: i64, to_ns: i64) -> Self {
        Self((i128::from(to_ns) - i128::from(from_ns)) as f64 * 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_times_time_is_energy_and_back() {
        assert_eq!(Watts(5.0) * Seconds(2.0), Joules(10.0));
        assert_eq!(Seconds(2.0) * Watts(5.0), Joules(10.0));
        assert_eq!(Joules(10.0) / Seconds(2.0), Watts(5.0));
    }

    #[test]
    fn quantities_add_scale_and_compare_with_their_own_kind() {
        let parts = [Joules(1.0), Joules(2.5)];
        assert_eq!(parts.iter().copied().sum::<Joules>(), Joules(3.5));
        assert_eq!(Joules(3.0) - Joules(1.0), Joules(2.0));
        assert_eq!(Joules(3.0) * 2.0 / 4.0, Joules(1.5));
        assert_eq!(Joules(3.0) / Joules(2.0), 1.5);
    }

    #[test]
    fn the_unit_is_printed_with_the_precision_asked_for() {
        assert_eq!(format!("{:.2}", Joules(1.0 / 3.0)), "0.33 J");
        assert_eq!(Watts(5.0).to_string(), "5 W");
    }

    #[test]
    fn the_furthest_times_have_a_finite_distance() {
        assert_eq!(Seconds::between(1_000_000_000, 3_500_000_000), Seconds(2.5));
        assert!(Seconds::between(i64::MIN, i64::MAX).0 > 1e10);
    }
}
