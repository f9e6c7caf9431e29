//! What one answer has cost so far, piece by piece.

use super::energy::Energy;
use super::measured::{Kind, Measured};

/// Largest share of an answer's time in pieces too short for a window of their own. Their joules come from a
/// difference of longer windows, which says what the meter counted but not, within an update, when.
const MOST_INDIRECT: f64 = 0.1;

/// The sum of an answer's pieces.
#[derive(Debug, Default)]
pub struct Account {
    joules: f64,
    variance: f64,
    /// Largest relative uncertainty of the meter's scale.
    scale: f64,
    seconds: f64,
    indirect_s: f64,
    /// Another answer ran at the same time.
    shared: bool,
    /// Why a piece was not measured directly, or not at all: the first reason.
    why: Option<String>,
    /// A piece was not measured at all.
    lost: bool,
}

impl Account {
    /// Adds a piece that `sharers` answers had in common, this one included.
    pub fn add(&mut self, seconds: f64, measured: &Measured, sharers: usize) {
        let share = 1.0 / sharers.max(1) as f64;
        self.seconds += seconds;
        self.shared |= sharers > 1;
        if let Some(why) = &measured.why {
            self.why.get_or_insert_with(|| why.clone());
            self.indirect_s += seconds;
        }
        match measured.joules {
            Some(joules) => {
                self.joules += joules * share;
                self.variance += (measured.u_j * share).powi(2);
                self.scale = self.scale.max(measured.u_scale);
            }
            None => self.lost = true,
        }
    }

    /// The answer's energy; `kind` says what was read.
    pub fn close(self, kind: Option<&Kind>) -> Energy {
        let energy = Energy {
            class: kind.map(|kind| kind.class.clone()),
            domains: kind.map(|kind| kind.domains.clone()),
            ..Energy::default()
        };
        if self.lost || self.indirect_s > MOST_INDIRECT * self.seconds {
            let why = self.why.unwrap_or_else(|| "the meter said nothing".to_owned());
            return Energy { reason: Some(format!("not told for this answer alone: {why}")), ..energy };
        }
        if self.seconds <= 0.0 {
            return Energy { reason: Some("the answer took no time".to_owned()), ..energy };
        }
        let uncertainty = self.variance.sqrt().hypot(self.scale * self.joules);
        Energy {
            joules: Some(self.joules),
            uncertainty: Some(uncertainty),
            method: Some(if self.shared { "shared by active time" } else { "alone" }),
            ..energy
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(joules: f64) -> Measured {
        Measured { joules: Some(joules), u_j: 0.3, u_scale: 0.1, why: None }
    }

    fn short() -> Measured {
        Measured { why: Some("too few updates".to_owned()), ..piece(0.1) }
    }

    #[test]
    fn pieces_add_and_their_uncertainties_add_in_quadrature() {
        let mut account = Account::default();
        account.add(1.0, &piece(4.0), 1);
        account.add(1.0, &piece(8.0), 2);
        let energy = account.close(None);
        assert_eq!((energy.joules, energy.method), (Some(8.0), Some("shared by active time")));
        let expected = (0.3_f64.powi(2) + 0.15_f64.powi(2)).sqrt().hypot(0.8);
        assert!((energy.uncertainty.unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn an_answer_that_is_mostly_too_short_to_measure_has_a_reason_and_no_joules() {
        let mut account = Account::default();
        account.add(0.002, &short(), 1);
        let energy = account.close(None);
        assert_eq!((energy.joules, energy.uncertainty, energy.method), (None, None, None));
        assert_eq!(energy.reason.as_deref(), Some("not told for this answer alone: too few updates"));
        let mut account = Account::default();
        account.add(1.0, &piece(4.0), 1);
        account.add(0.002, &short(), 1);
        assert_eq!(account.close(None).joules, Some(4.1));
    }

    #[test]
    fn a_piece_that_was_lost_costs_the_whole_answer() {
        let mut account = Account::default();
        account.add(1.0, &piece(4.0), 1);
        account.add(1e-6, &Measured { joules: None, ..short() }, 1);
        assert!(account.close(None).joules.is_none());
    }
}
