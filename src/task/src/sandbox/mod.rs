//! Runs programs that a model wrote where they can harm nothing, and says what became of them.

mod init;
mod interpreter;
mod judge;
mod layer;
mod limits;
mod memory;
mod outcome;
mod plan;
mod scratch;
mod spec;
mod speed;
mod supervise;
mod tree;
mod verdict;

pub use init::init_main;
pub use judge::{Job, Sandbox};
pub use limits::{Limits, Strength};
pub use outcome::Outcome;
pub use supervise::Init;
pub use verdict::{VERDICTS, Verdict};
