//! The training file: as written, and turned into what the engine is asked.

use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_meter::Device;
use harness_protocol::{Matmul, TrainModel, TrainSpec};
use harness_task::{CorpusForm, CorpusSpec};
use serde::{Deserialize, Deserializer, de};

use crate::stop::Stop;

/// A training file as written; paths are relative to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TrainFile {
    schema: u32,
    /// The model's name.
    pub(crate) name: String,
    seed: u64,
    /// Receives the model folder.
    out: PathBuf,
    /// Keeps streams and checkpoints between calls.
    work: PathBuf,
    pub(crate) corpus: CorpusFile,
    pub(crate) model: ModelFile,
    pub(crate) exits: ExitsFile,
    pub(crate) steps: StepsFile,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CorpusFile {
    folder: PathBuf,
    pub(crate) form: CorpusForm,
    seed: u64,
    held_out: f64,
    max_tokens: u64,
    evaluate_tokens: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ModelFile {
    pub(crate) vocabulary: u32,
    pub(crate) width: u32,
    pub(crate) layers: u32,
    pub(crate) heads: u32,
    pub(crate) kv_heads: u32,
    pub(crate) ffn: u32,
    pub(crate) context: u32,
}

/// GREEN-CODE's weights: a budget each for the exits of the first half, of the second half and for the
/// last block; inside a half they fall by `decay` from exit to exit.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ExitsFile {
    pub(crate) layers: Vec<u32>,
    pub(crate) first_half: f64,
    pub(crate) second_half: f64,
    decay: f64,
    pub(crate) per_step: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct StepsFile {
    pub(crate) tokens: u64,
    pub(crate) sequence: u32,
    pub(crate) batch: u32,
    pub(crate) learning_rate: f64,
    final_learning_rate: f64,
    warm_up: u64,
    weight_decay: f64,
    betas: [f64; 2],
    clip: f64,
    #[serde(deserialize_with = "device")]
    device: Device,
    pub(crate) matmul: Matmul,
    checkpoint_seconds: u64,
    pub(crate) threads: u32,
}

/// The only version of training files so far.
const SCHEMA: u32 = 1;

impl TrainFile {
    /// Reads and checks a training file; its paths become absolute.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::usage(format!("cannot read `{name}`: {error}\nhelp: name a training file, such as suites/train/mini_code.toml")))?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            Stop::usage(format!("`{name}`: {error}help: suites/README.md lists the keys of training files"))
        })?;
        file.check()
            .map_err(|message| Stop::usage(format!("`{name}`: {message}\nhelp: see suites/README.md")))?;
        let folder = std::path::absolute(path)?.parent().map(Path::to_path_buf).unwrap_or_default();
        for path in [&mut file.out, &mut file.work, &mut file.corpus.folder] {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    fn check(&self) -> std::result::Result<(), String> {
        let exits = &self.exits;
        if self.schema != SCHEMA {
            return Err(format!("`schema = {}`, expected {SCHEMA}", self.schema));
        }
        if exits.layers.last() != Some(&self.model.layers)
            || !exits.layers.windows(2).all(|pair| pair[0] < pair[1])
        {
            return Err(format!("`exits.layers` must rise to the last block, {}", self.model.layers));
        }
        if !(exits.first_half >= 0.0
            && exits.second_half >= 0.0
            && exits.first_half + exits.second_half < 1.0)
        {
            return Err("`first-half` and `second-half` must leave a share for the last block".to_owned());
        }
        let steps = &self.steps;
        for (name, value) in [
            ("steps.batch", u64::from(steps.batch)),
            ("steps.tokens", steps.tokens),
            ("steps.warm-up", steps.warm_up),
            ("steps.threads", u64::from(steps.threads)),
            ("exits.layers", u64::from(exits.layers[0])),
        ] {
            if value == 0 {
                return Err(format!("`{name}` holds 0, expected at least 1"));
            }
        }
        if !(2..=self.model.context).contains(&steps.sequence) {
            return Err(format!(
                "`steps.sequence` is {}, expected 2 to {}",
                steps.sequence, self.model.context
            ));
        }
        if steps.matmul == Matmul::Tf32 && steps.device == Device::Cpu {
            return Err("`steps.matmul` is `tf32`, which only CUDA devices multiply in".to_owned());
        }
        if self.model.heads == 0
            || self.model.kv_heads == 0
            || !self.model.heads.is_multiple_of(self.model.kv_heads)
        {
            return Err("`kv-heads` must divide `heads`".to_owned());
        }
        if !self.model.width.is_multiple_of(self.model.heads)
            || !(self.model.width / self.model.heads).is_multiple_of(2)
        {
            return Err("`width / heads` must be an even number".to_owned());
        }
        Ok(())
    }

    /// Where the model goes.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Where streams and checkpoints are kept.
    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    /// Where the corpus is.
    pub(crate) fn corpus_folder(&self) -> &Path {
        &self.corpus.folder
    }

    /// Tokens of each evaluation.
    pub(crate) fn evaluate_tokens(&self) -> u64 {
        self.corpus.evaluate_tokens
    }

    /// What the corpus is made into.
    pub(crate) fn corpus_spec(&self) -> CorpusSpec {
        CorpusSpec {
            folder: self.corpus.folder.clone(),
            form: self.corpus.form,
            vocabulary: self.model.vocabulary as usize,
            held_out: self.corpus.held_out,
            seed: self.corpus.seed,
            max_tokens: Some(self.corpus.max_tokens),
            out: self.work.clone(),
        }
    }

    /// What the engine is asked, with these evaluation streams.
    pub(crate) fn spec(&self, stream: &Path, evaluate: Vec<(String, String)>) -> TrainSpec {
        let (model, steps) = (&self.model, &self.steps);
        TrainSpec {
            model: TrainModel {
                vocabulary: model.vocabulary,
                width: model.width,
                layers: model.layers,
                heads: model.heads,
                kv_heads: model.kv_heads,
                ffn: model.ffn,
                context: model.context,
            },
            stream: stream.display().to_string(),
            evaluate,
            exits: self.exits.layers.clone(),
            exit_weights: self.exits.weights(),
            exits_per_step: self.exits.per_step,
            tokens: steps.tokens,
            sequence: steps.sequence,
            batch: steps.batch,
            learning_rate: steps.learning_rate,
            final_learning_rate: steps.final_learning_rate,
            warm_up_steps: steps.warm_up,
            weight_decay: steps.weight_decay,
            betas: (steps.betas[0], steps.betas[1]),
            clip: steps.clip,
            device: steps.device.to_string(),
            matmul: steps.matmul,
            checkpoint_seconds: steps.checkpoint_seconds,
            seed: self.seed,
            threads: steps.threads,
        }
    }
}

