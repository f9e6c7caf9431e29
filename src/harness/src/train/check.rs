//! What can be said against a training file before anything else is read.

use harness_meter::Device;
use harness_protocol::Matmul;

use super::file::{ExitsFile, ModelFile, StepsFile, TrainFile, WeightRule};

/// The only version of training files so far.
const SCHEMA: u32 = 1;

type Checked = Result<(), String>;

/// The first thing that is wrong, in a sentence.
pub(super) fn check(file: &TrainFile) -> Checked {
    if file.schema != SCHEMA {
        return Err(format!("`schema = {}`, expected {SCHEMA}", file.schema));
    }
    match (&file.model, &file.start) {
        (Some(new), None) => model(new)?,
        (None, Some(start)) if start.path.is_some() == start.hub.is_some() => {
            return Err("`start` needs one of `path` and `hub`".to_owned());
        }
        (None, Some(start)) if start.revision.is_some() && start.hub.is_none() => {
            return Err("`start.revision` belongs to `start.hub`".to_owned());
        }
        (None, Some(_)) => {}
        _ => {
            return Err(
                "expected one of the tables `model` (random weights) and `start` (a checkpoint)".to_owned()
            );
        }
    }
    exits(&file.exits)?;
    steps(&file.steps)?;
    if let Some(new) = &file.model {
        fits(file, new.layers, new.context)?;
    }
    if file.steps.dtype == "bf16" && file.lora.is_none() {
        return Err("`steps.dtype` is `bf16`, whose steps are coarser than what a learning rate adds; write `f32`, or train with `[lora]`".to_owned());
    }
    if let Some(lora) = &file.lora
        && (lora.rank == 0 || lora.targets.is_empty() || !above_zero(lora.alpha))
    {
        return Err(
            "`[lora]` needs a `rank` of at least 1, an `alpha` above 0 and at least one of `targets`"
                .to_owned(),
        );
    }
    file.meter
        .check()
        .map_err(|error| format!("`{}` is {}, expected {}", error.key, error.found, error.expected))
}

/// What must hold between the file and the model that it names.
pub(super) fn fits(file: &TrainFile, layers: u32, context: u32) -> Checked {
    if file.exits.layers.last() != Some(&layers) {
        return Err(format!("`exits.layers` must rise to the last block, {layers}"));
    }
    if !(2..=context).contains(&file.steps.sequence) {
        return Err(format!("`steps.sequence` is {}, expected 2 to {context}", file.steps.sequence));
    }
    Ok(())
}

fn model(model: &ModelFile) -> Checked {
    if model.heads == 0 || model.kv_heads == 0 || !model.heads.is_multiple_of(model.kv_heads) {
        return Err("`kv-heads` must divide `heads`".to_owned());
    }
    if !model.width.is_multiple_of(model.heads) || !(model.width / model.heads).is_multiple_of(2) {
        return Err("`width / heads` must be an even number".to_owned());
    }
    Ok(())
}

fn exits(exits: &ExitsFile) -> Checked {
    let rising = exits.layers.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || exits.layers.first().is_none_or(|first| *first == 0) {
        return Err("`exits.layers` must rise from 1 or more, each block named once".to_owned());
    }
    if exits.per_step == Some(0) {
        return Err("`exits.per-step` holds 0, expected at least 1".to_owned());
    }
    let budgets = [exits.first_half, exits.second_half, exits.decay];
    match exits.weights {
        WeightRule::Uniform if budgets.iter().any(Option::is_some) => {
            Err("`first-half`, `second-half` and `decay` belong to `weights = \"budgets\"`".to_owned())
        }
        WeightRule::Uniform => Ok(()),
        WeightRule::Budgets => {
            let [Some(first), Some(second), Some(decay)] = budgets else {
                return Err(
                    "`exits` needs `first-half`, `second-half` and `decay`, or `weights = \"uniform\"`"
                        .to_owned(),
                );
            };
            if !(first >= 0.0 && second >= 0.0 && first + second < 1.0) {
                return Err("`first-half` and `second-half` must leave a share for the last block".to_owned());
            }
            if above_zero(decay) {
                Ok(())
            } else {
                Err(format!("`exits.decay` is {decay}, expected a number above 0"))
            }
        }
    }
}

