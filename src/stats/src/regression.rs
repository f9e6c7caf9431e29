//! Ordinary least squares of a few terms, by an orthogonal basis of the columns.

use serde::{Deserialize, Serialize};

use crate::{Interval, student};

/// A column that keeps less than this share of its length beside the columns before it says nothing new.
const INDEPENDENT: f64 = 1e-6;

/// How well a linear model holds, and what its intervals are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitQuality {
    /// Observations.
    pub n: usize,
    /// Observations beyond the number of terms.
    pub freedom: usize,
    /// Share of the observations' variance that the model explains; None where they do not differ.
    pub r_squared: Option<f64>,
    /// Standard deviation of the residuals, in the unit of the observations; None without freedom.
    pub residual_sd: Option<f64>,
    /// Inverse of XᵀX, row by row, terms in their order: with `residual_sd` it gives every interval.
    pub inverse: Vec<Vec<f64>>,
}

impl FitQuality {
    /// Half of the interval of the model's mean at these terms; None without freedom.
    pub fn mean_half_width(&self, terms: &[f64], level: f64) -> Option<f64> {
        self.half_width(self.leverage(terms), level)
    }

    /// Half of the interval in which one more observation at these terms is expected; None without freedom.
    pub fn prediction_half_width(&self, terms: &[f64], level: f64) -> Option<f64> {
        self.half_width(1.0 + self.leverage(terms), level)
    }

    /// Standard error of one coefficient; None without freedom.
    pub fn standard_error(&self, term: usize) -> Option<f64> {
        Some(self.residual_sd? * self.inverse.get(term)?.get(term)?.sqrt())
    }

    fn half_width(&self, variance: f64, level: f64) -> Option<f64> {
        Some(student::reach(level, self.freedom)? * self.residual_sd? * variance.max(0.0).sqrt())
    }

    /// xᵀ (XᵀX)⁻¹ x.
    fn leverage(&self, terms: &[f64]) -> f64 {
        self.inverse.iter().zip(terms).map(|(row, term)| term * dot(row, terms)).sum()
    }
}

/// A fitted linear model.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// One for each column, with its interval.
    pub coefficients: Vec<Interval>,
    /// How well the model holds.
    pub quality: FitQuality,
    /// What the model says of each observation.
    pub fitted: Vec<f64>,
}

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRegression {
    /// There are fewer observations than columns.
    TooFew,
    /// This column (by its place) says nothing that the columns before it do not say.
    Dependent(usize),
    /// A number is not finite, or the columns differ in length.
    NotFinite,
}

/// Fits `observed` as a sum of columns times coefficients. A model with an intercept has a column of ones.
///
/// # Errors
/// The observations do not determine the coefficients.
pub fn regress(columns: &[Vec<f64>], observed: &[f64], level: f64) -> Result<Regression, NoRegression> {
    let (n, count) = (observed.len(), columns.len());
    let sound = |values: &[f64]| values.len() == n && values.iter().all(|value| value.is_finite());
    if !sound(observed) || !columns.iter().all(|column| sound(column)) {
        return Err(NoRegression::NotFinite);
    }
    if n < count || n == 0 {
        return Err(NoRegression::TooFew);
    }
    let basis = Basis::of(columns)?;
    let values = basis.solve(observed);
    let fitted: Vec<f64> = (0..n)
        .map(|row| columns.iter().zip(&values).map(|(column, value)| column[row] * value).sum())
        .collect();
    let freedom = n - count;
    let squares: f64 = observed.iter().zip(&fitted).map(|(seen, told)| (seen - told).powi(2)).sum();
    let mean = observed.iter().sum::<f64>() / n as f64;
    let all: f64 = observed.iter().map(|seen| (seen - mean).powi(2)).sum();
    let quality = FitQuality {
        n,
        freedom,
        r_squared: (all > 0.0).then(|| 1.0 - squares / all),
        residual_sd: (freedom > 0).then(|| (squares / freedom as f64).sqrt()),
        inverse: basis.inverse(),
    };
    let coefficient = |(term, value): (usize, &f64)| {
        let error = quality.standard_error(term);
        let half = error.zip(student::reach(level, freedom)).map(|(error, reach)| error * reach);
        Interval { value: *value, lo: half.map(|half| value - half), hi: half.map(|half| value + half) }
    };
    let coefficients = values.iter().enumerate().map(coefficient).collect();
    Ok(Regression { coefficients, quality, fitted })
}

