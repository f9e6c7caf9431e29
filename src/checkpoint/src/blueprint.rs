//! How a decoder is assembled: its parts, their sizes, and the tensors that they are made of.
//!
//! An architecture turns a config into a [`Blueprint`]; whoever multiplies matrices builds it. Tensor names are
//! those of Hugging Face checkpoints, sizes are in features.

use std::sync::Arc;

use crate::rope::Rotary;

/// Rows of a tensor in the order in which they are taken; blocks share one list.
pub type Rows = Arc<[i64]>;

/// A whole decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// Sizes that every part shares.
    pub shape: Shape,
    /// From token ids to the first hidden state.
    pub embedding: EmbeddingSpec,
    /// Rotations that attention names by index.
    pub rotaries: Vec<Rotary>,
    /// In the order in which they run.
    pub blocks: Vec<BlockSpec>,
    /// Before the head, where there is one.
    pub norm: Option<NormSpec>,
    /// From the last hidden state to logits.
    pub head: HeadSpec,
}

/// Sizes that every part shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Features of the residual stream.
    pub width: i64,
    /// Entries of the embedding.
    pub vocabulary: i64,
    /// Longest context, tokens.
    pub context: i64,
    /// Blocks after which a token may leave (1-based, rising, the last one included).
    pub exits: Vec<i64>,
}

/// From token ids to the first hidden state.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingSpec {
    /// Tensor `[vocabulary, features]`.
    pub tokens: String,
    /// Features of a row; the width, where no projection follows.
    pub features: i64,
    /// Factor of every row.
    pub scale: Option<f64>,
    /// Added by position.
    pub positions: Positions,
    /// From the rows' features to the width.
    pub projection: Option<LinearSpec>,
}

/// What an embedding adds for a token's position.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// Nothing: attention rotates, or the model has no positions.
    None,
    /// A row of a tensor `[rows, width]`.
    Learned {
        /// The tensor.
        tensor: String,
        /// Its rows.
        rows: i64,
        /// Row of position 0.
        offset: i64,
    },
    /// Sines, then cosines, of the position at falling frequencies.
    Sinusoidal {
        /// Number that stands for position 0.
        offset: i64,
    },
}

/// One block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockSpec {
    /// What stands before what.
    pub order: Order,
    /// Before attention.
    pub attention_norm: Option<NormSpec>,
    /// Mixes positions.
    pub attention: AttentionSpec,
    /// Of what attention gives, before it is added.
    pub attention_post_norm: Option<NormSpec>,
    /// Before the feed-forward layer; None in a parallel block: both read the same.
    pub mlp_norm: Option<NormSpec>,
    /// Works on each position alone.
    pub mlp: MlpSpec,
    /// Of what the feed-forward layer gives, before it is added.
    pub mlp_post_norm: Option<NormSpec>,
}

/// How attention and feed-forward layer follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The feed-forward layer reads the state after attention.
    Sequential,
    /// Both read the same state, and both are added to it.
    Parallel,
    /// As sequential, with each norm behind its sum.
    NormAfterSum,
}

/// A norm over the last dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct NormSpec {
    /// Tensor `[features]`.
    pub weight: String,
    /// Tensor `[features]`.
    pub bias: Option<String>,
    /// Features.
    pub features: i64,
    /// What is divided by what.
    pub rule: NormRule,
    /// Added before the root.
    pub eps: f64,
}

/// Kinds of norms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormRule {
    /// Divides by the root of the mean square.
    Rms,
    /// The same; the tensor holds weights less 1.
    RmsPlusOne,
    /// Subtracts the mean, divides by the standard deviation.
    Layer,
}

/// Causal attention over key-value heads that query heads share.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionSpec {
    /// To queries, keys and values, one after another: `(heads + 2 kv_heads) head_dim` features.
    pub query_key_value: LinearSpec,
    /// Back to the width.
    pub output: LinearSpec,
    /// Query heads.
    pub heads: i64,
    /// Key and value heads; divides `heads`.
    pub kv_heads: i64,
    /// Features of one head.
    pub head_dim: i64,
    /// Of each query head, before it is rotated.
    pub query_norm: Option<NormSpec>,
    /// Of each key head, before it is rotated.
    pub key_norm: Option<NormSpec>,
    /// Index into [`Blueprint::rotaries`].
    pub rotary: Option<usize>,
    /// Positions that a query sees, its own included; None: all before it.
    pub window: Option<i64>,
    /// Scores are squeezed into ± this by a hyperbolic tangent.
    pub softcap: Option<f64>,
    /// Factor of scores.
    pub scale: f64,
}

