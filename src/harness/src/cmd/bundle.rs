//! `harness bundle`: a run in one file that anyone can check.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable::Shown;

use super::print;
use crate::bundle::pack;

/// Put a finished run into one file that anyone can check with `harness verify`: suite, manifest, raw readings,
/// completions, scores and pages, with their hashes.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The bundle [default: the run folder's name with `.bundle`, in the current folder].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sign it with this SSH or minisign key, by way of `ssh-keygen` or `minisign`.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
}

/// Writes it; the exit code.
pub fn run(args: &BundleArgs) -> Result<u8> {
    let bundle = pack(&args.run, args.out.as_deref(), args.sign.as_deref())?;
    print(&format!("{}\n", bundle.shown()))?;
    Ok(0)
}
