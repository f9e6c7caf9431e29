//! What is said about exit agents: how one is trained, and what lies beside its weights.

mod manifest;
mod spec;

pub use manifest::{AgentManifest, HeldOut, OBSERVATION, SCHEMA, ThresholdResult};
pub use spec::{
    AgentSpec, LEARNERS, LinearSpec, Named, PpoSpec, REWARDS, RewardSpec, SCOPES, TokenDocuments,
};
