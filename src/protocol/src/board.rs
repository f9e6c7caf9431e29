//! The boards of what engines know by name: models, dtypes, compressions; exit policies in [`EXITS`](crate::EXITS).
//!
//! They hang here because both sides read them: `harness` lists, explains and validates from them
//! without libtorch, and the engine's own tables are checked against them by a test.

use serde_json::Value as Json;

/// One named thing with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The name used in suites.
    pub name: &'static str,
    /// The TOML key that introduces it (`quantize`, `prune`, `policy` …).
    pub key: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What can be set.
    pub parameters: &'static [Parameter],
}

/// One parameter of an [`Entry`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The TOML key.
    pub name: &'static str,
    /// What values it takes.
    pub value: Value,
    /// Taken when the key is absent; None: the key is required.
    pub default: Option<&'static str>,
    /// What it means, in one sentence.
    pub summary: &'static str,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A number within these bounds, ends included.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// A whole number within these bounds, ends included.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A file, relative to the suite; what it holds counts in the suite's hash.
    Path,
    /// Whole numbers within these bounds, each larger than the one before it; may be empty.
    Rising {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
}

impl Value {
    /// A default, which boards write as text, as the value that it stands for; null where it is none.
    pub fn written(self, default: &str) -> Json {
        match self {
            Self::Word(_) | Self::Path => Json::from(default),
            Self::Number { .. } => default.parse::<f64>().map_or(Json::Null, Json::from),
            Self::Integer { .. } | Self::Flag | Self::Rising { .. } => {
                serde_json::from_str(default).unwrap_or(Json::Null)
            }
        }
    }
}

/// Sources of weights, chosen by the key they are given under in `[model]`.
pub const MODELS: &[Entry] = &[
    Entry {
        name: "hugging-face-folder",
        key: "path",
        summary: "a folder with config.json, safetensors and tokenizer.json",
        parameters: &[],
    },
    Entry {
        name: "gguf-file",
        key: "path",
        summary: "a .gguf file with its tokenizer; quantized weights stay packed on the CPU",
        parameters: &[],
    },
    Entry {
        name: "hub",
        key: "hub",
        summary: "a model `org/name` of a hub, fetched once into the cache that Python's huggingface_hub keeps",
        parameters: &[],
    },
    Entry {
        name: "tiny-random",
        key: "builtin",
        summary: "two blocks of seeded random weights over bytes, for trying the whole line in seconds",
        parameters: &[],
    },
];

/// Number formats of weights; [`PACKED`]: as a GGUF file holds them.
pub const DTYPES: &[&str] = &["f32", "bf16", "f16", PACKED];

/// Weights stay in the blocks of their GGUF file.
pub const PACKED: &str = "packed";

/// Ways of making a model smaller.
pub const COMPRESSIONS: &[Entry] = &[
    Entry {
        name: "int8-weight",
        key: "quantize",
        summary: "weights of the blocks as int8 with one scale per output channel; the head stays as it is",
        parameters: &[Parameter {
            name: "head",
            value: Value::Flag,
            default: Some("false"),
            summary: "whether the head is quantized too; papers mostly leave it as it is",
        }],
    },
    Entry {
        name: "ffn-neurons",
        key: "prune",
        summary: "removes whole feed-forward neurons, so that the matrices shrink",
        parameters: &[
            Parameter {
                name: "ratio",
                value: Value::Number { min: 0.0, max: 0.95 },
                default: None,
                summary: "share of each layer's neurons that goes",
            },
            Parameter {
                name: "by",
                value: Value::Word(&["magnitude"]),
                default: Some("magnitude"),
                summary: "how a neuron's worth is judged: product of its weights' norms",
            },
        ],
    },
];
