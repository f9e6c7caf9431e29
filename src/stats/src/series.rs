//! Diagnostics of a series in measured order: spread, trend, dependence, change point and outliers.
//!
//! They describe and never drop a value. All are None where a value is not finite or there are too few.

use crate::bootstrap::quantile;
use crate::rank::midranks;
use crate::{normal, student};

/// A trend along the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Change from one value to the next, in the values' unit.
    pub per_step: f64,
    /// Two-sided, by Student's t.
    pub p: f64,
}

/// How much a value tells of the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LagOne {
    /// Autocorrelation at lag 1.
    pub value: f64,
    /// Independent values lie within plus and minus this in 95 % of series: 1.96/√n (Bartlett 1946).
    pub bound: f64,
}

/// A trend of ranks along the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankTrend {
    /// Spearman's correlation of value and position.
    pub rho: f64,
    /// Two-sided, by the t approximation.
    pub p: f64,
}

/// Where the level most probably changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Index of the first value behind the change.
    pub index: usize,
    /// Pettitt's K, the largest |U|.
    pub statistic: f64,
    /// Two-sided: 2·exp(−6K²/(n³ + n²)), at most 1; an approximation, good below .5.
    pub p: f64,
}

/// What lies far from the middle half.
#[derive(Debug, Clone, PartialEq)]
pub struct Fences {
    /// First quartile minus 1.5 interquartile ranges.
    pub lo: f64,
    /// Third quartile plus 1.5 interquartile ranges.
    pub hi: f64,
    /// Indices of the values outside, in order.
    pub outside: Vec<usize>,
}

/// Standard deviation over the mean's size; None below two values or for a mean of zero.
pub fn variation(values: &[f64]) -> Option<f64> {
    let (mean, squares) = moments(values, 2)?;
    let found = (squares / (values.len() - 1) as f64).sqrt() / mean.abs();
    found.is_finite().then_some(found)
}

/// The straight line through the values in their order; None below three.
pub fn slope(values: &[f64]) -> Option<Slope> {
    let (mean, _) = moments(values, 3)?;
    let count = values.len();
    let middle = (count - 1) as f64 / 2.0;
    let place = |index: usize| index as f64 - middle;
    let along: f64 = (0..count).map(|index| place(index).powi(2)).sum();
    let joint: f64 = values.iter().enumerate().map(|(index, value)| place(index) * (value - mean)).sum();
    let per_step = joint / along;
    let off = |(index, value): (usize, &f64)| (value - mean - per_step * place(index)).powi(2);
    let residual: f64 = values.iter().enumerate().map(off).sum();
    let error = (residual / (count - 2) as f64 / along).sqrt();
    Some(Slope { per_step, p: student::two_sided_p(per_step / error, count - 2)? })
}

/// Autocorrelation of neighbours with its bound; None below three values or where all are equal.
pub fn lag_one(values: &[f64]) -> Option<LagOne> {
    let (mean, squares) = moments(values, 3)?;
    let joint: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let value = joint / squares;
    value.is_finite().then(|| LagOne { value, bound: normal::reach(0.95) / (values.len() as f64).sqrt() })
}

/// Spearman's correlation with the position; None below three values or where all are equal.
pub fn rank_trend(values: &[f64]) -> Option<RankTrend> {
    let places: Vec<f64> = (0..values.len()).map(|index| index as f64).collect();
    rank_correlation(&places, values)
}

/// Spearman's correlation of values with what stands at the same place of `others`, equal ones sharing their
/// ranks; None below three, where all of either are equal, or where there are not as many of both.
pub fn rank_correlation(others: &[f64], values: &[f64]) -> Option<RankTrend> {
    if others.len() != values.len() {
        return None;
    }
    moments(others, 3)?;
    moments(values, 3)?;
    let (places, ranks) = (midranks(others).0, midranks(values).0);
    let count = values.len();
    let middle = (count + 1) as f64 / 2.0;
    let (mut joint, mut own, mut along) = (0.0, 0.0, 0.0);
    for (place, rank) in places.iter().zip(&ranks) {
        joint += (place - middle) * (rank - middle);
        own += (rank - middle).powi(2);
        along += (place - middle).powi(2);
    }
    let rho = joint / (own * along).sqrt();
    if !rho.is_finite() {
        return None;
    }
    let t = rho * ((count - 2) as f64 / ((1.0 - rho) * (1.0 + rho)).max(0.0)).sqrt();
    Some(RankTrend { rho, p: student::two_sided_p(t, count - 2)? })
}

/// Pettitt's change point (1979, Applied Statistics 28), equal values sharing their ranks; None below two.
pub fn change_point(values: &[f64]) -> Option<ChangePoint> {
    moments(values, 2)?;
    let (ranks, _) = midranks(values);
    let n = values.len() as f64;
    let (mut sum, mut index, mut statistic) = (0.0, 1, 0.0);
    for (place, rank) in ranks.iter().enumerate().take(values.len() - 1) {
        sum += rank;
        let distance = (2.0 * sum - (place + 1) as f64 * (n + 1.0)).abs();
        if distance > statistic {
            (index, statistic) = (place + 1, distance);
        }
    }
    let p = (2.0 * (-6.0 * statistic * statistic / (n.powi(3) + n * n)).exp()).min(1.0);
    Some(ChangePoint { index, statistic, p })
}

