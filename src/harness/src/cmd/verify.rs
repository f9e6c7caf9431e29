//! `harness verify`: computes again what a bundle or a run folder claims.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::print;
use crate::bundle::{Trust, unpack};
use crate::stop::DIFFERS;
use crate::verify::{Claim, Outcome, verify};

/// Compute every window, score and summary of a bundle again, without its model and data, and say line by line what
/// agrees. Nothing that the bundle names is run, nothing is written but into a temporary folder.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A file made by `harness bundle`, or a run folder.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// `ssh-keygen`'s list of allowed signers, to learn whose signature it is.
    #[arg(long, value_name = "FILE", requires = "signer")]
    allowed_signers: Option<PathBuf>,
    /// The name in that list.
    #[arg(long, value_name = "NAME", requires = "allowed_signers")]
    signer: Option<String>,
    /// Minisign's public key, or the file with it.
    #[arg(long, value_name = "KEY")]
    minisign_key: Option<String>,
    /// Refuse bundles that hold more.
    #[arg(long, value_name = "N", default_value_t = 16 << 30)]
    most_bytes: u64,
}

/// Checks it; the exit code.
pub fn run(args: &VerifyArgs) -> Result<u8> {
    let trust = Trust {
        allowed_signers: args.allowed_signers.clone(),
        signer: args.signer.clone(),
        minisign_key: args.minisign_key.clone(),
    };
    let findings = if args.bundle.is_dir() {
        verify(&Claim::Folder(&args.bundle), &trust)?
    } else {
        let unpacked = unpack(&args.bundle, args.most_bytes)?;
        verify(&Claim::Bundle(&unpacked), &trust)?
    };
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let differs = findings.iter().filter(|finding| finding.outcome == Outcome::Differs).count();
    let verdict = match differs {
        0 => "everything that was checked agrees".to_owned(),
        1 => "1 check differs: not everything is as the run says".to_owned(),
        _ => format!("{differs} checks differ: not everything is as the run says"),
    };
    print(&format!("{}\n\n{verdict}\n", lines.join("\n")))?;
    Ok(if differs == 0 { 0 } else { DIFFERS })
}
