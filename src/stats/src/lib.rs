//! Intervals, tests, powers and fronts, on plain numbers: no tables, no files.

mod beta;
pub mod binomial;
pub mod bootstrap;
pub mod clustered;
pub mod confidence;
pub mod difference;
pub mod draw;
pub mod equivalence;
pub mod estimate;
pub mod front;
pub mod holm;
pub mod interval;
pub mod mcnemar;
pub mod median;
pub mod mover;
pub mod noncentral;
pub mod normal;
pub mod on_front;
pub mod paired;
pub mod per_success;
pub mod power;
pub mod prediction;
pub mod proportion;
pub mod rank;
pub mod ratio;
pub mod regression;
pub mod sequential;
pub mod series;
pub mod student;

pub use binomial::clopper_pearson;
pub use bootstrap::{Spread, bca, generator, spread};
pub use clustered::clustered_difference;
pub use confidence::{Confidence, Looks};
pub use difference::{Difference, difference};
pub use equivalence::{not_above, not_below, within};
pub use estimate::Estimate;
pub use front::{Point, front};
pub use holm::holm;
pub use interval::Interval;
pub use mcnemar::mcnemar;
pub use median::median;
pub use mover::difference_of_intervals;
pub use noncentral::noncentral_t;
pub use on_front::{Estimated, ScoreUnits, on_front};
pub use paired::{Paired, paired};
pub use per_success::PerSuccess;
pub use power::{
    blocks_needed, blocks_needed_one_sided, detectable, detectable_one_sided, power, power_one_sided,
};
pub use prediction::{prediction, prediction_of_ratio, prediction_p};
pub use proportion::{effective_count, wilson};
pub use rank::{enough, hodges_lehmann, mann_whitney};
pub use ratio::{BlockTotal, pulls, ratio_estimate, ratio_of_totals, total, total_estimate, total_signed};
pub use regression::{FitQuality, NoRegression, Regression, regress};
pub use sequential::Sequence;
pub use series::{
    ChangePoint, Fences, LagOne, RankTrend, Slope, change_point, fences, lag_one, rank_correlation,
    rank_trend, slope, variation,
};
