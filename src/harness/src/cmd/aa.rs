//! `harness aa`: runs a suite's baseline against itself.

use anyhow::Result;
use clap::{Args, value_parser};
use harness_text::printable::Shown;

use super::{measuring::MeasuringArgs, print, print_json, suite::SuiteArgs};
use crate::aa::{AaReport, across, compare, text};
use crate::gate::false_alarms::{AA_HISTORY, AaSession, rates};
use crate::models::ensure;
use crate::progress;
use crate::ready;
use crate::run::run as measure;
use crate::state;
use crate::stop::{INTERRUPTED, MISSING, Stop};
use crate::store::{Finished, Manifest, RunFolder};
use crate::suite::Suite;

/// Run a suite's baseline against itself: every difference is the machine's doing. Keeps on this machine how often the
/// two were told apart; gates do not believe a machine that does it more often than their alpha says. Exit codes: 0
/// done, 3 not everything measured.
#[derive(Debug, Args)]
pub struct AaArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// How many runs, one after the other.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..))]
    sessions: u16,
    /// Blocks of each run, in place of the suite's; a comparison takes as many as the suite has, so twice as many make
    /// two.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    blocks: Option<u16>,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    measuring: MeasuringArgs,
}

/// Runs, compares and tells; the exit code.
pub fn run(args: &AaArgs) -> Result<u8> {
    let suite = args.suite.load()?;
    let blocks = args.blocks.unwrap_or(suite.run.blocks);
    let group = suite.run.blocks.min(blocks);
    let mut twice = suite.against_itself(blocks)?;
    args.measuring.apply(&mut twice);
    twice.variants.iter().try_for_each(|variant| ensure(&variant.model))?;
    ready::check(&twice)?;
    let options = args.measuring.options(None);
    let mut told = Told { sessions: Vec::new(), hardware_key: String::new(), not_kept: None, code: 0 };
    for number in 1..=args.sessions {
        progress::say(&format!("session {number} of {}", args.sessions));
        let finished = measure(&twice, &options)?;
        if finished.code == INTERRUPTED {
            return Ok(INTERRUPTED);
        }
        told.take(&finished, group)?;
    }
    let report = told.report(&twice);
    if args.json {
        print_json(&report)?
    } else {
        print(&text(&report))?
    }
    let compared = report.sessions.iter().all(|session| session.compared.iter().any(|one| !one.p.is_empty()));
    Ok(if compared { told.code } else { MISSING })
}

/// What the sessions of this call have left.
struct Told {
    sessions: Vec<AaSession>,
    hardware_key: String,
    not_kept: Option<String>,
    code: u8,
}

impl Told {
    /// Compares, and keeps what came of it on this machine. Where that cannot be kept, the run is worth more.
    fn take(&mut self, finished: &Finished, group: u16) -> Result<()> {
        let (folder, manifest): (RunFolder, Manifest) = RunFolder::open(&finished.folder)?;
        let session = compare(&folder, &manifest, group)?;
        progress::say(&finished.folder.shown());
        self.hardware_key = manifest.hardware.key;
        let kept = state::of_machine(&self.hardware_key)
            .and_then(|folder| state::append(&folder.join(AA_HISTORY), &session));
        self.not_kept = kept.err().map(|stop| first_line(&stop));
        self.sessions.push(session);
        self.code = self.code.max(finished.code);
        Ok(())
    }

    fn report(&self, suite: &Suite) -> AaReport {
        let alpha = suite.analysis.alpha;
        let (mut history, unread) = match state::of_machine(&self.hardware_key) {
            Ok(folder) => state::entries::<AaSession>(&folder.join(AA_HISTORY)),
            Err(_) => (Vec::new(), 0),
        };
        if self.not_kept.is_some() {
            history.extend(
                self.sessions.iter().filter(|own| !history.contains(own)).cloned().collect::<Vec<_>>(),
            );
        }
        let last = self.sessions.last();
        let class = last.and_then(|session| session.class);
        AaReport {
            schema: 1,
            suite: suite.name.clone(),
            variant: suite.baseline.clone(),
            alpha,
            class,
            rates: rates(&history, class, alpha),
            history: history.iter().filter(|session| session.class == class).count(),
            unread,
            across: last.map(|last| across(&history, last, alpha)).unwrap_or_default(),
            sessions: self.sessions.clone(),
            not_kept: self.not_kept.clone(),
        }
    }
}

fn first_line(stop: &Stop) -> String {
    stop.to_string().lines().next().unwrap_or_default().to_owned()
}
