//! What people see of a run: pages, figures and the table on the terminal.

pub mod axis;
pub mod draw;
#[cfg(test)]
pub(crate) mod example;
pub mod figures;
pub mod format;
pub mod labels;
pub mod markdown;
pub mod panel;
pub mod pareto;
pub mod rows;
pub mod terminal;
pub mod write;

pub use figures::{FIGURES, Figure, write_report};
pub use terminal::terminal_table;
pub use write::write_summary;
