//! Compares two views of one thing, and adds domains up where that means something.

use crate::domain::{Class, Domain};
use crate::reading::{Reading, Reason, Rules};
use crate::units::Joules;

/// Why domains have no total.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTotal {
    /// There is nothing to add.
    #[error("there is no domain to add up")]
    Nothing,
    /// A measured joule and an estimated one have no sum.
    #[error("`{a}` is {a_class} and `{b}` is {b_class}: energies of different classes have no total")]
    Mixed {
        /// A domain.
        a: String,
        /// Its class.
        a_class: Class,
        /// Another domain.
        b: String,
        /// Its class.
        b_class: Class,
    },
    /// One is a part, or a second view, of the other.
    #[error("`{inner}` is a part of `{outer}`: their sum would count it twice")]
    Twice {
        /// The whole.
        outer: String,
        /// The part.
        inner: String,
    },
}

/// A sum of domains.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// The class that all of them have.
    pub class: Class,
    /// Their names, joined by `+`.
    pub formula: String,
    /// Energy where all have one, else the first one's reason and its domain. Updates are the fewest,
    /// periods and gaps the longest, resolutions the sum.
    pub reading: Reading,
    /// The domain that spoiled it, where one did.
    pub spoiled_by: Option<String>,
    /// Relative error of ratios, weighted by energy.
    pub model_error: f64,
}

/// Adds up readings of one window.
///
/// # Errors
/// [`NoTotal`]: the sum means nothing.
pub fn total(parts: &[(&Domain, &Reading)]) -> Result<Total, NoTotal> {
    let (first, _) = parts.first().ok_or(NoTotal::Nothing)?;
    addable(&parts.iter().map(|(domain, _)| *domain).collect::<Vec<_>>())?;
    let energy: Option<Joules> = parts.iter().map(|(_, reading)| reading.energy).sum();
    let broken = parts.iter().find(|(_, reading)| reading.reason.is_some());
    let weighted = |part: fn(&Domain) -> f64| -> Option<f64> {
        let whole = energy.filter(|energy| energy.0 > 0.0)?;
        Some(parts.iter().filter_map(|(d, r)| Some(part(d) * r.energy?.0)).sum::<f64>() / whole.0)
    };
    let squares: Option<f64> = parts.iter().map(|(_, r)| r.u_indep.map(|u| u.0 * u.0)).sum();
    let longest = |of: fn(&Reading) -> Option<crate::units::Seconds>| {
        parts.iter().filter_map(|(_, reading)| of(reading)).reduce(|a, b| if a.0 > b.0 { a } else { b })
    };
    let reading = Reading {
        energy,
        u_indep: squares.filter(|_| energy.is_some()).map(|squares| Joules(squares.sqrt())),
        // Scales may err together: their sizes add, not their squares.
        u_scale_rel: weighted(|domain| domain.u_scale).filter(|_| energy.is_some()),
        updates: parts.iter().map(|(_, reading)| reading.updates).min().unwrap_or(0),
        update_period: longest(|reading| reading.update_period),
        resolution: parts.iter().map(|(_, reading)| reading.resolution).sum(),
        max_gap: longest(|reading| reading.max_gap),
        disagreement_rel: None,
        valid: energy.is_some(),
        reason: broken.and_then(|(_, reading)| reading.reason.clone()),
    };
    Ok(Total {
        class: first.class,
        formula: parts.iter().map(|(domain, _)| domain.name.as_str()).collect::<Vec<_>>().join("+"),
        spoiled_by: broken.map(|(domain, _)| domain.name.clone()),
        model_error: weighted(|domain| domain.model_error).unwrap_or(0.0),
        reading,
    })
}

/// Whether domains have a sum that means something.
///
/// # Errors
/// [`NoTotal`]: why they have none.
pub fn addable(domains: &[&Domain]) -> Result<(), NoTotal> {
    let first = domains.first().ok_or(NoTotal::Nothing)?;
    for (index, a) in domains.iter().enumerate() {
        if a.class != first.class {
            let (a_class, b_class) = (first.class, a.class);
            return Err(NoTotal::Mixed { a: first.name.clone(), a_class, b: a.name.clone(), b_class });
        }
        for b in domains.iter().skip(index + 1) {
            for (outer, inner) in [(a, b), (b, a)] {
                if twice(outer, inner) {
                    return Err(NoTotal::Twice { outer: outer.name.clone(), inner: inner.name.clone() });
                }
            }
        }
    }
    Ok(())
}

/// Whether a sum of both would count something twice: the second is a part, or another view, of the first.
/// Dies of one package share its place and are no part of one another.
pub fn twice(outer: &Domain, inner: &Domain) -> bool {
    let views = outer.witness_of.is_some() || inner.witness_of.is_some();
    let side_by_side = outer.place == inner.place && outer.name != inner.name && !views;
    outer.place.contains(inner.place) && !side_by_side
}

