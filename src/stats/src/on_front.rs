//! How surely each point lies on the front, from the errors that energies and scores share.
//!
//! Every draw moves all points at once: by a normal-weighted sum of their pulls, which has exactly the
//! covariance that the pulls tell, over √(χ²/ν), which makes it Student's t for few blocks. What moves all
//! variants together (a warm block, a hard cluster) does so in the draw too and does not blur their order.
//! The share of draws is a probability in the sense of a flat prior: within 5 points of the truth where the
//! true points lie at least one and a half times as far apart as the errors reach, and too sure by up to
//! 10 points where they lie no further apart than the errors (the `simulate` example).

use rand::Rng;

use crate::draw::{chi_squared, standard_normal};
use crate::{Point, front};

/// Draws of one probability; its error from seed to seed is below .004.
pub const DRAWS: usize = 20_000;

/// One variant with its errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// Natural logarithm of the energy.
    pub log_energy: f64,
    /// Higher is better.
    pub score: f64,
    /// What each block does to `log_energy`: the estimate's error is their mean, as in a log-delta
    /// interval. Every point has the same blocks in the same order. Empty for a known energy.
    pub energy_pulls: Vec<f64>,
    /// What each block or cluster does to `score`, likewise. Empty for a known score.
    pub score_pulls: Vec<f64>,
    /// Relative standard error of the energy that this point shares with no other (a model's); 0 where it
    /// was counted.
    pub model_error: f64,
}

/// What the pulls of a score are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreUnits {
    /// The blocks of the energies, in the same order: energy and score of a block move together.
    Blocks,
    /// Clusters of items, whatever the blocks: energy and score move apart.
    Clusters,
}

/// The probability of each point to lie on the front. Points that are equal and have no errors, or share
/// all of them, lie on it together as in [`front()`]. None where a number is not finite, a model error
/// negative, a point has one pull only, or pulls differ in number from point to point.
pub fn on_front(points: &[Estimated], units: ScoreUnits, generator: &mut impl Rng) -> Option<Vec<f64>> {
    let sound = |point: &Estimated| {
        let finite = point.log_energy.is_finite() && point.score.is_finite();
        finite && point.model_error >= 0.0 && point.model_error.is_finite()
    };
    if !points.iter().all(sound) {
        return None;
    }
    let energies = points.iter().map(|point| point.energy_pulls.as_slice());
    let scores = points.iter().map(|point| point.score_pulls.as_slice());
    let count = points.len();
    let sources = match units {
        ScoreUnits::Blocks => vec![Source::of(&energies.chain(scores).collect::<Vec<_>>())?],
        ScoreUnits::Clusters => {
            vec![Source::of(&energies.collect::<Vec<_>>())?, Source::of(&scores.collect::<Vec<_>>())?]
        }
    };
    let mut hits = vec![0_usize; count];
    for _ in 0..DRAWS {
        let errors: Vec<f64> = sources.iter().flat_map(|source| source.draw(generator)).collect();
        let drawn: Vec<Option<Point>> = points
            .iter()
            .enumerate()
            .map(|(place, point)| {
                let own = if point.model_error > 0.0 {
                    point.model_error * standard_normal(generator)
                } else {
                    0.0
                };
                let energy = point.log_energy + errors[place] + own;
                Some(Point { energy, score: point.score + errors[count + place] })
            })
            .collect();
        for (hit, on_front) in hits.iter_mut().zip(front(&drawn)) {
            *hit += usize::from(on_front);
        }
    }
    Some(hits.into_iter().map(|hit| hit as f64 / DRAWS as f64).collect())
}

/// Estimates whose errors come from the same blocks or clusters.
struct Source {
    /// Of each estimate along orthonormal directions, of which there are never more than estimates: a
    /// thousand clusters need no thousand normal values a draw. Equal pulls give equal coordinates.
    coordinates: Vec<Vec<f64>>,
    freedom: f64,
}

impl Source {
    /// Rows of pulls, one an estimate; None where those that are not empty differ in length, have one
    /// entry, or hold one that is not finite.
    fn of(rows: &[&[f64]]) -> Option<Self> {
        let units = rows.iter().map(|row| row.len()).find(|length| *length > 0).unwrap_or(0);
        let fits =
            |row: &&[f64]| (row.is_empty() || row.len() == units) && row.iter().all(|pull| pull.is_finite());
        if units == 1 || !rows.iter().all(fits) {
            return None;
        }
        let scale = ((units * units.saturating_sub(1)) as f64).sqrt();
        let centred = |row: &&[f64]| -> Vec<f64> {
            if row.is_empty() {
                return vec![0.0; units];
            }
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            row.iter().map(|pull| (pull - mean) / scale).collect()
        };
        let rows: Vec<Vec<f64>> = rows.iter().map(centred).collect();
        let directions = directions(&rows);
        let along = |row: &Vec<f64>| directions.iter().map(|direction| dot(direction, row)).collect();
        Some(Source {
            coordinates: rows.iter().map(along).collect(),
            freedom: units.saturating_sub(1) as f64,
        })
    }

    /// The error of each estimate.
    fn draw(&self, generator: &mut impl Rng) -> Vec<f64> {
        let count = self.coordinates.first().map_or(0, Vec::len);
        if count == 0 {
            return vec![0.0; self.coordinates.len()];
        }
        let weights: Vec<f64> = (0..count).map(|_| standard_normal(generator)).collect();
        let scale = (chi_squared(generator, self.freedom) / self.freedom).sqrt();
        self.coordinates.iter().map(|row| dot(row, &weights) / scale).collect()
    }
}

