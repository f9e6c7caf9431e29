//! `harness reproduce`: papers, what each needs, and what can be judged here.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_meter::Settings;

use super::{machine::MachineArgs, print};
use crate::reproduce::{PAPERS, find, needs};
use crate::ruled::table;

/// List the papers that suites reproduce; of one, tell which suites, what they need, how long they take, and what can be
/// judged on this machine. Exit codes: 0; 2 usage; 3 a suite or run is missing.
#[derive(Debug, Args)]
pub struct ReproduceArgs {
    /// The paper; without it the list.
    #[arg(value_name = "PAPER")]
    paper: Option<String>,
    /// Tell joules by the price model of this run.
    #[arg(long, value_name = "RUN", requires = "paper")]
    like: Option<PathBuf>,
    /// The project's folder, in which `suites/` lies.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    root: PathBuf,
    #[command(flatten)]
    machine: MachineArgs,
}

/// Prints the list, or a paper's page; the exit code.
pub fn run(args: &ReproduceArgs) -> Result<u8> {
    let page = match &args.paper {
        Some(name) => {
            needs(find(name)?, &args.root, args.like.as_deref(), args.machine.apply(Settings::default()))?
        }
        None => list(),
    };
    print(&page)?;
    Ok(0)
}

fn list() -> String {
    let mut list = table(&["paper", "title", "suites"]);
    for paper in PAPERS {
        let mut suites: Vec<&str> = paper.works.iter().map(|work| work.suite).collect();
        suites.dedup();
        let suites = if suites.is_empty() { "none".to_owned() } else { suites.join("\n") };
        list.add_row([paper.name.to_owned(), format!("{}\n{}", paper.title, paper.published), suites]);
    }
    list.trim_fmt() + "\n"
}
