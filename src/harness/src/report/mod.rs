//! What people see of a run: pages, figures and the table on the terminal.

pub mod axis;
mod beside;
mod canvas;
pub mod chart;
pub mod depth;
mod depth_rows;
pub mod draw;
pub mod drawn;
pub mod energy_depth;
#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
pub(crate) mod exits_example;
pub mod figures;
mod foreign;
pub mod forest;
mod forest_axis;
pub mod format;
pub mod labels;
pub mod learning;
mod machine;
pub mod markdown;
mod markdown_diagnostics;
mod markdown_exits;
pub(crate) mod markdown_table;
pub mod panel;
pub mod pareto;
pub mod rows;
pub mod score_depth;
pub mod terminal;
pub mod write;

pub use drawn::{Drawn, MissingFigure};
pub use figures::{FIGURES, Figure, write_report};
pub use terminal::terminal_table;
pub use write::{SUMMARY, write_summary};