/// Compares a reading with that of a second view of the same thing (`witness`): notes the difference and,
/// where it is larger than the rules allow and than chance explains, takes the energy away. A witness
/// without energy says nothing.
pub fn cross_check(reading: &mut Reading, witness: &Domain, other: &Reading, rules: &Rules) {
    let (Some(energy), Some(second)) = (reading.energy, other.energy) else { return };
    let difference = second - energy;
    let rel = difference / energy;
    reading.disagreement_rel = Some(rel).filter(|rel| rel.is_finite());
    let u = |reading: &Reading| reading.u_indep.map_or(0.0, |u| u.0);
    let allowed = rules.max_disagreement * energy.0.abs().max(second.0.abs());
    let chance = 2.0 * u(reading).hypot(u(other));
    if difference.0.abs() > allowed.max(chance) {
        reading.refuse(Reason::MetersDisagree { rel, witness: witness.name.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;
    use crate::place::Place;
    use crate::units::Seconds;

    fn domain(name: &str, place: Place, class: Class) -> Domain {
        Domain { name: name.to_owned(), place, class, u_scale: 0.1, ..plain_counter() }
    }

    fn reading(joules: f64, u: f64) -> Reading {
        Reading {
            energy: Some(Joules(joules)),
            u_indep: Some(Joules(u)),
            u_scale_rel: Some(0.1),
            updates: 60,
            update_period: Some(Seconds(0.1)),
            resolution: Some(Joules(0.5)),
            max_gap: None,
            disagreement_rel: None,
            valid: true,
            reason: None,
        }
    }

    fn broken() -> Reading {
        Reading {
            energy: None,
            u_indep: None,
            valid: false,
            reason: Some(Reason::ZeroPower),
            ..reading(0.0, 0.0)
        }
    }

    #[test]
    fn energies_add_and_independent_uncertainties_add_in_quadrature() {
        let (package, dram) = (
            domain("package:0", Place::Package(0), Class::Counter),
            domain("dram:0", Place::Dram(0), Class::Counter),
        );
        let sum = total(&[(&package, &reading(30.0, 3.0)), (&dram, &reading(10.0, 4.0))]).unwrap();
        assert_eq!(sum.formula, "package:0+dram:0");
        assert_eq!((sum.reading.energy, sum.reading.u_indep), (Some(Joules(40.0)), Some(Joules(5.0))));
        assert!((sum.reading.u_scale_rel.unwrap() - 0.1).abs() < 1e-12);
        let sum = total(&[(&package, &reading(30.0, 3.0)), (&dram, &broken())]).unwrap();
        assert_eq!((sum.reading.energy, sum.spoiled_by.as_deref()), (None, Some("dram:0")));
        assert!(!sum.reading.valid && sum.reading.reason == Some(Reason::ZeroPower));
    }

    #[test]
    fn sums_that_mean_nothing_are_refused() {
        let package = domain("package:0", Place::Package(0), Class::Counter);
        let good = reading(1.0, 0.1);
        let psys = domain("psys", Place::Psys, Class::Counter);
        let view = Domain {
            witness_of: Some("package:0".to_owned()),
            ..domain("package:0@powercap", Place::Package(0), Class::Counter)
        };
        let guess = domain("cpu", Place::Process, Class::Estimated);
        let die = domain("package:0-die:1", Place::Package(0), Class::Counter);
        let sum = |other: &Domain| total(&[(&package, &good), (other, &good)]).map(|sum| sum.formula);
        assert!(matches!(total(&[]), Err(NoTotal::Nothing)));
        assert!(matches!(sum(&psys), Err(NoTotal::Twice { .. })));
        assert!(matches!(sum(&view), Err(NoTotal::Twice { .. })));
        assert!(matches!(sum(&guess), Err(NoTotal::Mixed { .. })));
        assert!(matches!(sum(&package), Err(NoTotal::Twice { .. })));
        assert_eq!(sum(&die).unwrap(), "package:0+package:0-die:1");
    }

    #[test]
    fn two_views_that_differ_beyond_chance_cost_the_energy() {
        let witness = domain("gpu:0@power", Place::Gpu(0), Class::Integrated);
        let cases = [
            (reading(104.0, 0.1), Some(0.04), true),
            (reading(94.0, 0.1), Some(-0.06), false),
            // A short window's power integral is that uncertain.
            (reading(94.0, 4.0), Some(-0.06), true),
            (broken(), None, true),
        ];
        let mut nothing = reading(0.0, 0.0);
        cross_check(&mut nothing, &witness, &reading(90.0, 0.1), &Rules::default());
        assert_eq!((nothing.energy, nothing.disagreement_rel), (None, None));
        let mut nothing = reading(0.0, 0.0);
        cross_check(&mut nothing, &witness, &reading(0.0, 0.0), &Rules::default());
        assert_eq!((nothing.energy, nothing.disagreement_rel), (Some(Joules(0.0)), None));
        for (other, rel, valid) in cases {
            let mut first = reading(100.0, 0.1);
            cross_check(&mut first, &witness, &other, &Rules::default());
            assert_eq!(first.disagreement_rel.map(|rel| (rel * 1e6).round() / 1e6), rel);
            assert_eq!((first.valid, first.energy.is_some(), first.reason.is_none()), (valid, valid, valid));
        }
    }
}
