//! What a training request says.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A multi-exit language model to train from scratch on token streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// The architecture.
    pub model: TrainModel,
    /// File of little-endian u16 token ids, documents one after the other.
    pub stream: String,
    /// Streams on which next-token accuracy is measured at the end: (name, file).
    pub evaluate: Vec<(String, String)>,
    /// Blocks after which the loss is taken, 1-based and rising; the last is the number of layers.
    pub exits: Vec<u32>,
    /// Weight of each exit's cross-entropy; they add up to 1.
    pub exit_weights: Vec<f64>,
    /// Exits whose loss is taken in one step: the last one always, the others drawn at random.
    pub exits_per_step: u32,
    /// Tokens to see.
    pub tokens: u64,
    /// Tokens of one sequence.
    pub sequence: u32,
    /// Sequences of one step.
    pub batch: u32,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Share of the peak that the cosine ends at.
    pub final_learning_rate: f64,
    /// Steps of linear warm-up.
    pub warm_up_steps: u64,
    /// Of AdamW, on matrices only.
    pub weight_decay: f64,
    /// Of AdamW.
    pub betas: (f64, f64),
    /// Largest global norm of the gradient.
    pub clip: f64,
    /// Where it runs: `cpu` or `cuda:N`.
    pub device: String,
    /// Precision of the matrix products.
    pub matmul: Matmul,
    /// Seconds between checkpoints.
    pub checkpoint_seconds: u64,
    /// Seeds weights, order and exits.
    pub seed: u64,
    /// Threads of the tensor library.
    pub threads: u32,
}

/// Precision of a training's matrix products; weights, optimiser state and results are always f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matmul {
    /// Linear products and attention in f32.
    F32,
    /// Linear products in NVIDIA's TF32, attention in bf16; on CUDA only.
    Tf32,
    /// Linear products and attention in bf16.
    Bf16,
}

impl fmt::Display for Matmul {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        })
    }
}

/// Environment variable that lets cuBLAS multiply f32 matrices in TF32: `1` for [`Matmul::Tf32`], else `0`.
/// libtorch reads it once, with its first tensor, so whoever starts the engine sets it.
pub const TF32_SWITCH: &str = "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE";

/// The architecture of a model to train: a Llama.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainModel {
    /// Entries of the tokenizer.
    pub vocabulary: u32,
    /// Features of the residual stream.
    pub width: u32,
    /// Blocks.
    pub layers: u32,
    /// Query heads.
    pub heads: u32,
    /// Key and value heads; divides `heads`.
    pub kv_heads: u32,
    /// Neurons of each feed-forward layer.
    pub ffn: u32,
    /// Longest context, tokens.
    pub context: u32,
}
