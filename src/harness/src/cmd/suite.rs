//! The arguments that name a suite, shared by the subcommands that take one.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::suite::{Suite, load};

/// A suite, one of its profiles, and changes to it.
#[derive(Debug, Args)]
pub struct SuiteArgs {
    /// The suite's TOML file.
    suite: PathBuf,
    /// Lay this profile of the suite over it.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Change one key, after the profile: `--set run.blocks=12`, `--set task.java.path=FILE`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl SuiteArgs {
    /// Reads and checks it.
    pub fn load(&self) -> Result<Suite> {
        Ok(load(&self.suite, self.profile.as_deref(), &self.sets)?)
    }
}
