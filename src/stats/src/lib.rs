//! Intervals, tests and fronts, on plain numbers: no tables, no files.

pub mod bootstrap;
pub mod difference;
pub mod front;
pub mod holm;
pub mod interval;
pub mod median;
pub mod paired;
pub mod proportion;
pub mod ratio;
pub mod regression;
pub mod student;

pub use bootstrap::{Spread, generator, spread};
pub use difference::{Difference, difference};
pub use front::{Point, front, front_probability};
pub use holm::holm;
pub use interval::Interval;
pub use median::median;
pub use paired::{Paired, paired};
pub use proportion::{effective_count, wilson};
pub use ratio::{BlockTotal, ratio_of_totals, total, total_signed};
pub use regression::{FitQuality, NoRegression, Regression, regress};
