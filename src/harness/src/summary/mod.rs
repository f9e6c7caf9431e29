//! From the tables of a run to what it says: scores, energies, intervals, verdicts.

pub mod build;
pub mod energy;
pub mod gather;
pub mod input;
pub mod notes;
mod pool;
pub mod reasons;
pub mod resample;
pub mod score;
mod scored;
pub mod speed;
pub mod types;
pub mod verdict;

pub use build::summarise;
pub use gather::ItemsOf;
pub use input::SummaryInput;
pub use reasons::{Alike, alike};
pub use types::{Energy, FailedCell, GeoMean, PerCorrect, Ratio, Score, Speed, Summary, SummaryRow};
pub use verdict::Verdict;
