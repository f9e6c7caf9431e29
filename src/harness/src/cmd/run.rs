//! `harness run`: measures a suite.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{gate::WriteArgs, machine::MachineArgs, print, sandbox::SandboxArgs, suite::SuiteArgs};
use crate::gate::{Verdict, judge_run};
use crate::models::ensure;
use crate::report::terminal_table;
use crate::run::{Options, resume, run as measure};
use crate::stop::{INTERRUPTED, Stop};
use crate::store::RunFolder;
use crate::suite::check_resources;

/// Run a suite: every variant on every task, measured; writes a run folder.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    suite: Option<SuiteArgs>,
    /// Go on with this run folder instead, at the first cell that it lacks: after a kill, a crash or Ctrl-C. Suite, items
    /// and settings are those of the run.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suite", "profile", "sets", "out"], required_unless_present = "suite")]
    resume: Option<PathBuf>,
    /// Folder that receives the run folder.
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    out: PathBuf,
    /// Run even if another run is measuring on this machine; recorded in the manifest.
    #[arg(long)]
    no_exclusive: bool,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    written: WriteArgs,
}

/// Runs it; the exit code: the gates' where the suite has some, unless the run says something worse.
pub fn run(args: &RunArgs) -> Result<u8> {
    args.written.check()?;
    let options =
        Options { out: args.out.clone(), exclusive: !args.no_exclusive, sandbox: args.sandbox.strength() };
    let finished = match (&args.resume, &args.suite) {
        (Some(folder), _) => {
            args.written.expect_gates(&RunFolder::open(folder)?.1.gates()?)?;
            resume(folder, &options, |settings| args.machine.apply(settings))?
        }
        (None, Some(suite)) => {
            let mut suite = suite.load()?;
            suite.meter = args.machine.apply(suite.meter);
            suite.variants.iter().try_for_each(|variant| ensure(&variant.model))?;
            check_resources(&suite)?;
            args.written.expect_gates(&suite.gates)?;
            measure(&suite, &options)?
        }
        (None, None) => {
            return Err(Stop::usage("no suite\nhelp: name a suite, or a run with `--resume RUN`").into());
        }
    };
    print(&terminal_table(&finished.summary))?;
    let code = match finished.gates.is_empty() || finished.code == INTERRUPTED {
        true => finished.code,
        false => {
            let report = judge_run(&finished.summary, &finished.gates);
            print("\n")?;
            args.written.tell(&report)?;
            // A regression stands, whatever else could not be measured.
            if report.verdict == Verdict::Regression || finished.code == 0 {
                report.verdict.code()
            } else {
                finished.code
            }
        }
    };
    print(&format!("\n{}\n", finished.folder.display()))?;
    Ok(code)
}
