//! Signatures of a bundle's index, made and checked by the programs that keep people's keys.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use harness_text::printable::Shown;
use harness_text::regular;

use crate::stop::Stop;

/// What signatures are for: one made for something else is none.
const NAMESPACE: &str = "harness-bundle";

/// A kind of signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By `ssh-keygen -Y`.
    Ssh,
    /// By `minisign`.
    Minisign,
}

/// Every kind, with the name of its entry in a bundle.
pub const KINDS: &[(Kind, &str)] = &[(Kind::Ssh, "bundle.json.sig"), (Kind::Minisign, "bundle.json.minisig")];

/// A signature as a bundle holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Name of its entry.
    pub name: &'static str,
    /// The program that made it.
    pub kind: Kind,
    /// As that program writes it.
    pub text: String,
}

/// Whose signature is wanted.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// `ssh-keygen`'s list of allowed signers.
    pub allowed_signers: Option<PathBuf>,
    /// A name in that list.
    pub signer: Option<String>,
    /// Minisign's public key, or the file with it.
    pub minisign_key: Option<String>,
}

/// Signs an index with the key in a file: an SSH key (also a public one whose private half an agent holds) or a minisign
/// key.
///
/// # Errors
/// A [`Stop`]: the key cannot be read, the program is not here, or it refuses.
pub fn sign(index: &str, key: &Path) -> Result<Signed> {
    let text = regular::read_text(key, regular::WRITTEN).map_err(|error| {
        Stop::usage(format!(
            "cannot read the key `{}`: {error}\nhelp: name an SSH key (`~/.ssh/id_ed25519`) or a minisign key",
            key.shown()
        ))
    })?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bundle.json");
    std::fs::write(&file, index)?;
    let (kind, name) = if text.starts_with("untrusted comment:") { KINDS[1] } else { KINDS[0] };
    let mut command = match kind {
        Kind::Ssh => {
            let mut command = Command::new("ssh-keygen");
            command.args(["-Y", "sign", "-n", NAMESPACE, "-f"]).arg(key).arg(&file);
            command
        }
        Kind::Minisign => {
            let mut command = Command::new("minisign");
            command.arg("-S").arg("-s").arg(key).arg("-m").arg(&file);
            command
        }
    };
    // A passphrase is asked for on the terminal.
    let output = command.stdin(Stdio::inherit()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| absent(&command, &error))?;
    let signature = folder.path().join(name);
    if !output.status.success() || !signature.is_file() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Stop::usage(format!(
            "`{}` did not sign: {why}\nhelp: check the key `{}` and its passphrase",
            command.get_program().to_string_lossy(),
            key.shown()
        ))
        .into());
    }
    Ok(Signed { name, kind, text: std::fs::read_to_string(signature)? })
}

/// Checks a signature; who made it, in a sentence, or why it does not hold.
///
/// # Errors
/// The program that checks it is not here, or the list of signers cannot be read.
pub fn check(index: &str, signed: &Signed, trust: &Trust) -> Result<Result<String, String>> {
    if let Some(allowed) = &trust.allowed_signers {
        // The program would wait for a FIFO.
        regular::open(allowed).map_err(|error| {
            let shown = allowed.shown();
            Stop::usage(format!(
                "cannot read `{shown}`: {error}\nhelp: name `ssh-keygen`'s list of allowed signers"
            ))
        })?;
    }
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("bundle.json"), index)?;
    std::fs::write(file(signed.name), &signed.text)?;
    let mut command = match signed.kind {
        Kind::Ssh => {
            let mut command = Command::new("ssh-keygen");
            match (&trust.allowed_signers, &trust.signer) {
                (Some(allowed), Some(signer)) => {
                    command.args(["-Y", "verify", "-I", signer, "-f"]).arg(allowed);
                }
                _ => drop(command.args(["-Y", "check-novalidate"])),
            }
            command.args(["-n", NAMESPACE, "-s"]).arg(file(signed.name));
            command
        }
        Kind::Minisign => {
            let Some(key) = &trust.minisign_key else {
                return Ok(Err("signed with minisign; name the public key with `--minisign-key`".to_owned()));
            };
            let mut command = Command::new("minisign");
            command.arg("-V").arg("-m").arg(file("bundle.json"));
            command.args([if Path::new(key).is_file() { "-p" } else { "-P" }, key]);
            command
        }
    };
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| absent(&command, &error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Minisign reads the file instead and may be gone by now.
        let _ = stdin.write_all(index.as_bytes());
    }
    let output = child.wait_with_output().context("the program that checks signatures did not end")?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let said = said.lines().next().unwrap_or_default().to_owned();
    if output.status.success() {
        let known =
            trust.allowed_signers.is_some() && trust.signer.is_some() || signed.kind == Kind::Minisign;
        let doubt =
            if known { "" } else { "; whose key that is, `--allowed-signers FILE --signer NAME` tells" };
        return Ok(Ok(format!("{said}{doubt}")));
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(Err(if why.is_empty() { said } else { why }))
}

fn absent(command: &Command, error: &std::io::Error) -> Stop {
    let program = command.get_program().to_string_lossy().into_owned();
    Stop::missing(format!("cannot run `{program}`: {error}\nhelp: install it, or leave the signature out"))
}