fn device<'de, D: Deserializer<'de>>(text: D) -> std::result::Result<Device, D::Error> {
    String::deserialize(text)?.parse().map_err(de::Error::custom)
}

impl ExitsFile {
    /// w_i = B · d^k / Σ d^j within each half; the last block gets what is left.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let Some((last, early)) = self.layers.split_last() else { return Vec::new() };
        let (first, second): (Vec<u32>, Vec<u32>) = early.iter().partition(|layer| **layer * 2 <= *last);
        let spread = |count: usize, budget: f64| {
            let powers: Vec<f64> = (0..count).map(|k| self.decay.powi(k as i32)).collect();
            let sum: f64 = powers.iter().sum();
            powers.into_iter().map(move |power| budget * power / sum).collect::<Vec<f64>>()
        };
        let mut weights = spread(first.len(), self.first_half);
        weights.extend(spread(second.len(), self.second_half));
        weights.push(1.0 - weights.iter().sum::<f64>());
        weights
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn weights_of_the_paper_come_out_for_its_models() {
        // GREEN-CODE, Llama-3.2-3B: exits after blocks 4, 6, 8, 10, 12, 14, 18, 22, 26 of 28.
        let exits = ExitsFile {
            layers: vec![4, 6, 8, 10, 12, 14, 18, 22, 26, 28],
            first_half: 0.7,
            second_half: 0.2,
            decay: 0.9,
            per_step: 3,
        };
        let paper = [0.14939, 0.13445, 0.12101, 0.10891, 0.09802, 0.08822, 0.07380, 0.06642, 0.05978, 0.10];
        for (ours, theirs) in exits.weights().iter().zip(paper) {
            assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
        }
    }

    #[test]
    fn devices_and_precisions_that_do_not_go_together_are_refused_before_anything_is_read() {
        let suites = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites"));
        let good = std::fs::read_to_string(suites.join("train/mini_code.toml")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed.toml");
        for (changes, words) in [
            ([("\"cuda:0\"", "\"cpu\""), ("\"tf32\"", "\"bf16\"")].as_slice(), ""),
            (&[("\"cuda:0\"", "\"cpu\"")], "only CUDA devices multiply in"),
            (&[("\"cuda:0\"", "\"gpu\"")], "`gpu` is no device, expected `cpu` or `cuda:N`"),
            (&[("\"tf32\"", "\"f64\"")], "unknown variant `f64`, expected one of `f32`, `tf32`, `bf16`"),
        ] {
            let changed = changes.iter().fold(good.clone(), |text, (from, to)| {
                assert!(text.contains(from), "{from}");
                text.replace(from, to)
            });
            std::fs::write(&path, changed).unwrap();
            let message = TrainFile::read(&path).err().map_or(String::new(), |error| error.to_string());
            assert!(
                message.contains(words) && message.is_empty() == words.is_empty(),
                "{changes:?}: {message}"
            );
            assert!(words.is_empty() || message.contains("\nhelp: "), "{message}");
        }
    }

    /// Every key with its table's name before it: `seed`, `corpus.folder` …
    fn keys_of(file: &toml::Table) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for (key, value) in file {
            let table = value.as_table().or_else(|| value.as_array()?.first()?.as_table());
            match table {
                Some(table) => keys.extend(table.keys().map(|inner| format!("{key}.{inner}"))),
                None => drop(keys.insert(key.clone())),
            }
        }
        keys
    }

    #[test]
    fn the_readme_lists_every_key_of_training_files_and_no_other() {
        let suites = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites"));
        let path = suites.join("train/mini_code.toml");
        // Unknown keys are refused and all are required: what can be read has every key.
        TrainFile::read(&path).unwrap();
        let written = keys_of(&toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap());
        let readme = std::fs::read_to_string(suites.join("README.md")).unwrap();
        let (_, section) = readme.split_once("\n## Training files\n").unwrap();
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), written);
    }
}
