//! `harness gate`: holds a run against limits.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::written;
use crate::claim::Certification;
use crate::gate::false_alarms::weigh;
use crate::gate::form::{FORMS, text};
use crate::gate::history::history;
use crate::gate::{GateReport, Reference, judge_all};
use crate::limit::{Gate, quantities};
use crate::stop::Stop;
use crate::store::{MANIFEST, Manifest, RunFolder};
use crate::suite::unknown_name;

/// Hold a run against limits: those of its suite with its certificates, or others. Exit codes: 0 pass, 1 regression, 2 usage, 3 not
/// measurable, 4 inconclusive.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// A limit in place of all that the suite asks, for example `energy-per-task max-increase 3%`; may be given several times.
    #[arg(long = "limit", value_name = "LIMIT")]
    limits: Vec<String>,
    /// Hold changes against the sessions of a stored baseline, or of finished runs (give it once for each), in place of the
    /// run's own baseline: at least 4 on the same machine, of the same suite.
    #[arg(long = "baseline", value_name = "NAME|RUN")]
    baselines: Vec<String>,
    #[command(flatten)]
    written: WriteArgs,
}

/// Where reports go besides the terminal.
#[derive(Debug, Args)]
pub struct WriteArgs {
    /// Write the gate's report in a form of `harness list forms`, for example `junit=gate.xml`; `-` is the terminal, in
    /// place of the table.
    #[arg(long, value_name = "FORM=FILE")]
    write: Vec<String>,
}

/// Judges and prints; the exit code.
pub fn run(args: &GateArgs) -> Result<u8> {
    let (folder, manifest) = RunFolder::open(&args.run)?;
    let (gates, certifications) = match args.limits.is_empty() {
        true => stored(&manifest)?,
        false => {
            let read = |line: &String| {
                Gate::read_line(line).map_err(|why| {
                    Stop::usage(format!("{why}\nhelp: write `--limit \"METRIC LIMIT VALUE\"`"))
                })
            };
            (args.limits.iter().map(read).collect::<Result<_, _>>()?, Vec::new())
        }
    };
    let summary = folder.stored_summary(&manifest)?;
    for gate in &gates {
        let scorers = summary.rows.iter().flat_map(|row| &row.scorers).map(String::as_str);
        let mut known: Vec<&str> = quantities();
        known.extend(scorers.collect::<BTreeSet<&str>>());
        if !known.contains(&gate.metric.as_str()) {
            let unknown = unknown_name("quantity", &gate.metric, &known);
            return Err(match args.limits.is_empty() {
                true => {
                    Stop::missing(format!("{MANIFEST} of the run: `suite_resolved.gate`: {unknown}")).into()
                }
                false => unknown.into(),
            });
        }
    }
    let history = history(&args.baselines, &args.run, &manifest, &summary)?;
    let report = match &history {
        // What blocks tell apart by mistake says nothing of sessions.
        Some(history) => judge_all(&summary, &gates, &certifications, Reference::Sessions(history)),
        None => {
            let report = judge_all(&summary, &gates, &certifications, Reference::Blocks);
            weigh(report, &summary, &manifest.hardware.key)
        }
    };
    args.written.tell(&report)?;
    Ok(report.verdict.code())
}

/// The gates and claims of a run's suite.
fn stored(manifest: &Manifest) -> Result<(Vec<Gate>, Vec<Certification>)> {
    let (gates, certifications) = (manifest.gates()?, manifest.certifications()?);
    if gates.is_empty() && certifications.is_empty() {
        return Err(Stop::usage(
            "the run's suite has no gate\nhelp: add `[[gate]]` or `[[certify]]` to the suite, or name a limit with `--limit \"energy-per-task max-increase 3%\"`",
        )
        .into());
    }
    Ok((gates, certifications))
}

impl WriteArgs {
    /// Checks the forms before anything long is done.
    ///
    /// # Errors
    /// A form is unknown, or a file missing.
    pub fn check(&self) -> Result<(), Stop> {
        written::check(FORMS, &self.write)
    }

    /// That there is a report to write.
    ///
    /// # Errors
    /// Files are named, and no gate is there.
    pub fn expect_gates(&self, gates: &[Gate], certifications: &[Certification]) -> Result<(), Stop> {
        match self.write.is_empty() || !gates.is_empty() || !certifications.is_empty() {
            true => Ok(()),
            false => Err(Stop::usage(
                "`--write` has nothing to write: the suite has no gate\nhelp: add `[[gate]]` or `[[certify]]` to the suite, or leave `--write` out",
            )),
        }
    }

    /// Prints the table and writes the files.
    ///
    /// # Errors
    /// A form is unknown, or a file cannot be written.
    pub fn tell(&self, report: &GateReport) -> Result<()> {
        written::tell(FORMS, &self.write, report, || text(report))
    }

    /// Writes the files; whether one of them was the terminal.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub fn write(&self, report: &GateReport) -> Result<bool> {
        written::write(FORMS, &self.write, report)
    }
}
