//! From the tables of a run to what it says: scores, energies, intervals, verdicts.

mod against;
mod agreement;
mod answer;
mod around;
pub mod build;
mod comparison;
mod correct;
mod decision;
mod diagnosis;
pub mod diagnostics;
pub mod energy;
mod equivalent;
pub mod exits;
mod front;
pub mod gather;
mod groups;
pub mod input;
mod law;
pub mod laws;
pub mod learning;
pub mod notes;
mod point;
mod pool;
pub mod power;
mod price;
pub mod reasons;
mod rebase;
mod same_items;
pub mod score;
mod scored;
pub mod settings;
pub mod speed;
pub mod told;
pub mod types;
pub mod verdict;

pub(crate) use build::known_scorer;
pub use build::{SCHEMA, summarise};
pub use diagnosis::{
    Dependence, Diagnostics, Drift, LengthEffect, Outlier, PositionEffect, Repeats, RowDiagnostics, Shift,
    Steady, Trend,
};
pub use exits::{Agreement, Answers, BreakEven, DecisionEnergy, ExitCount};
pub use gather::ItemsOf;
pub use input::SummaryInput;
pub use laws::{DepthFit, DepthLaw, DepthPoint, Group, PriceFit, PriceModel, PricePoint, Seen};
pub use learning::{LearningCurve, LearningPoint};
pub use reasons::{Alike, alike};
pub use rebase::rebase;
pub use same_items::score_differences;
pub use settings::{KEY_VALUE, LAST, Settings, TaskSetting, VariantSetting};
pub use told::Told;
pub use types::{
    Comparison, Energy, FailedCell, GeoMean, PerCorrect, Ratio, Score, Speed, Summary, SummaryRow,
};
pub use verdict::Verdict;
