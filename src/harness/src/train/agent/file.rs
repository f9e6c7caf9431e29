//! The training file of an agent: as written, and turned into what the engine is asked.

use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_checkpoint::is_gguf;
use harness_meter::Device;
use harness_protocol::agent::{AgentSpec, LEARNERS, LinearSpec, Named, PpoSpec, REWARDS, RewardSpec, SCOPES};
use harness_protocol::{DTYPES, ModelSource};
use harness_task::{CorpusForm, nearest};
use harness_text::printable::Shown;
use harness_text::regular;
use serde::Deserialize;

use super::calibration;
use crate::stop::Stop;

/// A training file of an agent as written; paths are relative to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct AgentFile {
    schema: u32,
    /// The agent's name, and that of its files.
    pub(super) name: String,
    pub(super) seed: u64,
    /// Receives the agent.
    pub(super) out: PathBuf,
    /// Keeps documents and what the model's blocks say about them.
    pub(super) work: PathBuf,
    pub(super) agent: AgentTable,
    pub(super) corpus: CorpusTable,
    reward: Option<RewardTable>,
    ppo: Option<PpoTable>,
    linear: Option<LinearTable>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AgentTable {
    /// A model folder or a .gguf file.
    model: PathBuf,
    dtype: String,
    pub(super) learner: String,
    exits: Vec<u32>,
    thresholds: Vec<f64>,
    pub(super) device: String,
    pub(super) threads: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CorpusTable {
    /// A folder of source code, or a task set.
    pub(super) from: PathBuf,
    /// What the folder is written in; of no meaning for a task set.
    pub(super) form: Option<CorpusForm>,
    pub(super) seed: u64,
    pub(super) share: f64,
    pub(super) documents: usize,
    pub(super) held_out: usize,
    draws: u32,
    context: [f64; 2],
    new_tokens: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RewardTable {
    name: String,
    scope: String,
    alpha: f64,
    beta: f64,
    gamma: f64,
    epsilon: f64,
    price: f64,
    penalty: f64,
    joules_per_block: f64,
    joules_per_head: f64,
    joules_per_check: f64,
    calibrate: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PpoTable {
    steps: u64,
    learning_rate: f64,
    rollout: u32,
    batch: u32,
    epochs: u32,
    discount: f64,
    lambda: f64,
    clip: f64,
    entropy: f64,
    value: f64,
    clip_gradient: f64,
    hidden: Vec<u32>,
    normalise: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct LinearTable {
    ridge: f64,
    iterations: u32,
}

/// The only version of agents' training files so far.
const SCHEMA: u32 = 1;

impl AgentFile {
    /// Whether a training file describes an agent; what cannot be read is for others to refuse.
    pub(crate) fn is_one(path: &Path) -> bool {
        let text = regular::read_text(path, regular::WRITTEN).unwrap_or_default();
        toml::from_str::<toml::Table>(&text).is_ok_and(|file| file.contains_key("agent"))
    }

    /// Reads and checks a training file; its paths become absolute.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.shown();
        let text = regular::read_text(path, regular::WRITTEN).map_err(|error| {
            Stop::usage(format!("cannot read `{name}`: {error}\nhelp: name a training file, such as suites/train/mini_code_agent.toml"))
        })?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            Stop::usage(format!(
                "`{name}`: {error}help: suites/README.md lists the keys of agents' training files"
            ))
        })?;
        file.check()
            .map_err(|message| Stop::usage(format!("`{name}`: {message}\nhelp: see suites/README.md")))?;
        let folder = std::path::absolute(path)?.parent().map(Path::to_path_buf).unwrap_or_default();
        for path in [&mut file.out, &mut file.work, &mut file.agent.model, &mut file.corpus.from] {
            *path = folder.join(&*path);
        }
        let (model, exits) = (file.agent.model.clone(), file.agent.exits.len());
        if let Some((reward, run)) = file.reward.as_mut().and_then(|reward| {
            let run = reward.calibrate.take()?;
            Some((reward, folder.join(run)))
        }) {
            let joules = calibration::read(&run, &model, exits)?;
            reward.joules_per_block = joules.per_block;
            reward.joules_per_head = joules.per_head;
            reward.joules_per_check = joules.per_check;
        }
        Ok(file)
    }

    /// What can be checked without the model; the engine checks the numbers of reward and learner.
    fn check(&self) -> std::result::Result<(), String> {
        let (agent, corpus) = (&self.agent, &self.corpus);
        if self.schema != SCHEMA {
            return Err(format!("`schema = {}`, expected {SCHEMA}", self.schema));
        }
        on_board("agent.learner", &agent.learner, LEARNERS)?;
        if let Some(reward) = &self.reward {
            on_board("reward.name", &reward.name, REWARDS)?;
            on_board("reward.scope", &reward.scope, SCOPES)?;
        }
        if !DTYPES.contains(&agent.dtype.as_str()) {
            return Err(format!("`agent.dtype` is `{}`, expected one of {DTYPES:?}", agent.dtype));
        }
        agent.device.parse::<Device>().map_err(|error| format!("`agent.device`: {error}"))?;
        if agent.exits.is_empty() || !agent.exits.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err("`agent.exits` must name at least one block, and rise".to_owned());
        }
        if !(corpus.share > 0.0 && corpus.share <= 1.0) {
            return Err(format!("`corpus.share` is {}, expected above 0, at most 1", corpus.share));
        }
        if corpus.documents == 0 || corpus.held_out == 0 {
            return Err("`corpus.documents` and `corpus.held-out` must be at least 1".to_owned());
        }
        Ok(())
    }

    /// Where the model comes from.
    pub(super) fn model(&self) -> ModelSource {
        let path = &self.agent.model;
        let kind = if is_gguf(path) { "gguf-file" } else { "hugging-face-folder" };
        ModelSource {
            kind: kind.to_owned(),
            path: Some(path.display().to_string()),
            dtype: self.agent.dtype.clone(),
            ..ModelSource::default()
        }
    }

    /// Blocks after which the agent is asked.
    pub(super) fn exits(&self) -> &[u32] {
        &self.agent.exits
    }

    /// What the engine is asked, with documents in this file.
    pub(super) fn spec(&self, documents: &Path) -> AgentSpec {
        let (agent, corpus) = (&self.agent, &self.corpus);
        AgentSpec {
            name: self.name.clone(),
            device: agent.device.clone(),
            threads: agent.threads,
            seed: self.seed,
            documents: documents.display().to_string(),
            work: self.work.display().to_string(),
            exits: agent.exits.clone(),
            context: corpus.context,
            new_tokens: corpus.new_tokens,
            draws: corpus.draws,
            learner: agent.learner.clone(),
            reward: self.reward.clone().map(RewardSpec::from).unwrap_or_default(),
            ppo: self.ppo.clone().map(PpoSpec::from).unwrap_or_default(),
            linear: self.linear.clone().map(LinearSpec::from).unwrap_or_default(),
            thresholds: agent.thresholds.clone(),
        }
    }
}

