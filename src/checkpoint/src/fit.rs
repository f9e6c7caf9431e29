//! Whether a checkpoint's tensors are those that a blueprint asks for: all of them, in their sizes, and no others.

use std::collections::BTreeMap;

use crate::blueprint::{Blueprint, Piece, Positions};
use crate::error::{CheckpointError, Result};
use crate::tensors::{Format, Tensors};

/// Names that a message lists before it counts the rest.
const SHOWN: usize = 8;

/// Endings of tensors that hold no weights: masks and frequencies, which follow from the config.
const BUFFERS: &[&str] = &[
    ".attn.bias",
    ".attn.masked_bias",
    ".attn.causal_mask",
    ".attention.bias",
    ".attention.masked_bias",
    "rotary_emb.inv_freq",
    ".embed_positions.weights",
    ".embed_positions._float_tensor",
    "embed_positions._float_tensor",
    ".position_ids",
    "rope_freqs.weight",
    "rope_factors_long.weight",
    "rope_factors_short.weight",
];

/// Every tensor that a blueprint is made of, with its size. A tied head is not among them.
pub fn needed(blueprint: &Blueprint) -> BTreeMap<String, Vec<i64>> {
    let mut needed = BTreeMap::new();
    let embedding = &blueprint.embedding;
    needed.insert(embedding.tokens.clone(), vec![blueprint.shape.vocabulary, embedding.features]);
    if let Positions::Learned { tensor, rows, .. } = &embedding.positions {
        needed.insert(tensor.clone(), vec![*rows, blueprint.shape.width]);
    }
    for norm in blueprint.norms() {
        for tensor in [Some(&norm.weight), norm.bias.as_ref()].into_iter().flatten() {
            needed.insert(tensor.clone(), vec![norm.features]);
        }
    }
    for linear in blueprint.linears() {
        let tied = blueprint.head.tied && std::ptr::eq(linear, &blueprint.head.linear);
        for piece in linear.weights.iter().filter(|_| !tied) {
            needed.insert(piece.tensor.clone(), size(piece, linear.inputs));
        }
        needed.extend(linear.biases.iter().map(|piece| (piece.tensor.clone(), vec![piece.of])));
    }
    needed
}

fn size(piece: &Piece, inputs: i64) -> Vec<i64> {
    if piece.transposed { vec![inputs, piece.of] } else { vec![piece.of, inputs] }
}

/// Checks a checkpoint against a blueprint; the message names every tensor that does not fit.
pub fn check(blueprint: &Blueprint, tensors: &mut Tensors) -> Result<()> {
    let needed = needed(blueprint);
    tensors.complete_names(&needed.keys().cloned().collect());
    let origin = &tensors.origin;
    let missing: Vec<&str> =
        needed.keys().filter(|name| tensors.get(name).is_none()).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(CheckpointError::damaged(format!("`{origin}` holds no tensor {}", list(&missing))));
    }
    for (name, size) in &needed {
        let Some(entry) = tensors.get(name) else { continue };
        if let Format::Other(format) = &entry.format {
            return Err(CheckpointError::unsupported(
                format!(
                    "tensor `{name}` of `{origin}` holds {format}, expected F32, BF16, F16 or a format of GGUF"
                ),
                "take the unquantized checkpoint or a GGUF file, and quantize with `compress`",
            ));
        }
        if entry.shape != *size {
            return Err(CheckpointError::damaged(format!(
                "tensor `{name}` of `{origin}` is {:?}, the config asks for {size:?}",
                entry.shape
            )));
        }
    }
    tied(blueprint, tensors)?;
    let head: Vec<&str> = blueprint.head.linear.weights.iter().map(|piece| piece.tensor.as_str()).collect();
    let left: Vec<&str> = tensors
        .names()
        .into_iter()
        .filter(|name| !needed.contains_key(*name) && !head.contains(name))
        .filter(|name| !BUFFERS.iter().any(|buffer| name.ends_with(buffer)))
        // Integers are no weights; those of packed checkpoints were refused by their config.
        .filter(|name| tensors.get(name).is_some_and(|entry| !integer(&entry.format)))
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(CheckpointError::damaged(format!(
        "`{origin}` holds tensors that its config does not ask for: {}",
        list(&left)
    )))
}

fn integer(format: &Format) -> bool {
    matches!(format, Format::Other(name) if name.starts_with(['I', 'U', 'B']))
}

/// A config may say that the head is the embedding while the file holds another one: one of both is wrong.
fn tied(blueprint: &Blueprint, tensors: &Tensors) -> Result<()> {
    let head = blueprint.head.linear.weights.first().map(|piece| piece.tensor.as_str());
    let both = head.and_then(|name| tensors.get(name)).zip(tensors.get(&blueprint.embedding.tokens));
    let (true, Some((head_entry, embedding))) = (blueprint.head.tied, both) else { return Ok(()) };
    let same = head_entry.shape == embedding.shape
        && head_entry.format == embedding.format
        && tensors.bytes(head_entry) == tensors.bytes(embedding);
    for entry in [head_entry, embedding] {
        tensors.forget(entry, 0..tensors.bytes(entry).len());
    }
    if same {
        return Ok(());
    }
    Err(CheckpointError::damaged(format!(
        "the config of `{}` says `tie_word_embeddings`, and its `{}` differs from `{}`",
        tensors.origin,
        head.unwrap_or_default(),
        blueprint.embedding.tokens
    )))
}

fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
