//! `manifest.json`: what was run, with what, on what, so that a stranger can judge, check and repeat it.

use std::collections::BTreeMap;
use std::path::Path;

use harness_meter::Domain;
use harness_text::printable;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Until;
use super::json::write_json;
use crate::claim::Certification;
use crate::engine::EngineUse;
use crate::limit::Gate;
use crate::machine::{Hardware, Qualification};
use crate::report::MissingFigure;
use crate::stop::Stop;
use crate::summary::{SummaryInput, known_scorer};
use crate::windows::{Baseline, Limits};

/// The file's name in a run folder.
pub const MANIFEST: &str = "manifest.json";

/// Version of this format.
pub const SCHEMA: u32 = 2;

/// A whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program that made the run.
    pub harness_version: String,
    /// Its revision; None: it was not built from a repository.
    pub git: Option<String>,
    /// When the run began.
    pub created_utc: String,
    /// One moment on both clocks, in the first session.
    pub mono_anchor: Anchor,
    /// The suite's file.
    pub suite_text: String,
    /// Every value that counts.
    pub suite_resolved: Json,
    /// What paths in `suite_resolved` start from: from the run folder, or from `~`.
    #[serde(default)]
    pub suite_folder: Option<String>,
    /// SHA-256 of the suite's canonical form.
    pub suite_sha256: String,
    /// The profile that was laid over the file.
    pub profile: Option<String>,
    /// The command line.
    pub command: Vec<String>,
    /// The suite's seed.
    pub seed: u64,
    /// The machine's lock was held.
    pub exclusive: bool,
    /// Block by block, `task/variant` in the order in which they were planned.
    pub order: Vec<Vec<String>>,
    /// How the items of the blocks were chosen, in a sentence.
    pub items_per_block: String,
    /// How the items of the blocks were chosen, task by task; empty in runs of version 1.
    #[serde(default)]
    pub shares: Vec<ShareRule>,
    /// Windows are at least so long, s; None in runs of version 1.
    #[serde(default)]
    pub least_window_s: Option<f64>,
    /// Engines that answered, with the variants that they ran.
    pub engines: Vec<EngineUse>,
    /// Weight files by what cells said.
    pub weights: Vec<Weights>,
    /// The tasks' data.
    pub datasets: Vec<Dataset>,
    /// The machine.
    pub hardware: Hardware,
    /// Variables of the environment that change what is measured.
    pub env: BTreeMap<String, String>,
    /// Names of the meters.
    pub meters: Vec<String>,
    /// What was looked for, found and taken.
    pub meter_sentence: String,
    /// Settings of the meters.
    pub meter_settings: Json,
    /// Names of the domains.
    pub domains: Vec<String>,
    /// What makes up the total.
    pub counted: Vec<String>,
    /// Everything that is needed to measure the stored samples again.
    pub domain_details: Vec<Domain>,
    /// When a window counted.
    pub limits: Limits,
    /// What a summary needs besides the tables.
    pub summary_input: SummaryInput,
    /// What protected the machine from generated programs, and how slow it is; None: none ran.
    pub sandbox: Option<Json>,
    /// The run folder that this one was made from by measuring again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remeasured_from: Option<String>,
    /// What net energy takes off, where it was measured again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_of_net: Option<Baseline>,
    /// The run folder that this one was made from by scoring again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescored_from: Option<String>,
    /// Whether the run may be a baseline; None in runs of versions that did not ask, and while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualification: Option<Qualification>,
    /// What ends the run, where its blocks go on until the gates are answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// Figures that could not be drawn or written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_figures: Vec<MissingFigure>,
    /// Calls of the program that worked on the run.
    #[serde(default)]
    pub sessions: Vec<Session>,
    /// Every file beside this one; empty while the run goes on.
    pub files: Vec<FileEntry>,
    /// Every planned cell was run.
    pub complete: bool,
}

/// One moment on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// CLOCK_MONOTONIC, ns.
    pub mono_ns: i64,
    /// Since 1970, ns.
    pub utc_ns: i64,
}

