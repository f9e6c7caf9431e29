//! Papers that suites reproduce: what each needs, what can be judged here, and what runs have said so far.

mod entry;
mod here;
mod needs;
mod page;
mod papers;
mod register;

pub use needs::needs;
pub use papers::{PAPERS, Paper, Work, find};
pub use register::{REGISTER, register};
