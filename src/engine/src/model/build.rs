//! Builds a model: every part of a blueprint with its tensors, copied once into the number format of the run.

use harness_checkpoint::Blueprint;
use harness_checkpoint::blueprint::{
    AttentionSpec, BlockSpec, LinearSpec, MlpSpec, NormRule, NormSpec, Piece, Positions,
};
use tch::{Device, Kind, Tensor};

use super::Model;
use super::supply::Supply;
use crate::error::Result;
use crate::linear::{Linear, Packed, PackedRows, Weight};
use crate::part::{Attention, Block, Embedding, Head, Mlp, Norm, Rotation, TokenTable};

/// Builds the model of a blueprint from a supply of tensors that fits it.
pub fn build(blueprint: Blueprint, supply: &dyn Supply, kind: Kind, device: Device) -> Result<Model> {
    // On the CPU bf16 and f16 are formats of weights: states, norms and caches stay f32, in which
    // every CPU computes; nothing is gained by rounding them.
    let activations = if device == Device::Cpu { Kind::Float } else { kind };
    let builder = Builder { supply, kind, activations, device };
    let shape = &blueprint.shape;
    let spec = &blueprint.embedding;
    let tokens = builder.table(&spec.tokens, [shape.vocabulary, spec.features])?;
    let learned = match &spec.positions {
        Positions::Learned { tensor, rows, .. } => {
            Some(builder.matrix(tensor, &[*rows, shape.width], activations)?)
        }
        Positions::None | Positions::Sinusoidal { .. } => None,
    };
    let embedding = Embedding {
        // As the published code multiplies: in the weights' own format.
        scale: spec.scale.map(|scale| rounded(scale, kind)),
        positions: Embedding::table(&spec.positions, learned, shape.width, device),
        projection: builder.optional(&spec.projection)?,
        activations,
        tokens,
    };
    let blocks = blueprint.blocks.iter().map(|block| builder.block(block)).collect::<Result<_>>()?;
    let head = &blueprint.head;
    let linear = match head.tied {
        true => Linear { bias: builder.bias(&head.linear)?, weight: embedding.tokens.as_head() },
        false => builder.linear(&head.linear)?,
    };
    let head = Head {
        norm: blueprint.norm.as_ref().map(|norm| builder.norm(norm)).transpose()?,
        projection: builder.optional(&head.projection)?,
        linear,
        softcap: head.softcap,
    };
    let rotations =
        blueprint.rotaries.iter().map(|rotary| Rotation::new(rotary.clone(), activations, device)).collect();
    Ok(Model { embedding, blocks, head, rotations, activations, device, blueprint })
}

/// A number as a format holds it.
fn rounded(value: f64, kind: Kind) -> f64 {
    Tensor::from(value).to_kind(kind).double_value(&[])
}

struct Builder<'a> {
    supply: &'a dyn Supply,
    kind: Kind,
    activations: Kind,
    device: Device,
}