/// One call of the program that worked on a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// When it began.
    pub started_utc: String,
    /// One moment on both clocks.
    pub mono_anchor: Anchor,
    /// The command line.
    pub command: Vec<String>,
}

/// How the items of a task's blocks were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareRule {
    /// All in every block.
    All,
    /// Each item in one block.
    Slices,
    /// So many in every block.
    Count(u32),
}

/// Weights of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Variants that used them.
    pub variants: Vec<String>,
    /// Folder, or the built-in model's name.
    pub path: String,
    /// What ran, as `weights_sha256` of their cells says: with compressions it is not the hash of the files.
    pub sha256: String,
}

/// The data of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// The task.
    pub task: String,
    /// Those whose models read the data alike.
    pub variants: Vec<String>,
    /// The file or folder.
    pub path: String,
    /// SHA-256 of what it holds.
    pub sha256: String,
    /// Documents or questions in it.
    pub rows: usize,
    /// Items made from it.
    pub items: usize,
    /// What of the data became no item or not a whole one.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// SHA-256 of instruction, examples and chat template; None: prompts are as in the data.
    #[serde(default)]
    pub prompting_sha256: Option<String>,
    /// Tokens that the tokenizer puts before every prompt, such as `<s>`; empty: none stands there.
    #[serde(default)]
    pub prompt_prefix: Vec<String>,
}

/// One file of the run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the run folder.
    pub name: String,
    /// Number of rows; None: the file is no table.
    pub rows: Option<usize>,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl Manifest {
    /// Writes it into a run folder, whole or not at all.
    ///
    /// # Errors
    /// The folder is gone, full, or may not be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        write_json(&folder.join(MANIFEST), self)
    }

    /// The gates of the suite.
    ///
    /// # Errors
    /// A [`Stop`] where one is not understood.
    pub fn gates(&self) -> Result<Vec<Gate>, Stop> {
        self.tables("gate", Gate::read, "name limits with `harness gate RUN --limit`")
    }

    /// That this version knows every word which results are made with: scorers, gates, certificates, targets.
    ///
    /// # Errors
    /// A [`Stop`] that names the first that it does not know.
    pub fn expect_known_words(&self) -> Result<(), Stop> {
        let mut scorers = self.summary_input.tasks.iter().flat_map(|task| &task.scorers);
        scorers.try_for_each(|scorer| known_scorer(scorer).map(drop))?;
        self.gates()?;
        self.certifications()?;
        self.targets().map(drop)
    }

    /// Why the run may not be what later ones are held against; None: it may.
    pub fn unqualified(&self) -> Option<String> {
        match &self.qualification {
            Some(found) if found.qualified => None,
            Some(found) => Some(found.why.join("; ")),
            None => Some("nothing was noted of the machine's state".to_owned()),
        }
    }

    /// The claims of the suite.
    ///
    /// # Errors
    /// A [`Stop`] where one is not understood.
    pub fn certifications(&self) -> Result<Vec<Certification>, Stop> {
        self.tables("certify", Certification::read, "name what is claimed with `harness certify`")
    }

    /// What the tables of the suite under a key mean; none where the suite has no such key.
    fn tables<T>(
        &self,
        key: &str,
        read: impl Fn(&Json) -> Result<T, String>,
        help: &str,
    ) -> Result<Vec<T>, Stop> {
        let damaged = |why: String| {
            let why = printable::short(&why);
            Stop::missing(format!(
                "{MANIFEST} of the run is damaged: `suite_resolved.{key}`: {why}\nhelp: {help}"
            ))
        };
        match self.suite_resolved.get(key) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Array(tables)) => tables.iter().map(read).collect::<Result<_, _>>().map_err(damaged),
            Some(other) => Err(damaged(format!("{other} is no list of tables"))),
        }
    }

    /// Names of the planned cells, `task/variant`, in their order.
    pub fn planned(&self) -> impl Iterator<Item = &String> {
        self.order.iter().flatten()
    }
}
