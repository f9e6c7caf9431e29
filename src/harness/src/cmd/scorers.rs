//! The arguments that name scorers, shared by the subcommands that score.

use anyhow::Result;
use clap::Args;
use harness_task::{CommandScorer, Direction, SCORERS, ScorerSpec, find_scorer, nearest};

use crate::stop::Stop;

/// Scorers by name and by program.
#[derive(Debug, Args)]
pub struct ScorerArgs {
    /// Names of scorers, for example `rouge-l,bleu,pass@1`; `harness list scorers` knows them all.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    scorers: Vec<String>,
    /// A program that scores, from 0 to 1, higher is better: it reads one JSON object a line and answers
    /// each with `{"id": …, "score": …}`. Words are split at blanks.
    #[arg(long, value_name = "NAME=COMMAND")]
    own_scorer: Vec<String>,
}

/// What `harness score --json` says beside scores.
const TAKEN: &[&str] = &["items", "completions", "unanswered", "verdicts", "reasons"];

impl ScorerArgs {
    /// The scorers; None: none were named.
    ///
    /// # Errors
    /// An unknown name, or one that is named twice.
    pub fn specs(&self) -> Result<Option<Vec<ScorerSpec>>> {
        let mut specs: Vec<ScorerSpec> = Vec::new();
        for name in &self.scorers {
            if find_scorer(name).is_none() {
                return Err(unknown(name).into());
            }
            specs.push(ScorerSpec::Board(name.clone()));
        }
        for own in &self.own_scorer {
            let (name, command) = own.split_once('=').unwrap_or((own, ""));
            let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let taken = find_scorer(name).is_some() || TAKEN.contains(&name);
            if name.is_empty() || !name.chars().all(fits) || command.is_empty() || taken {
                let message = format!(
                    "`{own}` is no scorer of your own\nhelp: write `--own-scorer NAME=COMMAND` with a name of letters a-z, digits and `-` that is not taken"
                );
                return Err(Stop::usage(message).into());
            }
            let (name, direction) = (name.to_owned(), Direction::Higher);
            specs.push(ScorerSpec::Command(CommandScorer { name, command, direction, range: (0.0, 1.0) }));
        }
        for (index, spec) in specs.iter().enumerate() {
            if specs[..index].iter().any(|other| other.name() == spec.name()) {
                let message = format!("scorer `{}` is named twice\nhelp: name it once", spec.name());
                return Err(Stop::usage(message).into());
            }
        }
        Ok(Some(specs).filter(|specs| !specs.is_empty()))
    }
}

fn unknown(name: &str) -> Stop {
    if let Some(family) = name.strip_suffix("@k").filter(|_| SCORERS.iter().any(|entry| entry.name == name)) {
        return Stop::usage(format!("`{name}` needs a number\nhelp: write for example `{family}@1`"));
    }
    let names: Vec<&str> = SCORERS.iter().map(|entry| entry.name).collect();
    let meant = nearest(name, &names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Stop::usage(format!("unknown scorer `{name}`\nhelp: {meant}`harness list scorers` names them all"))
}
