//! Agents that learn when a token may leave: GREEN-CODE's by PPO, a linear classifier, and what they learn from.
//!
//! Ilager, Briem, Brandic 2025, arXiv 2501.11006; Schulman et al. 2017, arXiv 1707.06347; Schuster et al. 2022,
//! arXiv 2207.07061. Wherever an agent looks at a state, in training and in use, it is the residual stream after a
//! block at the last position, before any norm.

pub mod adam;
pub mod check;
pub mod classifier;
pub mod course;
pub mod environment;
pub mod evaluate;
pub mod learner;
pub mod network;
pub mod observations;
pub mod observe;
pub mod ppo;
pub mod reward;
pub mod rollout;
pub mod scale;
pub mod store;
pub mod trained;

pub use course::run;
pub use trained::Agent;
