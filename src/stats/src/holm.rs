//! Holm's adjustment of a family of p values.

/// The adjusted values in the given order: the smallest of m times m, the next times m − 1 …, never
/// falling and at most 1. Comparing them with alpha bounds the chance of any false finding by alpha.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(((p.len() - rank) as f64 * p[index]).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    // scripts/golden_stats.py: statsmodels multipletests(method="holm").
    #[test]
    fn adjusted_values_agree_with_statsmodels() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005, 0.9]);
        for (found, expected) in found.iter().zip([0.04, 0.09, 0.09, 0.025, 0.9]) {
            assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        }
    }

    #[test]
    fn a_single_value_stays_and_no_value_exceeds_one() {
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[0.8, 0.7]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
