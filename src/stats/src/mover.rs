//! The difference of two independent values of which only values and intervals are known.

use crate::Interval;

/// `first` minus `second`, each with an interval of the same level: the distances of value and ends are
/// recovered from the intervals and added in quadrature (MOVER: Zou and Donner 2008, Statistics in Medicine
/// 27; of two proportions with Wilson's intervals it is method 10 of Newcombe 1998, Statistics in Medicine
/// 17). For a ratio give the logarithms. The ends are None where one of the intervals has none; None where
/// a value is not finite.
pub fn difference_of_intervals(first: &Interval, second: &Interval) -> Option<Interval> {
    let value = first.value - second.value;
    // An end may lie at infinity, where a logarithm of zero stands; the difference then ends there too.
    let end = |sign: f64, own: Option<f64>, other: Option<f64>| {
        let reach = (own? - first.value).hypot(other? - second.value);
        (!reach.is_nan()).then_some(value + sign * reach)
    };
    let lo = end(-1.0, first.lo, second.hi);
    let hi = end(1.0, first.hi, second.lo);
    value.is_finite().then_some(Interval { value, lo, hi })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;
    use crate::wilson;

    const NEWCOMBE: [f64; 2] = [0.05243147240236498, 0.33387265403690614];

    // scripts/golden_stats.py: statsmodels confint_proportions_2indep(method="newcomb").
    #[test]
    fn of_two_proportions_it_is_newcombes() {
        let wilson = |right: f64, all: f64| wilson(right / all, all, 0.95).unwrap();
        let found = difference_of_intervals(&wilson(56.0, 70.0), &wilson(48.0, 80.0)).unwrap();
        close(Some(found.value), 0.2);
        close(found.lo, NEWCOMBE[0]);
        close(found.hi, NEWCOMBE[1]);
    }

    #[test]
    fn what_is_not_known_of_one_is_not_known_of_the_difference() {
        let known = Interval { value: 2.0, lo: Some(1.0), hi: Some(3.0) };
        let found = difference_of_intervals(&known, &Interval::bare(1.0)).unwrap();
        assert_eq!(found, Interval::bare(1.0));
        assert_eq!(difference_of_intervals(&known, &Interval::bare(f64::NAN)), None);
        let open = Interval { value: 1.0, lo: Some(f64::NEG_INFINITY), hi: Some(1.5) };
        let found = difference_of_intervals(&known, &open).unwrap();
        assert_eq!((found.lo.unwrap() < 1.0, found.hi), (true, Some(f64::INFINITY)));
    }
}
