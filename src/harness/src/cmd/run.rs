//! `harness run`: measures a suite.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use harness_text::printable::{self, Shown};

use super::{gate::WriteArgs, measuring::MeasuringArgs, print, suite::SuiteArgs};
use crate::baseline::Shelf;
use crate::gate::false_alarms::weigh;
use crate::gate::{GateReport, Reference, Verdict, confirmed, judge_all};
use crate::models::ensure;
use crate::progress::{self, Event};
use crate::ready;
use crate::report::terminal_table;
use crate::run::{Budget, resume, run as measure};
use crate::stop::{INTERRUPTED, Stop};
use crate::store::{Finished, Manifest, RunFolder};
use crate::suite::Suite;
use crate::target::form::text;

/// Run a suite: every variant on every task, measured; writes a run folder.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    suite: Option<SuiteArgs>,
    /// Go on with this run folder instead, at the first cell that it lacks: after a kill, a crash or Ctrl-C. Suite, items
    /// and settings are those of the run.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suite", "profile", "sets", "out", "against", "confirm", "until"], required_unless_present = "suite")]
    resume: Option<PathBuf>,
    /// Run this stored baseline too, in the same blocks, and compare all variants with it: see `harness baseline`.
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// Blocks go on until every gate of the suite is answered, by bounds that hold at every look, or the budget is spent.
    #[arg(long, value_enum, value_name = "WHAT")]
    until: Option<UntilWhat>,
    /// With `--until`: the most minutes that the cells may take.
    #[arg(long, value_name = "MINUTES", value_parser = amount, requires = "until")]
    max_minutes: Option<f64>,
    /// With `--until`: the most joules that the cells may measure.
    #[arg(long, value_name = "JOULES", value_parser = amount, requires = "until")]
    max_joules: Option<f64>,
    /// Write events as JSON lines to standard output, in place of tables: see `harness schema --of events`.
    #[arg(long)]
    json: bool,
    /// Where a gate finds a regression, run the suite once more: only what both runs find counts.
    #[arg(long)]
    confirm: bool,
    #[command(flatten)]
    measuring: MeasuringArgs,
    #[command(flatten)]
    written: WriteArgs,
}

/// What a run goes on for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum UntilWhat {
    /// Every gate is answered.
    Verdict,
}

/// A number above 0.
fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| format!("`{text}` is no number above 0"))
}

/// Runs it; the exit code: the gates' where the suite has some, unless the run says something worse.
pub fn run(args: &RunArgs) -> Result<u8> {
    args.written.check()?;
    if args.json {
        progress::want_events();
    }
    let budget = args.until.map(|_| Budget { minutes: args.max_minutes, joules: args.max_joules });
    let options = args.measuring.options(budget);
    if let Some(folder) = &args.resume {
        let (_, manifest) = RunFolder::open(folder)?;
        args.written.expect_gates(&manifest.gates()?, &manifest.certifications()?)?;
        let finished = resume(folder, &options, |settings| args.measuring.machine.apply(settings))?;
        return tell(args, &finished, report(&finished).as_ref());
    }
    let suite = prepared(args)?;
    let finished = measure(&suite, &options)?;
    let found = report(&finished);
    let regressed = found.as_ref().is_some_and(|report| report.verdict == Verdict::Regression);
    if !args.confirm || !regressed || finished.code == INTERRUPTED {
        return tell(args, &finished, found.as_ref());
    }
    if !args.json {
        print(&format!("{}\n", terminal_table(&finished.summary)))?;
    }
    progress::say(&format!("a regression in {}: the suite runs once more", finished.folder.shown()));
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
    args.measuring.apply(&mut suite);
    args.written.expect_gates(&suite.gates, &suite.certifications)?;
    let asks = !suite.gates.is_empty() || !suite.certifications.is_empty();
    for (given, word) in [(args.confirm, "--confirm"), (args.until.is_some(), "--until")] {
        if given && !asks {
            return Err(Stop::usage(format!(
                "`{word}` waits for gates, and the suite has none\nhelp: add `[[gate]]` to the suite, or leave `{word}` out"
            ))
            .into());
        }
    }
    if args.until.is_some() && args.max_minutes.is_none() && args.max_joules.is_none() {
        return Err(Stop::usage(
            "nothing ends a run that finds no verdict\nhelp: add `--max-minutes 30`, or `--max-joules 5000`",
        )
        .into());
    }
    if let Some(name) = &args.against {
        let mut stored = Shelf::open()?.find(name)?.variant()?;
        stored.name.clone_from(name);
        suite.join(stored)?;
    }
    suite.variants.iter().try_for_each(|variant| ensure(&variant.model))?;
    ready::check(&suite)?;
    Ok(suite)
}

/// What the suite's gates answer; None without gates, and of a run that was interrupted.
fn report(finished: &Finished) -> Option<GateReport> {
    let asks = !finished.gates.is_empty() || !finished.certifications.is_empty();
    (asks && finished.code != INTERRUPTED).then(|| {
        let Finished { summary, gates, certifications, .. } = finished;
        let report = judge_all(summary, gates, certifications, Reference::Blocks);
        let key = Manifest::read(&finished.folder).map(|manifest| manifest.hardware.key).unwrap_or_default();
        weigh(report, &finished.summary, &key)
    })
}

/// Prints what a run says; the exit code.
fn tell(args: &RunArgs, finished: &Finished, report: Option<&GateReport>) -> Result<u8> {
    let code = match report {
        // A regression stands, whatever else could not be measured.
        Some(report) if report.verdict == Verdict::Regression || finished.code == 0 => report.verdict.code(),
        _ => finished.code,
    };
    let folder = finished.folder.display().to_string();
    let targets = finished.targets.as_ref().filter(|_| finished.code != INTERRUPTED);
    if args.json {
        report.map_or(Ok(()), |report| args.written.write(report).map(drop))?;
        let gate = report.map(serde_json::to_value).transpose()?;
        let targets = targets.map(serde_json::to_value).transpose()?;
        progress::tell(|| Event::Finished { folder, code, gate, targets });
        return Ok(code);
    }
    print(&terminal_table(&finished.summary))?;
    if let Some(report) = report {
        print("\n")?;
        args.written.tell(report)?;
    }
    if let Some(targets) = targets {
        print(&format!("\n{}", text(targets)))?;
    }
    print(&format!("\n{}\n", printable::line(&folder)))?;
    Ok(code)
}