fn steps(steps: &StepsFile) -> Checked {
    if steps.tokens.is_some() == steps.epochs.is_some() {
        return Err("`steps` needs one of `tokens` and `epochs`".to_owned());
    }
    for (name, value) in [
        ("batch", u64::from(steps.batch)),
        ("accumulate", u64::from(steps.accumulate)),
        ("tokens", steps.tokens.unwrap_or(1)),
        ("epochs", steps.epochs.map_or(1, u64::from)),
        ("threads", u64::from(steps.threads)),
        ("evaluate-steps", steps.evaluate_steps.unwrap_or(1)),
        ("curve-tokens", steps.curve_tokens),
    ] {
        if value == 0 {
            return Err(format!("`steps.{name}` holds 0, expected at least 1"));
        }
    }
    for (name, value) in [("learning-rate", steps.learning_rate), ("clip", steps.clip)] {
        if !above_zero(value) {
            return Err(format!("`steps.{name}` is {value}, expected a number above 0"));
        }
    }
    for (name, value) in [("dtype", &steps.dtype), ("saved-dtype", &steps.saved_dtype)] {
        if !["f32", "bf16"].contains(&value.as_str()) {
            return Err(format!("`steps.{name}` is `{value}`, expected `f32` or `bf16`"));
        }
    }
    if steps.matmul == Matmul::Tf32 && steps.device == Device::Cpu {
        return Err("`steps.matmul` is `tf32`, which only CUDA devices multiply in".to_owned());
    }
    Ok(())
}

fn above_zero(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::TrainFile;

    /// What is said against `mini_code.toml` with these changes; empty: nothing.
    fn said(changes: &[(&str, &str)]) -> String {
        let suites = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites"));
        let good = std::fs::read_to_string(suites.join("train/mini_code.toml")).unwrap();
        let changed = changes.iter().fold(good, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed.toml");
        std::fs::write(&path, changed).unwrap();
        let said = TrainFile::read(&path).err().map_or(String::new(), |error| error.to_string());
        assert!(said.is_empty() || said.contains("\nhelp: "), "{said}");
        said
    }

    #[test]
    fn devices_and_precisions_that_do_not_go_together_are_refused_before_anything_is_read() {
        assert_eq!(said(&[("\"cuda:0\"", "\"cpu\""), ("\"tf32\"", "\"bf16\"")]), "");
        for (changes, words) in [
            (("\"cuda:0\"", "\"cpu\""), "only CUDA devices multiply in"),
            (("\"cuda:0\"", "\"gpu\""), "`gpu` is no device, expected `cpu` or `cuda:N`"),
            (("\"tf32\"", "\"f64\""), "unknown variant `f64`, expected one of `f32`, `tf32`, `bf16`"),
        ] {
            let message = said(&[changes]);
            assert!(message.contains(words), "{changes:?}: {message}");
        }
    }

    #[test]
    fn exits_and_weights_that_make_no_sense_are_refused_before_anything_is_read() {
        const LAYERS: &str = "layers = [2, 4, 6, 8, 10, 12, 14, 16]";
        for (change, words) in [
            ((LAYERS, "layers = [2, 17]"), "must rise to the last block, 16"),
            ((LAYERS, "layers = [2, 4]"), "must rise to the last block, 16"),
            ((LAYERS, "layers = [2, 2, 16]"), "each block named once"),
            ((LAYERS, "layers = [4, 2, 16]"), "must rise"),
            ((LAYERS, "layers = [0, 16]"), "from 1 or more"),
            ((LAYERS, "layers = []"), "must rise"),
            (("per-step = 3", "per-step = 0"), "`exits.per-step`"),
            (("first-half = 0.4", "first-half = 0.8"), "must leave a share"),
            (("first-half = 0.4", ""), "needs `first-half`"),
            (("first-half = 0.4", "weights = \"uniform\""), "belong to `weights"),
            (("decay = 0.9", "decay = -1"), "`exits.decay`"),
        ] {
            let message = said(&[change]);
            assert!(message.contains(words), "{change:?}: {message}");
        }
    }

    #[test]
    fn steps_and_starts_that_make_no_sense_are_refused_before_anything_is_read() {
        const BATCH: &str = "batch = 48";
        for (change, words) in [
            (("tokens = 150_000_000", "epochs = 0"), "`steps.epochs` holds 0"),
            (("tokens = 150_000_000", ""), "one of `tokens` and `epochs`"),
            ((BATCH, "batch = 0"), "`steps.batch` holds 0"),
            ((BATCH, "batch = 48\naccumulate = 0"), "`steps.accumulate` holds 0"),
            ((BATCH, "batch = 48\ndtype = \"bf16\""), "train with `[lora]`"),
            ((BATCH, "batch = 48\nschedule = \"linear\""), "`cosine` or `constant`"),
            (("learning-rate = 0.003", "learning-rate = nan"), "`steps.learning-rate`"),
            (("sequence = 512", "sequence = 2048"), "expected 2 to 1024"),
            (("[exits]", "[start]\npath = \"x\"\n[exits]"), "one of the tables `model`"),
            (("[exits]", "[lora]\nrank = 0\nalpha = 1\ntargets = []\n[exits]"), "`rank` of at least 1"),
            (("[corpus]", "meters = 3\n[corpus]"), "expected a sequence"),
        ] {
            let message = said(&[change]);
            assert!(message.contains(words), "{change:?}: {message}");
        }
    }
}