/// A feed-forward layer.
#[derive(Debug, Clone, PartialEq)]
pub enum MlpSpec {
    /// `down(activation(gate x) · up x)`
    Gated {
        /// Gate, then up: `2 neurons` features.
        gate_up: LinearSpec,
        /// Back to the width.
        down: LinearSpec,
        /// Of the gate.
        activation: Activation,
    },
    /// `down(activation(up x))`
    Plain {
        /// To the neurons.
        up: LinearSpec,
        /// Back to the width.
        down: LinearSpec,
        /// Of the neurons.
        activation: Activation,
    },
}

/// Functions of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x · sigmoid x
    Silu,
    /// x · Φ(x), by the error function
    Gelu,
    /// The same by a hyperbolic tangent
    GeluTanh,
    /// max(x, 0)
    Relu,
}

/// From the last hidden state to logits.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadSpec {
    /// From the width to the features that the logits are made of.
    pub projection: Option<LinearSpec>,
    /// To the vocabulary.
    pub linear: LinearSpec,
    /// The weights are the embedding's; `linear` names the tensor that must then be absent or equal.
    pub tied: bool,
    /// Logits are squeezed into ± this by a hyperbolic tangent.
    pub softcap: Option<f64>,
}

/// A projection: its weights `[outputs, inputs]` are rows of one tensor or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearSpec {
    /// What it is called in messages and by compressions.
    pub name: String,
    /// Features that it gives.
    pub outputs: i64,
    /// Features that it takes.
    pub inputs: i64,
    /// Tensors of weights, in the order of their outputs.
    pub weights: Vec<Piece>,
    /// Tensors of biases likewise; empty: none.
    pub biases: Vec<Piece>,
}

/// Rows of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The tensor.
    pub tensor: String,
    /// Rows that the tensor has.
    pub of: i64,
    /// Those that are taken, in their order; None: all.
    pub rows: Option<Rows>,
    /// The tensor holds `[inputs, outputs]`.
    pub transposed: bool,
}

impl LinearSpec {
    /// Weights `NAME.weight`, and with `bias` `NAME.bias`.
    pub fn new(name: &str, outputs: i64, inputs: i64, bias: bool) -> Self {
        Self::joined(name, &[(name, outputs)], inputs, bias)
    }

    /// The outputs of several projections of the checkpoint, one after another.
    pub fn joined(name: &str, parts: &[(&str, i64)], inputs: i64, bias: bool) -> Self {
        let weights =
            parts.iter().map(|(part, rows)| Piece::whole(format!("{part}.weight"), *rows)).collect();
        let outputs = parts.iter().map(|(_, rows)| rows).sum();
        let spec = Self { name: name.to_owned(), outputs, inputs, weights, biases: Vec::new() };
        if bias { spec.with_bias() } else { spec }
    }

    /// The same with a bias beside each weight.
    pub fn with_bias(mut self) -> Self {
        let bias = |piece: &Piece| Piece {
            tensor: piece.tensor.strip_suffix("weight").unwrap_or(&piece.tensor).to_owned() + "bias",
            transposed: false,
            ..piece.clone()
        };
        self.biases = self.weights.iter().map(bias).collect();
        self
    }

    /// The same with outputs in another order, from the only tensor that it is made of.
    pub fn reordered(mut self, rows: &Rows) -> Self {
        for piece in self.weights.iter_mut().chain(&mut self.biases) {
            piece.rows = Some(Arc::clone(rows));
        }
        self
    }

    /// The same with weights that the checkpoint holds as `[inputs, outputs]`.
    pub fn transposed(mut self) -> Self {
        self.weights.iter_mut().for_each(|piece| piece.transposed = true);
        self
    }
}

impl Piece {
    /// All rows of a tensor.
    pub fn whole(tensor: String, of: i64) -> Self {
        Self { tensor, of, rows: None, transposed: false }
    }

    /// How many rows are taken.
    pub fn count(&self) -> i64 {
        self.rows.as_ref().map_or(self.of, |rows| rows.len() as i64)
    }
}

