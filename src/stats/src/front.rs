//! The Pareto front of score against energy.

/// One variant: what it costs and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Lower is better.
    pub energy: f64,
    /// Higher is better.
    pub score: f64,
}

/// Whether each point is on the front: no other costs at most as much and scores at least as much while
/// being better in one of the two. Equal points are on it together.
pub fn front(points: &[Option<Point>]) -> Vec<bool> {
    let dominated = |point: &Point| {
        points.iter().flatten().any(|other| {
            other.energy <= point.energy
                && other.score >= point.score
                && (other.energy < point.energy || other.score > point.score)
        })
    };
    points.iter().map(|point| point.as_ref().is_some_and(|point| !dominated(point))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(pairs: &[(f64, f64)]) -> Vec<Option<Point>> {
        pairs.iter().map(|&(energy, score)| Some(Point { energy, score })).collect()
    }

    #[test]
    fn dearer_points_must_score_more_to_be_on_the_front() {
        for (pairs, expected) in [
            (vec![(1.0, 0.5), (2.0, 0.6), (3.0, 0.55)], vec![true, true, false]),
            (vec![(1.0, 0.5), (1.0, 0.5)], vec![true, true]),
            (vec![(1.0, 0.5), (1.0, 0.4)], vec![true, false]),
            (vec![(1.0, 0.5), (2.0, 0.5)], vec![true, false]),
            (vec![], vec![]),
        ] {
            assert_eq!(front(&points(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_missing_point_is_not_on_the_front_and_hides_no_other() {
        let mut some = points(&[(1.0, 0.5), (2.0, 0.4)]);
        some[0] = None;
        assert_eq!(front(&some), [false, true]);
    }
}
