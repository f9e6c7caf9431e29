//! A model's tensors as its checkpoint names them: the way back from the joined projections.

use std::collections::BTreeMap;

use harness_checkpoint::Blueprint;
use harness_checkpoint::blueprint::{LinearSpec, Piece, Positions};
use tch::{Device, Kind, Tensor};

use super::Model;
use crate::linear::Linear;
use crate::part::Norm;

/// A model's tensors on the CPU in `kind`, under the names of `blueprint`: that of the folder which is written, not of
/// the file which was read.
pub fn checkpoint(model: &Model, blueprint: &Blueprint, kind: Kind) -> Vec<(String, Tensor)> {
    let mut tensors = BTreeMap::new();
    if let Some(tokens) = model.embedding.tokens.as_dense() {
        tensors.insert(blueprint.embedding.tokens.clone(), tokens.shallow_clone());
    }
    if let (Positions::Learned { tensor, .. }, Some(rows)) =
        (&blueprint.embedding.positions, model.embedding.learned())
    {
        tensors.insert(tensor.clone(), rows.shallow_clone());
    }
    let norms: Vec<&Norm> =
        model.blocks.iter().flat_map(|block| block.norms()).chain(&model.head.norm).collect();
    for (spec, norm) in blueprint.norms().into_iter().zip(norms) {
        let (weight, bias) = norm.stored(spec.rule);
        tensors.insert(spec.weight.clone(), weight);
        tensors.extend(spec.bias.clone().zip(bias));
    }
    for (spec, linear) in blueprint.linears().into_iter().zip(model.linears()) {
        let tied = blueprint.head.tied && std::ptr::eq(spec, &blueprint.head.linear);
        add(spec, linear, tied, &mut tensors);
    }
    let stored = |tensor: Tensor| tensor.detach().to_device(Device::Cpu).to_kind(kind).contiguous();
    tensors.into_iter().map(|(name, tensor)| (name, stored(tensor))).collect()
}

fn add(spec: &LinearSpec, linear: &Linear, tied: bool, tensors: &mut BTreeMap<String, Tensor>) {
    let weight = linear.as_dense().filter(|_| !tied);
    for (pieces, whole) in [(&spec.weights, weight), (&spec.biases, linear.bias.as_ref())] {
        let Some(whole) = whole else { continue };
        let mut start = 0;
        for piece in pieces {
            tensors.insert(piece.tensor.clone(), part(piece, &whole.narrow(0, start, piece.count())));
            start += piece.count();
        }
    }
}

/// A piece's rows as its tensor holds them.
fn part(piece: &Piece, rows: &Tensor) -> Tensor {
    let ordered = match &piece.rows {
        Some(order) => {
            rows.zeros_like().index_copy(0, &Tensor::from_slice(order).to_device(rows.device()), rows)
        }
        None => rows.shallow_clone(),
    };
    if piece.transposed { ordered.transpose(0, 1) } else { ordered }
}
