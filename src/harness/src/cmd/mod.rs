//! One file a subcommand: its arguments, and what it does.

pub mod list;
mod print;
pub mod schema;

use print::print;
