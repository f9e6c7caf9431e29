//! Whether a training goes on from a checkpoint: only from one of the same training.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use harness_protocol::{Matmul, TrainSpec};
use harness_text::printable::Shown;

use super::curve::CURVE;
use super::metered::NOTE;
use super::progress::PROGRESS;
use crate::stop::Stop;
use crate::store::write_json;

/// The engine's state.
const CHECKPOINT: &str = "checkpoint.safetensors";

/// A checkpoint of another training must not be continued in silence; what is evaluated, and where and how
/// exactly is computed, may change.
pub(super) fn resumable(work: &Path, spec: &TrainSpec, fresh: bool) -> Result<bool> {
    let (note, checkpoint) = (work.join("spec.json"), work.join(CHECKPOINT));
    let training = TrainSpec {
        evaluate: Vec::new(),
        evaluate_steps: None,
        curve_tokens: 1,
        device: "cpu".to_owned(),
        matmul: Matmul::F32,
        gradient_checkpointing: false,
        threads: 1,
        ..spec.clone()
    };
    let noted = fs::read(&note).ok().and_then(|text| serde_json::from_slice::<TrainSpec>(&text).ok());
    if checkpoint.is_file() && noted.as_ref() != Some(&training) && !fresh {
        let message = format!(
            "`{}` holds a checkpoint of another training\nhelp: pass `--fresh` to begin anew, or restore the training file",
            work.shown()
        );
        return Err(Stop::usage(message).into());
    }
    if fresh || !checkpoint.is_file() {
        for old in [PROGRESS, CURVE, NOTE, CHECKPOINT].map(|name| work.join(name)) {
            if old.is_file() {
                fs::remove_file(&old).with_context(|| format!("cannot remove `{}`", old.shown()))?;
            }
        }
    }
    write_json(&note, &training)?;
    Ok(!fresh)
}

#[cfg(test)]
mod tests {
    use harness_protocol::{Schedule, Start, TrainModel};

    use super::*;

    fn spec() -> TrainSpec {
        let model =
            TrainModel { vocabulary: 300, width: 8, layers: 2, heads: 2, kv_heads: 1, ffn: 8, context: 32 };
        TrainSpec {
            start: Start::New(model),
            stream: "train.u32".to_owned(),
            document_start: 0,
            evaluate: Vec::new(),
            evaluate_steps: Some(10),
            curve_tokens: 100,
            exits: vec![1, 2],
            exit_weights: vec![0.5, 0.5],
            exits_per_step: 2,
            tokens: 1000,
            sequence: 16,
            batch: 2,
            accumulate: 1,
            schedule: Schedule::Cosine,
            learning_rate: 0.01,
            final_learning_rate: 0.1,
            warm_up_steps: 2,
            weight_decay: 0.1,
            betas: (0.9, 0.95),
            clip: 1.0,
            lora: None,
            gradient_checkpointing: false,
            device: "cuda:0".to_owned(),
            matmul: Matmul::Tf32,
            dtype: "f32".to_owned(),
            saved_dtype: "bf16".to_owned(),
            checkpoint_seconds: 60,
            seed: 3,
            threads: 8,
        }
    }

    #[test]
    fn a_checkpoint_may_move_to_another_device_but_not_into_another_training() {
        let work = tempfile::tempdir().unwrap();
        let spec = spec();
        assert!(resumable(work.path(), &spec, false).unwrap());
        fs::write(work.path().join(CHECKPOINT), "").unwrap();
        fs::write(work.path().join(CURVE), "").unwrap();

        let moved = TrainSpec { device: "cpu".to_owned(), matmul: Matmul::F32, threads: 2, ..spec.clone() };
        assert!(moved != spec && resumable(work.path(), &moved, false).unwrap());
        let other = TrainSpec { seed: spec.seed + 1, ..spec };
        let message = resumable(work.path(), &other, false).unwrap_err().to_string();
        assert!(
            message.contains("a checkpoint of another training") && message.contains("--fresh"),
            "{message}"
        );
        assert!(work.path().join(CURVE).is_file());
        assert!(!resumable(work.path(), &other, true).unwrap());
        assert!(!work.path().join(CURVE).is_file(), "what the old training left is gone");
    }
}
