//! Two unpaired samples compared by ranks: Mann-Whitney's test and the shift of Hodges and Lehmann.

use crate::{Interval, median, normal};

/// Above this many values on a side the exact distribution is no longer counted.
const MOST_COUNTED: usize = 50;

/// Above this many pairs their sorted differences take more memory than the shift is worth.
const MOST_PAIRS: usize = 4_000_000;

/// Two-sided p of "neither sample tends to be larger" (Mann and Whitney 1947, Annals of Mathematical
/// Statistics 18). Exact by counting where no two values are equal and neither side has more than 50;
/// else normal with corrections for ties and continuity, as in scipy. None where a side is empty or a
/// value not finite.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<f64> {
    let (m, n) = (first.len(), second.len());
    let all: Vec<f64> = first.iter().chain(second).copied().collect();
    if m == 0 || n == 0 || !all.iter().all(|value| value.is_finite()) {
        return None;
    }
    let (ranks, ties) = midranks(&all);
    let sum: f64 = ranks.iter().take(m).sum();
    let of_first = sum - (m * (m + 1)) as f64 / 2.0;
    let larger = of_first.max((m * n) as f64 - of_first);
    if ties == 0.0 && m.max(n) <= MOST_COUNTED {
        let counts = counts(m, n);
        let as_large: f64 = counts.iter().skip(larger.round() as usize).sum();
        return Some((2.0 * as_large / counts.iter().sum::<f64>()).min(1.0));
    }
    let (pairs, total) = ((m * n) as f64, (m + n) as f64);
    let variance = pairs / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    if variance <= 0.0 {
        return Some(1.0);
    }
    const CONTINUITY: f64 = 0.5;
    let z = (larger - pairs / 2.0 - CONTINUITY) / variance.sqrt();
    Some((2.0 * normal::upper_tail(z)).min(1.0))
}

/// How far the first sample lies above the second: the median of all differences of a pair (Hodges and
/// Lehmann 1963, Annals of Mathematical Statistics 34). The ends are the order statistics of the
/// differences whose coverage is at least `level`, by the exact distribution up to 50 values on a side and
/// a normal one above; ties make the coverage no smaller. The ends are None where even the outermost
/// differences cover less. None where a side is empty, a value not finite, the level no probability, or
/// above 4 million pairs.
pub fn hodges_lehmann(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    let (m, n) = (first.len(), second.len());
    let pairs = m.checked_mul(n)?;
    if pairs == 0 || pairs > MOST_PAIRS || !(0.0..1.0).contains(&level) {
        return None;
    }
    let mut differences: Vec<f64> =
        first.iter().flat_map(|own| second.iter().map(move |other| own - other)).collect();
    if !differences.iter().all(|value| value.is_finite()) {
        return None;
    }
    differences.sort_by(f64::total_cmp);
    let outside = left_out(m, n, (1.0 - level) / 2.0);
    Some(Interval {
        value: median(differences.clone())?,
        lo: outside.map(|outside| differences[outside]),
        hi: outside.map(|outside| differences[pairs - 1 - outside]),
    })
}