/// Refuses a name that its board does not hold.
fn on_board(key: &str, name: &str, board: &[Named]) -> std::result::Result<(), String> {
    let names: Vec<&str> = board.iter().map(|entry| entry.name).collect();
    if names.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, &names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(format!("`{key}` is `{name}`, expected one of `{}`{meant}", names.join("`, `")))
}

impl From<RewardTable> for RewardSpec {
    fn from(table: RewardTable) -> Self {
        Self {
            name: table.name,
            scope: table.scope,
            alpha: table.alpha,
            beta: table.beta,
            gamma: table.gamma,
            epsilon: table.epsilon,
            price: table.price,
            penalty: table.penalty,
            joules_per_block: table.joules_per_block,
            joules_per_head: table.joules_per_head,
            joules_per_check: table.joules_per_check,
        }
    }
}

impl From<PpoTable> for PpoSpec {
    fn from(table: PpoTable) -> Self {
        Self {
            steps: table.steps,
            learning_rate: table.learning_rate,
            rollout: table.rollout,
            batch: table.batch,
            epochs: table.epochs,
            discount: table.discount,
            lambda: table.lambda,
            clip: table.clip,
            entropy: table.entropy,
            value: table.value,
            clip_gradient: table.clip_gradient,
            hidden: table.hidden,
            normalise: table.normalise,
        }
    }
}

