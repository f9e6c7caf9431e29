//! From token ids to the first hidden state.

use harness_checkpoint::blueprint::Positions;
use tch::{Device, Kind, Tensor};

use crate::linear::{Dense, Form, Linear, Packed, Weight, bytes};

/// An embedding with its weights.
#[derive(Debug)]
pub struct Embedding {
    /// A row for each token.
    pub tokens: TokenTable,
    /// Factor of every row.
    pub scale: Option<f64>,
    /// Added by position.
    pub positions: PositionTable,
    /// From the rows' features to the width.
    pub projection: Option<Linear>,
    /// Kind of what comes out.
    pub activations: Kind,
}

/// A row for each token: `[vocabulary, features]`.
#[derive(Debug)]
pub enum TokenTable {
    /// Floating-point numbers.
    Dense(Tensor),
    /// Blocks of GGUF's formats, unpacked row by row.
    Packed(Packed),
}

impl TokenTable {
    /// The rows of ids `[batch, time]`: `[batch, time, features]`.
    fn rows(&self, tokens: &Tensor) -> Tensor {
        match self {
            Self::Dense(weight) => Tensor::embedding(weight, tokens, -1, false, false),
            Self::Packed(packed) => {
                let ids: Vec<i64> = Vec::try_from(tokens.flatten(0, -1)).expect("ids are whole numbers");
                let size = [tokens.size(), vec![-1]].concat();
                packed.unpacked_rows(&ids).reshape(size)
            }
        }
    }

    /// The rows as numbers; None where they are packed.
    pub fn as_dense(&self) -> Option<&Tensor> {
        match self {
            Self::Dense(weight) => Some(weight),
            Self::Packed(_) => None,
        }
    }

    /// The same rows as a head's weights.
    pub fn as_head(&self) -> Weight {
        match self {
            Self::Dense(weight) => Weight::Dense(Dense { weight: weight.shallow_clone() }),
            Self::Packed(packed) => Weight::Packed(packed.clone()),
        }
    }

    /// Whether weights lie in the same memory.
    pub fn shares(&self, weight: &Weight) -> bool {
        match (self, weight) {
            (Self::Dense(own), Weight::Dense(other)) => own.data_ptr() == other.weight.data_ptr(),
            (Self::Packed(own), Weight::Packed(other)) => own.place() == other.place(),
            _ => false,
        }
    }

    /// Numbers in it.
    pub fn parameters(&self) -> u64 {
        match self {
            Self::Dense(weight) => weight.numel() as u64,
            Self::Packed(packed) => packed.parameters(),
        }
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Dense(weight) => bytes(weight),
            Self::Packed(packed) => packed.bytes(),
        }
    }
}

/// What is added by position.
#[derive(Debug)]
pub enum PositionTable {
    /// Nothing.
    None,
    /// Rows that were learned: `[rows, width]`, position 0 at row `offset`.
    Learned {
        /// The rows.
        weight: Tensor,
        /// Row of position 0.
        offset: i64,
    },
    /// Rows that follow from a formula: `[positions, width]`, made when they are needed.
    Sinusoidal {
        /// The rows so far.
        weight: Tensor,
        /// Number that stands for position 0.
        offset: i64,
    },
}

impl Embedding {
    /// Token ids `[batch, time]`, the first at `position`, to `[batch, time, width]`.
    pub fn tensor(&self, tokens: &Tensor, position: i64) -> Tensor {
        let mut hidden = self.tokens.rows(tokens).to_kind(self.activations);
        if let Some(scale) = self.scale {
            hidden *= scale;
        }
        if let Some(projection) = &self.projection {
            hidden = projection.forward(&hidden);
        }
        let (weight, start) = match &self.positions {
            PositionTable::None => return hidden,
            PositionTable::Learned { weight, offset } => (weight, position + offset),
            PositionTable::Sinusoidal { weight, .. } => (weight, position),
        };
        hidden + weight.narrow(0, start, tokens.size()[1])
    }

    /// The rows that were learned by position.
    pub fn learned(&self) -> Option<&Tensor> {
        match &self.positions {
            PositionTable::Learned { weight, .. } => Some(weight),
            PositionTable::None | PositionTable::Sinusoidal { .. } => None,
        }
    }

    /// Makes rows for `positions`, where they follow from a formula.
    pub fn reserve(&mut self, positions: i64, width: i64) {
        let kind = self.activations;
        if let PositionTable::Sinusoidal { weight, offset } = &mut self.positions
            && weight.size()[0] < positions
        {
            *weight = sinusoids(positions, width, *offset).to_kind(kind).to_device(weight.device());
        }
    }

    /// The positions that a blueprint asks for; `learned` is its tensor.
    pub fn table(
        positions: &Positions,
        learned: Option<Tensor>,
        width: i64,
        device: Device,
    ) -> PositionTable {
        match (positions, learned) {
            (Positions::Learned { offset, .. }, Some(weight)) => {
                PositionTable::Learned { weight, offset: *offset }
            }
            (Positions::Sinusoidal { offset }, _) => PositionTable::Sinusoidal {
                weight: Tensor::zeros([0, width], (Kind::Float, device)),
                offset: *offset,
            },
            _ => PositionTable::None,
        }
    }
}

/// Vaswani et al. 2017, arXiv 1706.03762, with all sines before all cosines: `[positions, width]`.
fn sinusoids(positions: i64, width: i64, offset: i64) -> Tensor {
    let options = (Kind::Double, Device::Cpu);
    let half = width / 2;
    let frequencies = (Tensor::arange(half, options) * (-(10_000_f64.ln()) / (half - 1) as f64)).exp();
    let angles = (Tensor::arange(positions, options) + offset as f64).unsqueeze(1) * frequencies.unsqueeze(0);
    Tensor::cat(&[angles.sin(), angles.cos()], 1)
}