impl Builder<'_> {
    fn empty(&self, size: &[i64], kind: Kind) -> Result<Tensor> {
        Ok(Tensor::f_empty(size, (kind, self.device))?)
    }

    /// One tensor, whole.
    fn matrix(&self, name: &str, size: &[i64], kind: Kind) -> Result<Tensor> {
        let out = self.empty(size, kind)?;
        self.supply.copy(&Piece::whole(name.to_owned(), size[0]), &out)?;
        Ok(out)
    }

    fn linear(&self, spec: &LinearSpec) -> Result<Linear> {
        let bias = self.bias(spec)?;
        if let Some(packed) = self.packed(&spec.weights, spec.inputs)? {
            return Ok(Linear { weight: Weight::Packed(packed), bias });
        }
        let weight = self.empty(&[spec.outputs, spec.inputs], self.kind)?;
        self.pieces(&spec.weights, &weight)?;
        Ok(Linear { bias, ..Linear::dense(weight) })
    }

    /// The rows of the embedding.
    fn table(&self, name: &str, size: [i64; 2]) -> Result<TokenTable> {
        let piece = [Piece::whole(name.to_owned(), size[0])];
        Ok(match self.packed(&piece, size[1])? {
            Some(packed) => TokenTable::Packed(packed),
            None => TokenTable::Dense(self.matrix(name, &size, self.kind)?),
        })
    }

    /// Weights as their file holds them, where our loops multiply those: on the CPU.
    fn packed(&self, pieces: &[Piece], inputs: i64) -> Result<Option<Packed>> {
        if self.device != Device::Cpu {
            return Ok(None);
        }
        let parts: Option<Vec<PackedRows>> =
            pieces.iter().map(|piece| self.supply.packed(piece, inputs as usize)).collect::<Result<_>>()?;
        Ok(parts.map(|parts| Packed::new(parts, inputs as usize)))
    }

    fn bias(&self, spec: &LinearSpec) -> Result<Option<Tensor>> {
        if spec.biases.is_empty() {
            return Ok(None);
        }
        let bias = self.empty(&[spec.outputs], self.activations)?;
        self.pieces(&spec.biases, &bias)?;
        Ok(Some(bias))
    }

    fn pieces(&self, pieces: &[Piece], out: &Tensor) -> Result<()> {
        let mut start = 0;
        for piece in pieces {
            self.supply.copy(piece, &out.narrow(0, start, piece.count()))?;
            start += piece.count();
        }
        Ok(())
    }

    fn optional(&self, spec: &Option<LinearSpec>) -> Result<Option<Linear>> {
        spec.as_ref().map(|spec| self.linear(spec)).transpose()
    }

    fn norm(&self, spec: &NormSpec) -> Result<Norm> {
        let vector = |name: &str| self.matrix(name, &[spec.features], self.activations);
        let mut weight = vector(&spec.weight)?;
        if spec.rule == NormRule::RmsPlusOne {
            weight = weight.f_add_scalar(1.0)?;
        }
        let bias = spec.bias.as_deref().map(vector).transpose()?;
        Ok(Norm { weight, bias, rule: spec.rule, eps: spec.eps })
    }

    fn optional_norm(&self, spec: &Option<NormSpec>) -> Result<Option<Norm>> {
        spec.as_ref().map(|spec| self.norm(spec)).transpose()
    }

    fn attention(&self, spec: &AttentionSpec) -> Result<Attention> {
        Ok(Attention {
            query_key_value: self.linear(&spec.query_key_value)?,
            output: self.linear(&spec.output)?,
            heads: spec.heads,
            kv_heads: spec.kv_heads,
            head_dim: spec.head_dim,
            query_norm: self.optional_norm(&spec.query_norm)?,
            key_norm: self.optional_norm(&spec.key_norm)?,
            rotary: spec.rotary,
            window: spec.window,
            softcap: spec.softcap,
            scale: spec.scale,
        })
    }

    fn mlp(&self, spec: &MlpSpec) -> Result<Mlp> {
        let (up, down) = spec.linears();
        let (MlpSpec::Gated { activation, .. } | MlpSpec::Plain { activation, .. }) = spec;
        Ok(Mlp {
            up: self.linear(up)?,
            down: self.linear(down)?,
            gated: matches!(spec, MlpSpec::Gated { .. }),
            activation: *activation,
        })
    }

    fn block(&self, spec: &BlockSpec) -> Result<Block> {
        Ok(Block {
            order: spec.order,
            attention_norm: self.optional_norm(&spec.attention_norm)?,
            attention: self.attention(&spec.attention)?,
            attention_post_norm: self.optional_norm(&spec.attention_post_norm)?,
            mlp_norm: self.optional_norm(&spec.mlp_norm)?,
            mlp: self.mlp(&spec.mlp)?,
            mlp_post_norm: self.optional_norm(&spec.mlp_post_norm)?,
        })
    }
}