impl From<LinearTable> for LinearSpec {
    fn from(table: LinearTable) -> Self {
        Self { ridge: table.ridge, iterations: table.iterations }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SUITES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites");

    fn example() -> (PathBuf, String) {
        let path = Path::new(SUITES).join("train/mini_code_agent.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    }

    #[test]
    fn the_readme_lists_every_key_of_agents_training_files_and_no_other() {
        let (path, text) = example();
        // Unknown keys are refused, and all keys of a table but one are required: what can be read has every key.
        assert!(AgentFile::is_one(&path));
        AgentFile::read(&path).unwrap();
        let mut written = BTreeSet::from(["reward.calibrate".to_owned()]);
        for (key, value) in &toml::from_str::<toml::Table>(&text).unwrap() {
            match value.as_table() {
                Some(table) => written.extend(table.keys().map(|inner| format!("{key}.{inner}"))),
                None => drop(written.insert(key.clone())),
            }
        }
        for table in ["reward.alpha", "ppo.steps", "linear.ridge"] {
            assert!(written.contains(table), "the example leaves `{table}` out");
        }
        let readme = std::fs::read_to_string(Path::new(SUITES).join("README.md")).unwrap();
        let (_, section) = readme.split_once("\n## Agent training files\n").unwrap();
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), written);
        for name in [LEARNERS, REWARDS, SCOPES].concat() {
            assert!(section.contains(&format!("`{}`", name.name)), "`{}` is not explained", name.name);
        }
    }

    #[test]
    fn every_shipped_file_of_an_agent_can_be_read() {
        let files = std::fs::read_dir(Path::new(SUITES).join("train")).unwrap();
        let paths = files.map(|file| file.unwrap().path()).filter(|path| AgentFile::is_one(path));
        let names: BTreeSet<String> = paths.map(|path| AgentFile::read(&path).unwrap().name).collect();
        assert!(names.len() >= 4, "{names:?}: some are gone, or would overwrite one another");
    }

    #[test]
    fn the_example_has_the_papers_hyper_parameters() {
        let spec = AgentFile::read(&example().0).unwrap().spec(Path::new("documents.json"));
        let paper = PpoSpec { normalise: spec.ppo.normalise, ..PpoSpec::default() };
        assert_eq!(
            (spec.ppo, spec.reward, spec.linear),
            (paper, RewardSpec::default(), LinearSpec::default())
        );
        assert_eq!((spec.seed, spec.context, spec.new_tokens), (420, [0.2, 0.5], 15));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_next_action() {
        let (_, good) = example();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed.toml");
        for (from, to, words) in [
            ("schema = 1", "schema = 2", "`schema = 2`, expected 1"),
            ("learner = \"ppo\"", "learner = \"pop\"", "did you mean `ppo`?"),
            ("name = \"alignment\"", "name = \"aligment\"", "did you mean `alignment`?"),
            ("scope = \"blocks\"", "scope = \"all\"", "expected one of `blocks`, `exits`"),
            ("dtype = \"f32\"", "dtype = \"f31\"", "`agent.dtype`"),
            ("device = \"cpu\"", "device = \"gpu\"", "`agent.device`"),
            ("exits = [2,", "exits = [4, 2,", "and rise"),
            ("share = ", "share = 1", "`corpus.share`"),
            ("epochs = 6", "epoch = 6", "unknown field `epoch`"),
        ] {
            assert!(good.contains(from), "{from}");
            std::fs::write(&path, good.replacen(from, to, 1)).unwrap();
            let message = AgentFile::read(&path).unwrap_err().to_string();
            assert!(message.contains(words) && message.contains("help: "), "{from}: {message}");
        }
        let message = AgentFile::read(Path::new("absent.toml")).unwrap_err().to_string();
        assert!(message.contains("cannot read `absent.toml`"), "{message}");
    }
}