/// Columns as orthonormal directions times an upper triangle (QR, by Gram and Schmidt, each column twice).
struct Basis {
    directions: Vec<Vec<f64>>,
    /// Column by column, each as long as its place says.
    triangle: Vec<Vec<f64>>,
}

impl Basis {
    fn of(columns: &[Vec<f64>]) -> Result<Self, NoRegression> {
        let mut basis = Self { directions: Vec::new(), triangle: Vec::new() };
        for (place, column) in columns.iter().enumerate() {
            let mut rest = column.clone();
            let mut shares = vec![0.0; place];
            // The second time takes off what rounding left of the first.
            for _ in 0..2 {
                for (share, direction) in shares.iter_mut().zip(&basis.directions) {
                    let own = dot(direction, &rest);
                    rest.iter_mut().zip(direction).for_each(|(rest, along)| *rest -= own * along);
                    *share += own;
                }
            }
            let (length, whole) = (dot(&rest, &rest).sqrt(), dot(column, column).sqrt());
            if length <= INDEPENDENT * whole {
                return Err(NoRegression::Dependent(place));
            }
            shares.push(length);
            basis.directions.push(rest.iter().map(|value| value / length).collect());
            basis.triangle.push(shares);
        }
        Ok(basis)
    }

    /// Coefficients of the columns that come closest to the observations.
    fn solve(&self, observed: &[f64]) -> Vec<f64> {
        self.back(self.directions.iter().map(|direction| dot(direction, observed)).collect())
    }

    /// Solves triangle × x = right.
    fn back(&self, mut right: Vec<f64>) -> Vec<f64> {
        for place in (0..right.len()).rev() {
            right[place] /= self.triangle[place][place];
            for above in 0..place {
                right[above] -= self.triangle[place][above] * right[place];
            }
        }
        right
    }