/// Orthonormal directions that span the rows, by Gram and Schmidt, each row twice.
fn directions(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    /// A row that keeps less than this share of its length beside those before it adds no direction.
    const INDEPENDENT: f64 = 1e-9;
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for row in rows {
        let mut rest = row.clone();
        for _ in 0..2 {
            for direction in &directions {
                let own = dot(direction, &rest);
                rest.iter_mut().zip(direction).for_each(|(rest, along)| *rest -= own * along);
            }
        }
        let length = dot(&rest, &rest).sqrt();
        if length > INDEPENDENT * dot(row, row).sqrt() {
            directions.push(rest.iter().map(|value| value / length).collect());
        }
    }
    directions
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{generator, student};

    fn point(log_energy: f64, score: f64, energy_pulls: &[f64], score_pulls: &[f64]) -> Estimated {
        let (energy_pulls, score_pulls) = (energy_pulls.to_vec(), score_pulls.to_vec());
        Estimated { log_energy, score, energy_pulls, score_pulls, model_error: 0.0 }
    }

    fn chances(points: &[Estimated], units: ScoreUnits) -> Option<Vec<f64>> {
        on_front(points, units, &mut generator(11, 0))
    }

    #[test]
    fn points_without_errors_are_on_the_front_or_not_and_equal_ones_together() {
        let known = |log_energy, score| point(log_energy, score, &[], &[]);
        let points = [known(0.0, 0.5), known(0.0, 0.5), known(1.0, 0.4), known(1.0, 0.6)];
        assert_eq!(chances(&points, ScoreUnits::Blocks).unwrap(), [1.0, 1.0, 0.0, 1.0]);
        let zero = |log_energy, score| point(log_energy, score, &[0.0; 6], &[0.0; 9]);
        let points = [zero(0.0, 0.5), zero(0.0, 0.5), zero(1.0, 0.5)];
        assert_eq!(chances(&points, ScoreUnits::Clusters).unwrap(), [1.0, 1.0, 0.0]);
    }

    #[test]
    fn equal_points_that_share_their_errors_are_on_it_together() {
        let pulls = [0.3, -0.1, 0.25, -0.2, 0.05, -0.3];
        let points = vec![point(0.0, 0.5, &pulls, &pulls); 3];
        assert_eq!(chances(&points, ScoreUnits::Blocks).unwrap(), [1.0; 3]);
        assert_eq!(chances(&points, ScoreUnits::Clusters).unwrap(), [1.0; 3]);
    }

    #[test]
    fn one_uncertain_energy_against_a_known_one_has_students_tail() {
        // The scores are known and equal, so the cheaper point alone is on the front.
        let pulls = [0.3, -0.1, 0.25, -0.2, 0.05, -0.3];
        let error = (pulls.iter().map(|pull| pull * pull).sum::<f64>() / 30.0).sqrt();
        let points = [point(0.1, 0.5, &pulls, &[]), point(0.0, 0.5, &[], &[])];
        let found = chances(&points, ScoreUnits::Blocks).unwrap();
        let expected = student::upper_tail(0.1 / error, 5.0).unwrap();
        assert!((found[0] - expected).abs() < 0.014, "{found:?}, expected {expected}");
        assert!((found[0] + found[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_model_error_of_each_point_has_the_normals_tail() {
        let mut points = [point(0.1, 0.5, &[], &[]), point(0.0, 0.5, &[], &[])];
        points.iter_mut().for_each(|point| point.model_error = 0.1);
        let found = chances(&points, ScoreUnits::Blocks).unwrap();
        let expected = crate::normal::upper_tail(1.0 / 2.0_f64.sqrt());
        assert!((found[0] - expected).abs() < 0.014, "{found:?}, expected {expected}");
    }

    #[test]
    fn what_moves_all_points_together_does_not_blur_their_order() {
        let pulls = [3.0, -1.0, 2.5, -2.0, 0.5, -3.0];
        let points = [point(0.1, 0.5, &pulls, &[]), point(0.0, 0.5, &pulls, &[])];
        assert_eq!(chances(&points, ScoreUnits::Blocks).unwrap(), [0.0, 1.0]);
    }

    #[test]
    fn a_seed_always_gives_the_same_and_nonsense_gives_none() {
        let pulls = [0.3, -0.1, 0.25, -0.45];
        let good = point(0.1, 0.5, &pulls, &[]);
        let points = [good.clone(), point(0.0, 0.5, &[], &[])];
        assert_eq!(chances(&points, ScoreUnits::Blocks), chances(&points, ScoreUnits::Blocks));
        for broken in [
            point(f64::NAN, 0.5, &pulls, &[]),
            point(0.0, f64::INFINITY, &pulls, &[]),
            point(0.0, 0.5, &pulls[..3], &[]),
            point(0.0, 0.5, &[f64::NAN; 4], &[]),
            Estimated { model_error: -0.1, ..good.clone() },
        ] {
            assert_eq!(chances(&[good.clone(), broken], ScoreUnits::Blocks), None);
        }
        assert_eq!(chances(&[point(0.0, 0.5, &[0.1], &[])], ScoreUnits::Clusters), None);
        assert_eq!(chances(&[], ScoreUnits::Blocks), Some(Vec::new()));
    }
}
