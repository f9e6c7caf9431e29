//! `harness targets`: what papers say, held against a run.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable::Shown;

use super::{print, written};
use crate::reproduce::{REGISTER, register};
use crate::stop::Stop;
use crate::store::{MANIFEST, RunFolder, check_targets};
use crate::target::form::{FORMS, text};
use crate::target::read_file;

/// Hold a run against what papers say: agrees, differs or cannot be judged, with intervals and reasons. Exit codes: 0
/// judged, whatever the verdicts; 2 usage; 3 the run is missing or damaged.
#[derive(Debug, Args)]
pub struct TargetsArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Judge the targets of this file (`schema = 1` and `[[target]]`) in place of the suite's.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// Write the verdicts in a form of `harness list target-forms`, for example `markdown=targets.md`; `-` is the terminal,
    /// in place of the table.
    #[arg(long, value_name = "FORM=FILE")]
    write: Vec<String>,
    /// Keep the verdicts in the register of reproductions, with the machine.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = REGISTER)]
    register: Option<PathBuf>,
}

/// Judges and prints; the exit code.
pub fn run(args: &TargetsArgs) -> Result<u8> {
    written::check(FORMS, &args.write)?;
    let given = args.targets.as_deref().map(read_file).transpose()?;
    let (folder, manifest) = RunFolder::open(&args.run)?;
    let summary = folder.stored_summary(&manifest)?;
    let own = given.is_none();
    let targets = match given {
        Some(targets) => targets,
        None => manifest.targets()?,
    };
    if targets.is_empty() {
        let why = "the run's suite has no target\nhelp: add `[[target]]` to the suite, or name a file with `--targets FILE`";
        return Err(Stop::usage(why).into());
    }
    check_targets(&targets, &manifest.known()).map_err(|stop| match own {
        true => Stop::missing(format!("{MANIFEST} of the run: `suite_resolved.target`: {stop}")),
        false => stop,
    })?;
    let report = folder.judge(&manifest, &summary, &targets)?;
    written::tell(FORMS, &args.write, &report, || text(&report))?;
    if let Some(folder) = &args.register {
        let page = register(folder, &manifest, &report)?;
        print(&format!("\n{}\n", page.shown()))?;
    }
    Ok(0)
}
