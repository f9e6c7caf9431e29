//! Multi-exit training after GREEN-CODE: one norm and one head for all exits, weighted cross-entropy.
//!
//! Ilager, Briem, Brandic 2025, arXiv 2501.11006. Each step takes the loss at the last block and at a
//! few exits drawn at random, whose weights are scaled up so that the expected loss is the full one.

pub mod accuracy;
pub mod adamw;
pub mod batches;
pub mod checkpoint;
pub mod evaluate;
pub mod exits;
pub mod parameters;
pub mod precision;
pub mod run;
pub mod schedule;

pub use run::run;
