//! `harness run`: measures a suite.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{gate::WriteArgs, machine::MachineArgs, print, sandbox::SandboxArgs, suite::SuiteArgs};
use crate::baseline::Shelf;
use crate::gate::{GateReport, Reference, Verdict, confirmed, judge_run};
use crate::models::ensure;
use crate::report::terminal_table;
use crate::run::{Options, resume, run as measure};
use crate::stop::{INTERRUPTED, Stop};
use crate::store::{Finished, RunFolder};
use crate::suite::{Suite, check_resources};

/// Run a suite: every variant on every task, measured; writes a run folder.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    suite: Option<SuiteArgs>,
    /// Go on with this run folder instead, at the first cell that it lacks: after a kill, a crash or Ctrl-C. Suite, items
    /// and settings are those of the run.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suite", "profile", "sets", "out", "against", "confirm"], required_unless_present = "suite")]
    resume: Option<PathBuf>,
    /// Run this stored baseline too, in the same blocks, and compare all variants with it: see `harness baseline`.
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// Where a gate finds a regression, run the suite once more: only what both runs find counts.
    #[arg(long)]
    confirm: bool,
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
    if let Some(folder) = &args.resume {
        args.written.expect_gates(&RunFolder::open(folder)?.1.gates()?)?;
        let finished = resume(folder, &options, |settings| args.machine.apply(settings))?;
        return tell(args, &finished, report(&finished).as_ref());
    }
    let suite = prepared(args)?;
    let finished = measure(&suite, &options)?;
    let found = report(&finished);
    let regressed = found.as_ref().is_some_and(|report| report.verdict == Verdict::Regression);
    if !args.confirm || !regressed || finished.code == INTERRUPTED {
        return tell(args, &finished, found.as_ref());
    }
    print(&format!("{}\n", terminal_table(&finished.summary)))?;
    print(&format!("a regression: the suite runs once more\n{}\n\n", finished.folder.display()))?;
    let again = measure(&suite, &options)?;
    let both = found.zip(report(&again)).map(|(first, second)| confirmed(&first, second));
    tell(args, &again, both.as_ref())
}

/// The suite, with everything that it needs there.
fn prepared(args: &RunArgs) -> Result<Suite> {
    let Some(suite) = &args.suite else {
        return Err(Stop::usage("no suite\nhelp: name a suite, or a run with `--resume RUN`").into());
    };
    let mut suite = suite.load()?;
    suite.meter = args.machine.apply(suite.meter);
    args.written.expect_gates(&suite.gates)?;
    if args.confirm && suite.gates.is_empty() {
        return Err(Stop::usage(
            "`--confirm` has nothing to confirm: the suite has no gate\nhelp: add `[[gate]]` to the suite, or leave `--confirm` out",
        )
        .into());
    }
    if let Some(name) = &args.against {
        let mut stored = Shelf::open()?.find(name)?.variant()?;
        stored.name.clone_from(name);
        suite.join(stored)?;
    }
    suite.variants.iter().try_for_each(|variant| ensure(&variant.model))?;
    check_resources(&suite)?;
    Ok(suite)
}

/// What the suite's gates answer; None without gates, and of a run that was interrupted.
fn report(finished: &Finished) -> Option<GateReport> {
    let asked = !finished.gates.is_empty() && finished.code != INTERRUPTED;
    asked.then(|| judge_run(&finished.summary, &finished.gates, Reference::Blocks))
}

/// Prints what a run says; the exit code.
fn tell(args: &RunArgs, finished: &Finished, report: Option<&GateReport>) -> Result<u8> {
    print(&terminal_table(&finished.summary))?;
    let code = match report {
        None => finished.code,
        Some(report) => {
            print("\n")?;
            args.written.tell(report)?;
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
