//! From the tables of a run to what it says: intervals, verdicts, and the pages that show them.

pub mod build;
pub mod energy;
pub mod gather;
pub mod input;
pub mod markdown;
pub mod metric;
pub mod notes;
pub mod reasons;
pub mod resample;
pub mod score;
pub mod speed;
pub mod types;
pub mod verdict;
pub mod write;

pub use build::summarise;
pub use input::{SummaryInput, TaskInput};
pub use metric::{METRICS, Metric};
pub use reasons::{Alike, alike};
pub use types::{Energy, FailedCell, GeoMean, PerCorrect, Ratio, Row, Score, Summary};
pub use verdict::Verdict;
pub use write::write_summary;
