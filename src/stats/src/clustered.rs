//! The paired difference of an aggregate over clusters, by leaving each cluster out once.
//!
//! Items of one file or problem family stand or fall together, so clusters are what is independent.

use crate::{Difference, Estimate};

/// The difference on all clusters, `value`, with Student's interval of confidence `level` and two-sided p
/// from the G differences that are left without one cluster each (G − 1 degrees of freedom). For the mean
/// of equal clusters this is the paired t test on their means. Interval and p are None of one cluster;
/// None without clusters or where a value is not finite.
pub fn clustered_difference(value: f64, left_out: &[f64], level: f64) -> Option<Difference> {
    Some(Estimate::jackknife(value, left_out)?.difference(level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

    const CURVED: [f64; 3] = [0.9480647311044894, 1.359065258685726, 9.257872360328007e-06];
    const CLUSTERED: [f64; 4] =
        [0.14285714285714285, -0.03509771822478819, 0.3208120039390739, 0.09711294194300746];
    const MEANS: [f64; 7] = [0.2, -0.1, 0.4, 0.0, 0.3, 0.25, -0.05];

    fn left_out(aggregate: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let without = |place: usize| {
            let mut rest = MEANS.to_vec();
            rest.remove(place);
            aggregate(&rest)
        };
        (0..MEANS.len()).map(without).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    // scripts/golden_stats.py: scipy.stats.ttest_1samp on the means of the clusters.
    #[test]
    fn the_mean_of_equal_clusters_agrees_with_scipy() {
        let found = clustered_difference(mean(&MEANS), &left_out(mean), 0.95).unwrap();
        close(Some(found.value), CLUSTERED[0]);
        close(found.lo, CLUSTERED[1]);
        close(found.hi, CLUSTERED[2]);
        close(found.p, CLUSTERED[3]);
    }

    // scripts/golden_stats.py: the definition, in numpy.
    #[test]
    fn a_metric_that_is_no_mean_agrees_with_numpy() {
        let metric = |values: &[f64]| mean(values).exp();
        let found = clustered_difference(metric(&MEANS), &left_out(metric), 0.95).unwrap();
        close(found.lo, CURVED[0]);
        close(found.hi, CURVED[1]);
        close(found.p, CURVED[2]);
    }

    #[test]
    fn clusters_that_agree_are_certain_and_one_cluster_tells_nothing() {
        let same = clustered_difference(0.0, &[0.0; 5], 0.95).unwrap();
        assert_eq!((same.lo, same.hi, same.p), (Some(0.0), Some(0.0), Some(1.0)));
        assert_eq!(clustered_difference(0.5, &[0.5; 5], 0.95).unwrap().p, Some(0.0));
        // A difference that rounding made is none.
        assert_eq!(clustered_difference(1e-17, &[0.0; 5], 0.95).unwrap().p, Some(1.0));
        assert_eq!(clustered_difference(0.5, &[0.0], 0.95).unwrap().p, None);
        assert_eq!(clustered_difference(0.5, &[], 0.95), None);
        assert_eq!(clustered_difference(0.5, &[0.0, f64::NAN], 0.95), None);
    }
}
