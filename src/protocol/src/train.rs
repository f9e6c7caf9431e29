//! What a training request says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::source::ModelSource;

/// A multi-exit language model to train on token streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// What the weights are before the first step.
    pub start: Start,
    /// File of little-endian u32 token ids, documents one after the other.
    pub stream: String,
    /// The token that opens every document of a stream.
    pub document_start: u32,
    /// Streams on which next-token accuracy is measured at the end: (name, file).
    pub evaluate: Vec<(String, String)>,
    /// Also measured before the first step and after every so many: the first stream's first `curve_tokens`.
    pub evaluate_steps: Option<u64>,
    /// Tokens that are measured on during the training.
    pub curve_tokens: u64,
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
    /// Sequences that are computed together.
    pub batch: u32,
    /// Batches whose gradients one step adds up.
    pub accumulate: u32,
    /// How the learning rate runs after the warm-up.
    pub schedule: Schedule,
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
    /// Train two thin matrices beside each of some projections, and nothing else; None: train all weights.
    pub lora: Option<Lora>,
    /// Keep the blocks' inputs alone and run each block again in the backward pass: less memory, a third more time.
    pub gradient_checkpointing: bool,
    /// Where it runs: `cpu` or `cuda:N`.
    pub device: String,
    /// Precision of the matrix products.
    pub matmul: Matmul,
    /// Number format of weights that are not trained: `f32` or `bf16`.
    pub dtype: String,
    /// Number format of the weights in the file that is written at the end: `bf16` or `f32`.
    pub saved_dtype: String,
    /// Seconds between checkpoints.
    pub checkpoint_seconds: u64,
    /// Seeds weights, order and exits.
    pub seed: u64,
    /// Threads of the tensor library.
    pub threads: u32,
}

/// What a training starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Random weights.
    New(TrainModel),
    /// The weights of a checkpoint, whatever its architecture.
    Checkpoint {
        /// Where it is; its `dtype` is not looked at.
        source: ModelSource,
        /// SHA-256 of its weight files, so that a training that is called again starts from the same ones.
        weights_sha256: String,
    },
}

/// How the learning rate runs after the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Half a cosine from the peak to its final share.
    #[default]
    Cosine,
    /// The peak.
    Constant,
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Cosine => "cosine",
            Self::Constant => "constant",
        })
    }
}

/// Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): `W + alpha / rank · B A` in the place of `W`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lora {
    /// Rows of A, columns of B.
    pub rank: u32,
    /// Numerator of the factor.
    pub alpha: f64,
    /// Projections by their last name in checkpoints, such as `q_proj`.
    pub targets: Vec<String>,
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

/// The architecture of a new model: a Llama.
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