/// The fewest values on each side, none of them fewer than there are, from which [`hodges_lehmann`] tells an
/// interval of this level: the smallest sum, its sides as equal as can be. None for a level that is no
/// probability, or where 50 values on each side do not suffice.
pub fn enough(first: usize, second: usize, level: f64) -> Option<(usize, usize)> {
    if !(0.0..1.0).contains(&level) {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let (first, second) = (first.max(1), second.max(1));
    let sums = first + second..=(2 * MOST_COUNTED).max(first + second);
    let mut pairs = sums.filter_map(|sum| {
        let sides = (first..=sum - second).map(|own| (own, sum - own));
        sides.filter(|(m, n)| left_out(*m, *n, tail).is_some()).min_by_key(|(m, n)| m.abs_diff(*n))
    });
    pairs.next()
}

/// How many differences lie outside the interval on each side: the most whose tail is at most `tail`;
/// None where no number is.
fn left_out(m: usize, n: usize, tail: f64) -> Option<usize> {
    if m.max(n) > MOST_COUNTED {
        let (pairs, total) = ((m * n) as f64, (m + n) as f64);
        let reach = -normal::quantile(tail) * (pairs / 12.0 * (total + 1.0)).sqrt();
        let place = (pairs / 2.0 - reach).floor() - 1.0;
        return (place >= 0.0).then(|| (place as usize).min((m * n - 1) / 2));
    }
    let counts = counts(m, n);
    let allowed = tail * counts.iter().sum::<f64>();
    let mut below = 0.0;
    let fitting = counts.iter().take_while(|count| {
        below += **count;
        below <= allowed
    });
    // P(U < k) ≤ tail lets the k-th difference be the end.
    fitting.count().checked_sub(1).map(|place| place.min((m * n - 1) / 2))
}

/// In how many orders of `m` and `n` values each U from 0 to mn arises, by f(m, n, u) =
/// f(m−1, n, u−n) + f(m, n−1, u). Sums of positive numbers only, so that no digits cancel.
fn counts(m: usize, n: usize) -> Vec<f64> {
    let mut of_first = vec![vec![0.0; m * n + 1]; m + 1];
    of_first.iter_mut().for_each(|counts| counts[0] = 1.0);
    for second in 1..=n {
        for first in 1..=m {
            let (before, rest) = of_first.split_at_mut(first);
            let (fewer, own) = (&before[first - 1], &mut rest[0]);
            for u in second..=first * second {
                own[u] += fewer[u - second];
            }
        }
    }
    of_first.pop().unwrap_or_default()
}

/// Ranks from 1, equal values sharing the mean of theirs, and Σ(t³ − t) over the groups of equal ones.
pub(crate) fn midranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut ties = 0.0;
    let mut before = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let size = equal.len();
        for place in equal {
            ranks[*place] = before as f64 + (size + 1) as f64 / 2.0;
        }
        ties += (size as f64).powi(3) - size as f64;
        before += size;
    }
    (ranks, ties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

    const SHIFT: [f64; 3] = [1.3500000000000005, 0.20000000000000107, 2.5];
    const MANN_WHITNEY: [f64; 4] =
        [0.030303030303030304, 0.04220081948488961, 0.12051950046135697, 0.14567052669052988];
    const A: [f64; 6] = [10.3, 11.2, 9.8, 10.9, 12.1, 11.5];
    const B: [f64; 5] = [9.1, 10.1, 9.6, 10.5, 8.7];
    const TIED: [f64; 5] = [9.1, 10.3, 9.8, 10.3, 8.7];

    /// 0.37·(i·7 mod 61) + shift, all different.
    fn many(count: usize, shift: f64) -> Vec<f64> {
        (0..count).map(|place| 0.37 * (place * 7 % 61) as f64 + shift).collect()
    }

    // scripts/golden_stats.py: scipy.stats.mannwhitneyu.
    #[test]
    fn p_agrees_with_scipy_exact_tied_and_of_many() {
        close(mann_whitney(&A, &B), MANN_WHITNEY[0]);
        close(mann_whitney(&A, &TIED), MANN_WHITNEY[1]);
        close(mann_whitney(&many(50, 0.0), &many(45, 2.125)), MANN_WHITNEY[2]);
        close(mann_whitney(&many(55, 0.0), &many(45, 2.125)), MANN_WHITNEY[3]);
        assert_eq!(mann_whitney(&A, &B), mann_whitney(&B, &A));
    }

    #[test]
    fn the_smallest_p_is_what_the_number_of_values_allows() {
        close(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1);
        close(mann_whitney(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]), 2.0 / 70.0);
    }

    // scripts/golden_stats.py: order statistics of the differences, with all orders counted one by one.
    #[test]
    fn the_shift_and_its_exact_interval_agree_with_brute_force() {
        let found = hodges_lehmann(&A, &B, 0.95).unwrap();
        close(Some(found.value), SHIFT[0]);
        close(found.lo, SHIFT[1]);
        close(found.hi, SHIFT[2]);
        let back = hodges_lehmann(&B, &A, 0.95).unwrap();
        assert_eq!((back.lo, back.hi), (found.hi.map(|hi| -hi), found.lo.map(|lo| -lo)));
    }

    #[test]
    fn many_values_use_the_normal_and_shift_by_what_was_added() {
        let found = hodges_lehmann(&many(60, 3.0), &many(60, 0.0), 0.95).unwrap();
        assert!((found.value - 3.0).abs() < 1e-9);
        assert!(found.lo.unwrap() < 3.0 && found.hi.unwrap() > 3.0);
    }

    #[test]
    fn as_many_values_as_an_interval_needs_are_told() {
        for ((first, second), expected) in [
            ((1, 1), (4, 4)),
            ((2, 2), (4, 4)),
            ((4, 4), (4, 4)),
            ((1, 6), (3, 6)),
            ((9, 1), (9, 2)),
            ((0, 0), (4, 4)),
        ] {
            assert_eq!(enough(first, second, 0.95), Some(expected), "{first} {second}");
        }
        let (m, n) = enough(1, 1, 0.95).unwrap();
        let values =
            |count: usize, shift: f64| -> Vec<f64> { (0..count).map(|i| i as f64 + shift).collect() };
        assert!(hodges_lehmann(&values(m, 0.0), &values(n, 0.5), 0.95).unwrap().lo.is_some());
        assert!(hodges_lehmann(&values(m - 1, 0.0), &values(n, 0.5), 0.95).unwrap().lo.is_none());
        assert_eq!(enough(1, 1, f64::NAN), None);
        assert!(enough(1, 1, 0.999).unwrap() > (4, 4));
    }

    #[test]
    fn too_few_values_have_no_ends_and_nonsense_gives_none() {
        let few = hodges_lehmann(&[1.0, 2.0], &[3.0, 4.0], 0.95).unwrap();
        assert_eq!((few.value, few.lo, few.hi), (-2.0, None, None));
        assert_eq!(hodges_lehmann(&[], &B, 0.95), None);
        assert_eq!(hodges_lehmann(&A, &[f64::NAN], 0.95), None);
        assert_eq!(hodges_lehmann(&A, &B, f64::NAN), None);
        assert_eq!(mann_whitney(&[], &B), None);
        assert_eq!(mann_whitney(&A, &[f64::INFINITY]), None);
        assert_eq!(mann_whitney(&[1.0; 4], &[1.0; 4]), Some(1.0));
    }
}
