//! What a training file comes to: the corpus to prepare, and what the engine is asked.

use harness_protocol::{Lora, TrainSpec};
use harness_task::{CorpusSpec, TokenizerSpec};

use super::base::Base;
use super::file::TrainFile;
use super::streams::Streams;

impl TrainFile {
    /// What the corpus is made into.
    pub(crate) fn corpus_spec(&self, tokenizer: TokenizerSpec) -> CorpusSpec {
        CorpusSpec {
            path: self.corpus.path.clone(),
            form: self.corpus.form,
            tokenizer,
            held_out: self.corpus.held_out,
            seed: self.corpus.seed,
            max_tokens: self.corpus.max_tokens,
            out: self.work.clone(),
        }
    }

    /// Tokens of one step.
    pub(crate) fn tokens_per_step(&self) -> u64 {
        let steps = &self.steps;
        u64::from(steps.sequence) * u64::from(steps.batch) * u64::from(steps.accumulate)
    }

    /// Tokens to see, of a stream of so many: whole batches where passes are asked for.
    fn tokens(&self, stream: u64) -> u64 {
        let steps = &self.steps;
        let batch = u64::from(steps.sequence) * u64::from(steps.batch);
        let pass = stream.saturating_sub(1) / u64::from(steps.sequence) / u64::from(steps.batch) * batch;
        steps.tokens.unwrap_or_else(|| u64::from(steps.epochs.unwrap_or(1)) * pass)
    }

    /// What the engine is asked.
    pub(crate) fn spec(&self, base: &Base, streams: &Streams) -> TrainSpec {
        let steps = &self.steps;
        TrainSpec {
            start: base.start.clone(),
            stream: streams.train.display().to_string(),
            document_start: streams.prepared.boundary.start,
            evaluate: streams.evaluate.clone(),
            evaluate_steps: steps.evaluate_steps,
            curve_tokens: steps.curve_tokens,
            exits: self.exits.layers.clone(),
            exit_weights: self.exits.shares(),
            exits_per_step: self.exits.at_once(),
            tokens: self.tokens(streams.prepared.tokens),
            sequence: steps.sequence,
            batch: steps.batch,
            accumulate: steps.accumulate,
            schedule: steps.schedule,
            learning_rate: steps.learning_rate,
            final_learning_rate: steps.final_learning_rate,
            warm_up_steps: steps.warm_up,
            weight_decay: steps.weight_decay,
            betas: (steps.betas[0], steps.betas[1]),
            clip: steps.clip,
            lora: self.lora.as_ref().map(|lora| Lora {
                rank: lora.rank,
                alpha: lora.alpha,
                targets: lora.targets.clone(),
            }),
            gradient_checkpointing: steps.gradient_checkpointing,
            device: steps.device.to_string(),
            matmul: steps.matmul,
            dtype: steps.dtype.clone(),
            saved_dtype: steps.saved_dtype.clone(),
            checkpoint_seconds: steps.checkpoint_seconds,
            seed: self.seed,
            threads: steps.threads,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use schemars::schema_for;
    use serde_json::Value as Json;

    use super::*;

    fn suites() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites"))
    }

    #[test]
    fn training_files_of_this_project_can_be_read_and_name_passes_or_tokens() {
        for name in ["mini_code", "mini_python"] {
            let file = TrainFile::read(&suites().join(format!("train/{name}.toml"))).unwrap();
            assert_eq!((file.tokens(1), file.exits.at_once()), (file.steps.tokens.unwrap(), 3), "{name}");
        }
        let mut file = TrainFile::read(&suites().join("train/mini_python.toml")).unwrap();
        (file.steps.tokens, file.steps.epochs, file.steps.accumulate) = (None, Some(5), 16);
        // 256 · 8 tokens a batch: nine whole batches of a stream of a little more.
        assert_eq!(file.tokens(9 * 2048 + 300), 5 * 9 * 2048);
        assert_eq!(file.tokens_per_step(), 256 * 128);
    }

    /// Keys of a table of the schema, tables inside it with their name before their keys.
    fn keys_of(schema: &Json, table: &Json, depth: usize) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            let choices = value["anyOf"].as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let inner = choices.iter().find_map(|choice| {
                let name = choice["$ref"].as_str()?.rsplit('/').next()?;
                Some(&schema["$defs"][name]).filter(|inner| inner["properties"].is_object())
            });
            match inner.filter(|_| depth == 0 && key != "meter") {
                Some(inner) => {
                    keys.extend(keys_of(schema, inner, 1).iter().map(|inner| format!("{key}.{inner}")))
                }
                None => drop(keys.insert(key.clone())),
            }
        }
        keys
    }

    #[test]
    fn the_readme_lists_every_key_of_training_files_and_no_other() {
        let schema = schema_for!(TrainFile).to_value();
        let readme = std::fs::read_to_string(suites().join("README.md")).unwrap();
        let (_, section) = readme.split_once("\n## Training files\n").unwrap();
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), keys_of(&schema, &schema, 0));
    }
}