/// Tukey's fences (1977, Exploratory Data Analysis) with quartiles linear between the values; None of
/// nothing.
pub fn fences(values: &[f64]) -> Option<Fences> {
    const REACH: f64 = 1.5;
    moments(values, 1)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, third) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
    let (lo, hi) = (first - REACH * (third - first), third + REACH * (third - first));
    let outside = (0..values.len()).filter(|index| values[*index] < lo || values[*index] > hi).collect();
    Some(Fences { lo, hi, outside })
}

/// Mean and sum of squares about it; None below `least` values or where one is not finite.
fn moments(values: &[f64], least: usize) -> Option<(f64, f64)> {
    if values.len() < least || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares.is_finite().then_some((mean, squares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

    const FENCES: [f64; 2] = [3.862499999999998, 7.162500000000002];
    const REPEATED: [f64; 2] = [-0.11867816581938531, 0.7133560784864083];
    const SERIES: [f64; 7] = [
        0.16981232572994134,
        0.18461538461538463,
        0.0142237079827659,
        0.30424126172208016,
        0.5657928670380858,
        0.7719345764047542,
        0.0032652886198781365,
    ];
    const VALUES: [f64; 12] = [5.1, 5.3, 4.9, 5.0, 5.2, 5.1, 5.9, 6.1, 5.8, 6.0, 8.5, 5.9];

    // scripts/golden_stats.py: numpy, scipy.stats.linregress and spearmanr.
    #[test]
    fn spread_trend_and_dependence_agree_with_scipy() {
        close(variation(&VALUES), SERIES[0]);
        let line = slope(&VALUES).unwrap();
        close(Some(line.per_step), SERIES[1]);
        close(Some(line.p), SERIES[2]);
        let lag = lag_one(&VALUES).unwrap();
        close(Some(lag.value), SERIES[3]);
        close(Some(lag.bound), SERIES[4]);
        let trend = rank_trend(&VALUES).unwrap();
        close(Some(trend.rho), SERIES[5]);
        close(Some(trend.p), SERIES[6]);
    }

    // scripts/golden_stats.py: scipy.stats.spearmanr, whose ranks of equal values are means too.
    #[test]
    fn values_are_correlated_with_what_repeats() {
        let places = [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0];
        let found = rank_correlation(&places, &VALUES).unwrap();
        close(Some(found.rho), REPEATED[0]);
        close(Some(found.p), REPEATED[1]);
        assert_eq!(rank_correlation(&places[..3], &VALUES), None);
        assert_eq!(rank_correlation(&[1.0; 12], &VALUES), None);
        assert_eq!(rank_correlation(&[f64::NAN; 12], &VALUES), None);
    }

    #[test]
    fn the_change_point_is_found_where_the_level_rises() {
        // Six low values before six high ones: every pair across is in order, K = 36.
        let found = change_point(&VALUES).unwrap();
        assert_eq!((found.index, found.statistic), (6, 36.0));
        close(Some(found.p), 2.0 * (-6.0 * 1296.0 / 1872.0_f64).exp());
        // By hand: the signs of all pairs across 1|2,3,4 add up to 1, across 2|2 to 4, across 3|1 to 3.
        let small = change_point(&[1.0, 0.5, 2.0, 3.0]).unwrap();
        assert_eq!((small.index, small.statistic, small.p), (2, 4.0, 2.0 * (-96.0_f64 / 80.0).exp()));
        assert_eq!(change_point(&[1.0; 5]).unwrap().p, 1.0);
    }

    // scripts/golden_stats.py: numpy.percentile.
    #[test]
    fn one_value_lies_outside_the_fences() {
        let found = fences(&VALUES).unwrap();
        close(Some(found.lo), FENCES[0]);
        close(Some(found.hi), FENCES[1]);
        assert_eq!(found.outside, [10]);
    }

    #[test]
    fn too_few_equal_and_broken_values_have_defined_answers() {
        assert_eq!(variation(&[1.0]), None);
        assert_eq!(variation(&[1.0, -1.0]), None);
        assert_eq!(variation(&[2.0, 2.0]), Some(0.0));
        assert_eq!(slope(&[1.0, 2.0]), None);
        assert_eq!(slope(&[2.0; 5]), Some(Slope { per_step: 0.0, p: 1.0 }));
        assert_eq!(slope(&[1.0, 2.0, 3.0]).unwrap().p, 0.0);
        assert_eq!(lag_one(&[2.0; 5]), None);
        assert_eq!(rank_trend(&[2.0; 5]), None);
        assert_eq!(rank_trend(&[1.0, 2.0, 5.0, 6.0]).unwrap().p, 0.0);
        assert_eq!(change_point(&[1.0]), None);
        assert_eq!(fences(&[]), None);
        assert_eq!(fences(&[1.0]).unwrap().outside, Vec::<usize>::new());
        for broken in [f64::NAN, f64::INFINITY] {
            let values = [1.0, broken, 2.0, 3.0];
            assert_eq!(variation(&values), None);
            assert_eq!(slope(&values), None);
            assert_eq!(lag_one(&values), None);
            assert_eq!(rank_trend(&values), None);
            assert_eq!(change_point(&values), None);
            assert_eq!(fences(&values), None);
        }
    }
}