impl NormSpec {
    /// A norm by the root of the mean square, with weights `NAME.weight`.
    pub fn rms(name: &str, features: i64, eps: f64) -> Self {
        Self { weight: format!("{name}.weight"), bias: None, features, rule: NormRule::Rms, eps }
    }

    /// A layer norm with `NAME.weight` and `NAME.bias`.
    pub fn layer(name: &str, features: i64, eps: f64) -> Self {
        let bias = Some(format!("{name}.bias"));
        Self { weight: format!("{name}.weight"), bias, features, rule: NormRule::Layer, eps }
    }
}

impl EmbeddingSpec {
    /// Rows of a tensor, and nothing else.
    pub fn plain(tokens: &str, width: i64) -> Self {
        Self {
            tokens: tokens.to_owned(),
            features: width,
            scale: None,
            positions: Positions::None,
            projection: None,
        }
    }
}

impl HeadSpec {
    /// Logits from the state itself.
    pub fn plain(name: &str, shape: &Shape, tied: bool) -> Self {
        let linear = LinearSpec::new(name, shape.vocabulary, shape.width, false);
        Self { projection: None, linear, tied, softcap: None }
    }
}

impl Blueprint {
    /// Every projection, in the order of the blocks; the head last.
    pub fn linears(&self) -> Vec<&LinearSpec> {
        let mut linears: Vec<&LinearSpec> = self.embedding.projection.iter().collect();
        for block in &self.blocks {
            linears.extend([&block.attention.query_key_value, &block.attention.output]);
            let (first, second) = block.mlp.linears();
            linears.extend([first, second]);
        }
        linears.extend(&self.head.projection);
        linears.push(&self.head.linear);
        linears
    }

    /// Every norm.
    pub fn norms(&self) -> Vec<&NormSpec> {
        let mut norms: Vec<&NormSpec> = Vec::new();
        for block in &self.blocks {
            norms.extend(&block.attention_norm);
            norms.extend(&block.attention.query_norm);
            norms.extend(&block.attention.key_norm);
            norms.extend(&block.attention_post_norm);
            norms.extend(&block.mlp_norm);
            norms.extend(&block.mlp_post_norm);
        }
        norms.extend(&self.norm);
        norms
    }
}

impl Blueprint {
    /// Every projection, as [`Blueprint::linears`] has them, to change.
    pub fn linears_mut(&mut self) -> Vec<&mut LinearSpec> {
        let mut linears: Vec<&mut LinearSpec> = self.embedding.projection.iter_mut().collect();
        for block in &mut self.blocks {
            linears.extend([&mut block.attention.query_key_value, &mut block.attention.output]);
            let (MlpSpec::Gated { gate_up: up, down, .. } | MlpSpec::Plain { up, down, .. }) = &mut block.mlp;
            linears.extend([up, down]);
        }
        linears.extend(&mut self.head.projection);
        linears.push(&mut self.head.linear);
        linears
    }

    /// Every norm, as [`Blueprint::norms`] has them, to change.
    pub fn norms_mut(&mut self) -> Vec<&mut NormSpec> {
        let mut norms: Vec<&mut NormSpec> = Vec::new();
        for block in &mut self.blocks {
            norms.extend(&mut block.attention_norm);
            norms.extend(&mut block.attention.query_norm);
            norms.extend(&mut block.attention.key_norm);
            norms.extend(&mut block.attention_post_norm);
            norms.extend(&mut block.mlp_norm);
            norms.extend(&mut block.mlp_post_norm);
        }
        norms.extend(&mut self.norm);
        norms
    }
}

impl AttentionSpec {
    /// Attention of heads with keys and values of their own, over all positions, without norms and rotation.
    pub fn plain(query_key_value: LinearSpec, output: LinearSpec, heads: i64, head_dim: i64) -> Self {
        Self {
            query_key_value,
            output,
            heads,
            kv_heads: heads,
            head_dim,
            query_norm: None,
            key_norm: None,
            rotary: None,
            window: None,
            softcap: None,
            scale: 1.0 / (head_dim as f64).sqrt(),
        }
    }
}

impl MlpSpec {
    /// The projection to the neurons and the one back.
    pub fn linears(&self) -> (&LinearSpec, &LinearSpec) {
        match self {
            Self::Gated { gate_up: up, down, .. } | Self::Plain { up, down, .. } => (up, down),
        }
    }
}
