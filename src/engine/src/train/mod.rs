//! Multi-exit training after GREEN-CODE: one norm and one head for all exits, weighted cross-entropy.
//!
//! Ilager, Briem, Brandic 2025, arXiv 2501.11006. A step takes the loss at every exit, or at the last block and a few
//! exits drawn at random, whose weights are scaled up so that the expected loss is the full one.

pub mod accuracy;
pub mod adamw;
pub mod batches;
pub mod check;
pub mod checkpoint;
pub mod divergence;
pub mod evaluate;
pub mod exits;
pub mod gradient;
pub mod head_loss;
pub mod lora;
pub mod parameters;
pub mod precision;
pub mod run;
pub mod schedule;
pub mod start;

pub use run::run;