    /// Inverse of XᵀX: the triangle's inverse times its transpose.
    fn inverse(&self) -> Vec<Vec<f64>> {
        let count = self.triangle.len();
        let unit = |place: usize| (0..count).map(|at| f64::from(u8::from(at == place))).collect();
        let columns: Vec<Vec<f64>> = (0..count).map(|place| self.back(unit(place))).collect();
        let entry = |row: usize, other: usize| columns.iter().map(|column| column[row] * column[other]).sum();
        (0..count).map(|row| (0..count).map(|other| entry(row, other)).collect()).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: [f64; 8] = [100.0, 120.0, 200.0, 210.0, 310.0, 300.0, 150.0, 260.0];
    const WORK: [f64; 8] = [60.0, 120.0, 240.0, 60.0, 120.0, 240.0, 180.0, 200.0];
    const ENERGY: [f64; 8] = [0.52, 0.71, 1.18, 0.66, 1.01, 1.32, 0.88, 1.12];

    /// Value, lower and upper end of intercept, prompt and work.
    const THREE: [[f64; 3]; 3] = [
        [0.18187841987819142, 0.1134558237440099, 0.2503010160123729],
        [0.0015621414421115433, 0.0012399786519827509, 0.0018843042322403357],
        [0.002760196115975757, 0.0024099278842844413, 0.003110464347667073],
    ];
    const THREE_R2: f64 = 0.9948252182165942;
    const THREE_SD: f64 = 0.023832415919218534;
    const THREE_MEAN: f64 = 0.0260614390613354;
    const THREE_PREDICTION: f64 = 0.06657608634897683;

    /// Intercept, slope, their standard errors (slope first), R².
    const LINE: [f64; 5] = [
        0.3925699067909453,
        0.003491344873501998,
        0.000635831572901568,
        0.1062999341735571,
        0.8340293602698834,
    ];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1e-3), "{found}, expected {expected}");
    }

    fn ones(n: usize) -> Vec<f64> {
        vec![1.0; n]
    }

    // scripts/golden_stats.py: statsmodels' OLS.
    #[test]
    fn three_terms_agree_with_statsmodels() {
        let columns = [ones(8), PROMPT.to_vec(), WORK.to_vec()];
        let found = regress(&columns, &ENERGY, 0.95).unwrap();
        for (term, expected) in found.coefficients.iter().zip(THREE) {
            for (value, expected) in [term.value, term.lo.unwrap(), term.hi.unwrap()].iter().zip(expected) {
                close(*value, expected);
            }
        }
        close(found.quality.r_squared.unwrap(), THREE_R2);
        close(found.quality.residual_sd.unwrap(), THREE_SD);
        assert_eq!((found.quality.n, found.quality.freedom), (8, 5));
        let at = [1.0, 250.0, 150.0];
        close(found.quality.mean_half_width(&at, 0.95).unwrap(), THREE_MEAN);
        close(found.quality.prediction_half_width(&at, 0.95).unwrap(), THREE_PREDICTION);
    }

    // scripts/golden_stats.py: scipy.stats.linregress.
    #[test]
    fn a_line_agrees_with_scipy() {
        let found = regress(&[ones(8), WORK.to_vec()], &ENERGY, 0.95).unwrap();
        close(found.coefficients[0].value, LINE[0]);
        close(found.coefficients[1].value, LINE[1]);
        close(found.quality.standard_error(1).unwrap(), LINE[2]);
        close(found.quality.standard_error(0).unwrap(), LINE[3]);
        close(found.quality.r_squared.unwrap(), LINE[4]);
    }

    #[test]
    fn a_law_without_noise_is_found_exactly_with_intervals_of_no_width() {
        let law = |row: usize| 0.1 + 0.002 * PROMPT[row] + 0.003 * WORK[row];
        let observed: Vec<f64> = (0..8).map(law).collect();
        let found = regress(&[ones(8), PROMPT.to_vec(), WORK.to_vec()], &observed, 0.95).unwrap();
        for (term, expected) in found.coefficients.iter().zip([0.1, 0.002, 0.003]) {
            close(term.value, expected);
            assert!((term.hi.unwrap() - term.lo.unwrap()).abs() < 1e-9);
        }
        close(found.quality.r_squared.unwrap(), 1.0);
    }

    #[test]
    fn columns_that_say_nothing_new_are_named() {
        let twice: Vec<f64> = PROMPT.iter().map(|tokens| 2.0 * tokens + 3.0).collect();
        let dependent = |columns: &[Vec<f64>]| regress(columns, &ENERGY, 0.95).unwrap_err();
        assert_eq!(dependent(&[ones(8), vec![150.0; 8]]), NoRegression::Dependent(1));
        assert_eq!(dependent(&[ones(8), PROMPT.to_vec(), twice]), NoRegression::Dependent(2));
        assert_eq!(dependent(&[vec![0.0; 8]]), NoRegression::Dependent(0));
        assert_eq!(dependent(&[ones(8), [f64::NAN; 8].to_vec()]), NoRegression::NotFinite);
        assert_eq!(dependent(&[ones(7)]), NoRegression::NotFinite);
    }

    #[test]
    fn as_many_observations_as_terms_leave_no_interval_and_fewer_no_model() {
        let found = regress(&[ones(2), vec![4.0, 8.0]], &[1.0, 2.0], 0.95).unwrap();
        close(found.coefficients[1].value, 0.25);
        assert_eq!((found.coefficients[1].lo, found.coefficients[1].hi), (None, None));
        assert_eq!((found.quality.residual_sd, found.quality.freedom), (None, 0));
        assert_eq!(regress(&[ones(1), vec![4.0]], &[1.0], 0.95).unwrap_err(), NoRegression::TooFew);
        assert_eq!(regress(&[], &[], 0.95).unwrap_err(), NoRegression::TooFew);
        let same = regress(&[ones(3), vec![1.0, 2.0, 3.0]], &[5.0; 3], 0.95).unwrap();
        assert_eq!(same.quality.r_squared, None);
    }
}
