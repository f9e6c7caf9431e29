//! Runs completions of tasks that ask for programs, after the energy window.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Context, Result};
use harness_protocol::Finish;
use harness_task::sandbox::Limits;
use harness_task::{
    Init, Item, Job, Language, Need, Outcome, Program, Sandbox, ScorerSpec, Strength, Verdict,
};

use serde_json::{Value as Json, json};

use super::input::TaskInput;
use crate::record::{ItemRecord, ProgramRecord};

/// The subcommand that the program calls itself with to begin a trial; not for people.
pub const SANDBOX_INIT: &str = "sandbox-init";

/// The sandbox, and what became of every program that ran: the same one is not run twice.
pub struct Trials {
    sandbox: Sandbox,
    seen: HashMap<String, Outcome>,
}

impl Trials {
    /// Looks at what the machine allows, and for what runs programs in these languages.
    ///
    /// # Errors
    /// Layers that are missing, where `strength` wants all of them; an interpreter that is not here.
    pub fn new(strength: Strength, languages: &BTreeSet<Language>) -> Result<Self> {
        let sandbox = Sandbox::new(strength, Limits::default(), init()?)?;
        for language in languages {
            sandbox.check(*language)?;
        }
        Ok(Self { sandbox, seen: HashMap::new() })
    }

    /// What protects the machine, for the manifest.
    pub fn record(&self) -> Json {
        let layers = self.sandbox.layers().iter();
        let layers = layers.map(|(name, state)| json!({ "name": name, "missing": state.as_ref().err() }));
        json!({ "layers": layers.collect::<Vec<_>>(), "slowness": self.sandbox.slowness() })
    }

    /// What protects the machine, in one sentence.
    pub fn sentence(&self) -> String {
        let layers = self.sandbox.layers();
        let named = |works: bool| {
            let names = layers.iter().filter(|(_, state)| state.is_ok() == works).map(|(name, _)| *name);
            names.collect::<Vec<_>>().join(", ")
        };
        match named(false) {
            missing if missing.is_empty() => format!("sandbox: {}", named(true)),
            missing => format!("sandbox: {}; missing: {missing}", named(true)),
        }
    }

    /// Runs the rows' completions and fills in their verdicts; rows whose item has no program stay as
    /// they are. `program` finds it by the item's number; once `stop` says true, what has not finished is given
    /// up.
    pub fn judge<'p>(
        &mut self,
        rows: &mut [&mut ItemRecord],
        program: impl Fn(u32) -> Option<&'p Program>,
        stop: &(dyn Fn() -> bool + Sync),
    ) {
        let key = |program: &Program, text: &str| crate::hash::text(&format!("{program:?}\0{text}"));
        let mut keys = Vec::new();
        let mut asked = HashSet::new();
        let mut jobs: Vec<(String, Job<'_>)> = Vec::new();
        for row in rows.iter() {
            let text = row.completion_post.as_deref().unwrap_or(&row.completion);
            let asked_for = program(row.item).filter(|_| row.finish != Finish::Error);
            let found = asked_for.map(|program| (key(program, text), program));
            keys.push(found.as_ref().map(|(key, _)| key.clone()));
            let Some((key, program)) = found else { continue };
            if !self.seen.contains_key(&key) && asked.insert(key.clone()) {
                jobs.push((key, Job { program, completion: text }));
            }
        }
        let (names, jobs): (Vec<String>, Vec<Job<'_>>) = jobs.into_iter().unzip();
        let outcomes = self.sandbox.judge(&jobs, stop);
        self.seen.extend(names.into_iter().zip(outcomes));
        for (row, key) in rows.iter_mut().zip(keys) {
            let Some(outcome) = key.and_then(|key| self.seen.get(&key)) else { continue };
            row.verdict = Some(outcome.verdict.to_string());
            row.verdict_reason = outcome.reason.clone();
            row.program = Some(ProgramRecord {
                seconds: outcome.seconds,
                cpu_seconds: outcome.cpu_seconds,
                peak_bytes: outcome.peak_bytes,
            });
        }
        // A sandbox that failed says nothing of the program: the next cell may try again.
        self.seen.retain(|_, outcome| outcome.verdict != Verdict::SandboxError);
    }
}

/// This program starts every trial in the sandbox: it is run again with a hidden subcommand.
fn init() -> Result<Init> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(Init { program, arguments: vec![SANDBOX_INIT.to_owned()] })
}

/// What the items' programs are written in.
pub fn languages<'i>(items: impl IntoIterator<Item = &'i Item>) -> BTreeSet<Language> {
    items.into_iter().filter_map(|item| Some(item.program.as_ref()?.language)).collect()
}

/// Whether a scorer of the task wants completions to be run.
pub fn runs_programs(task: &TaskInput) -> bool {
    let scorers = task.scorers.iter().filter_map(ScorerSpec::make);
    scorers.into_iter().any(|scorer| scorer.needs().contains(&Need::Verdict))
}
