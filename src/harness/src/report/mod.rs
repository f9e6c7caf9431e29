//! What people see of a run: figures and the table on the terminal.

pub mod axis;
pub mod draw;
#[cfg(test)]
pub(crate) mod example;
pub mod figures;
pub mod format;
pub mod labels;
pub mod panel;
pub mod pareto;
pub mod rows;
pub mod terminal;

pub use figures::{FIGURES, Figure, write_report};
pub use terminal::terminal_table;
