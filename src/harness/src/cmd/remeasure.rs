//! `harness remeasure`: computes a run's windows again from its raw readings.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable::Shown;

use super::{print, unfinished::sentence};
use crate::remeasure::{Changes, remeasure};
use crate::report::terminal_table;
use crate::windows::Baseline;

/// Compute the windows of a run again from its raw readings, with the same or other rules; writes a new
/// run folder beside it.
#[derive(Debug, Args)]
pub struct RemeasureArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder that receives the new run folder [default: the one that holds RUN].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Fewest updates of a meter inside a window.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    min_updates: Option<u32>,
    /// Longest time between two readings of power, in its periods.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_gap_periods: Option<u32>,
    /// Largest difference between two views of the same thing, for example `5%`.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_disagreement: Option<f64>,
    /// Largest share of the time that the hypervisor may give to others.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_steal: Option<f64>,
    /// Largest share of the processor time that other programs may take.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_foreign_load: Option<f64>,
    /// Domains that make up the total, for example `package:0,dram:0`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    domains: Option<Vec<String>>,
    /// Idle power that net energy takes off.
    #[arg(long)]
    baseline: Option<Baseline>,
}

/// Measures again; the exit code.
pub fn run(args: &RemeasureArgs) -> Result<u8> {
    let changes = Changes {
        min_updates: args.min_updates,
        max_gap_periods: args.max_gap_periods,
        max_disagreement: args.max_disagreement,
        max_steal: args.max_steal,
        max_foreign_load: args.max_foreign_load,
        domains: args.domains.clone(),
        baseline: args.baseline,
    };
    let done = remeasure(&args.run, args.out.as_deref(), &changes)?;
    print(&terminal_table(&done.finished.summary))?;
    let unfinished = sentence(done.finished.unfinished.as_deref());
    print(&format!(
        "\n{unfinished}{} of {} windows as before\n{}\n",
        done.same,
        done.windows,
        done.finished.folder.shown()
    ))?;
    Ok(done.finished.code)
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let fits = number.filter(|number| number.is_finite() && *number >= 0.0);
    fits.map(|number| number / 100.0)
        .ok_or_else(|| "expected a number, 0 or more, with `%`, for example `5%`".to_owned())
}
