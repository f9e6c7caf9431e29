//! The arguments of subcommands that measure suites: where runs go, and what they may use.

use std::path::PathBuf;

use clap::Args;

use super::{machine::MachineArgs, sandbox::SandboxArgs};
use crate::run::{Budget, Options};
use crate::suite::Suite;

/// Where runs go, and what they may use.
#[derive(Debug, Args)]
pub struct MeasuringArgs {
    /// Folder that receives the run folders.
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    out: PathBuf,
    /// Run even if another run is measuring on this machine; recorded in the manifest.
    #[arg(long)]
    no_exclusive: bool,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    pub machine: MachineArgs,
}

impl MeasuringArgs {
    /// What a run is called with.
    pub fn options(&self, until: Option<Budget>) -> Options {
        let (out, exclusive) = (self.out.clone(), !self.no_exclusive);
        Options { out, exclusive, sandbox: self.sandbox.strength(), until }
    }

    /// Puts the settings of the machine's meters into a suite.
    pub fn apply(&self, suite: &mut Suite) {
        suite.meter = self.machine.apply(std::mem::take(&mut suite.meter));
    }
}
