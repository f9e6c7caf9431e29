//! Where tensors come from: the mapped files of a checkpoint, or memory.
#![expect(unsafe_code, reason = "tensors over mapped files")]

use std::collections::BTreeMap;

use harness_checkpoint::blueprint::{Blueprint, NormRule, Piece, Positions};
use harness_checkpoint::{Entry, Format, Tensors, gguf};
use harness_text::hash;
use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::linear::PackedRows;

/// Bytes that are copied before their pages are given back: what a load takes beyond the weights.
const CHUNK: usize = 8 << 20;

/// Spread of a new matrix; the projections that write to the residual stream get less (below).
const SPREAD: f64 = 0.02;

/// Hands out tensors by name.
pub trait Supply {
    /// Copies the rows of a piece into `out`, in the format of `out`.
    fn copy(&self, piece: &Piece, out: &Tensor) -> Result<()>;

    /// The rows of a piece as they are packed; None: they are plain numbers.
    fn packed(&self, _piece: &Piece, _inputs: usize) -> Result<Option<PackedRows>> {
        Ok(None)
    }
}

/// Tensors of a checkpoint as plain numbers, whatever its files pack.
pub struct Unpacked<'a>(pub &'a Tensors);

impl Supply for Unpacked<'_> {
    fn copy(&self, piece: &Piece, out: &Tensor) -> Result<()> {
        self.0.copy(piece, out)
    }
}

/// Tensors made in memory.
#[derive(Debug)]
pub struct Made(pub BTreeMap<String, Tensor>);

impl Made {
    /// SHA-256 by name and content, in hexadecimal.
    pub fn sha256(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for (name, tensor) in &self.0 {
            hash.update(name);
            let mut bytes = vec![0_f32; tensor.numel()];
            tensor.to_kind(Kind::Float).f_copy_data(&mut bytes, tensor.numel())?;
            bytes.iter().for_each(|value| hash.update(value.to_le_bytes()));
        }
        Ok(hash::hex(&hash.finalize()))
    }

    /// Seeded random weights of a blueprint, as a training starts with; norms are 1, biases 0.
    pub fn random(blueprint: &Blueprint, seed: u64) -> Self {
        tch::manual_seed(seed.cast_signed());
        let options = (Kind::Float, Device::Cpu);
        // 2 · layers matrices add to the residual stream; its variance should not grow with depth
        // (Radford et al. 2019, section 2.3).
        let residual = SPREAD / (2.0 * blueprint.blocks.len() as f64).sqrt();
        let mut tensors = BTreeMap::new();
        let mut matrix = |name: &str, size: [i64; 2], spread: f64| {
            tensors.insert(name.to_owned(), Tensor::randn(size, options) * spread);
        };
        let (shape, embedding) = (&blueprint.shape, &blueprint.embedding);
        matrix(&embedding.tokens, [shape.vocabulary, embedding.features], SPREAD);
        if let Positions::Learned { tensor, rows, .. } = &embedding.positions {
            matrix(tensor, [*rows, shape.width], SPREAD);
        }
        let outputs: Vec<*const _> = blueprint
            .blocks
            .iter()
            .flat_map(|block| [&raw const block.attention.output, &raw const *block.mlp.linears().1])
            .collect();
        for linear in blueprint.linears() {
            let tied = blueprint.head.tied && std::ptr::eq(linear, &blueprint.head.linear);
            let spread = if outputs.contains(&&raw const *linear) { residual } else { SPREAD };
            for piece in linear.weights.iter().filter(|_| !tied) {
                let size =
                    if piece.transposed { [linear.inputs, piece.of] } else { [piece.of, linear.inputs] };
                matrix(&piece.tensor, size, spread);
            }
        }
        for bias in blueprint.linears().iter().flat_map(|linear| &linear.biases) {
            tensors.insert(bias.tensor.clone(), Tensor::zeros([bias.of], options));
        }
        for norm in blueprint.norms() {
            let one = match norm.rule {
                NormRule::RmsPlusOne => Tensor::zeros([norm.features], options),
                _ => Tensor::ones([norm.features], options),
            };
            tensors.insert(norm.weight.clone(), one);
            if let Some(bias) = &norm.bias {
                tensors.insert(bias.clone(), Tensor::zeros([norm.features], options));
            }
        }
        Self(tensors)
    }
}

impl Supply for Made {
    fn copy(&self, piece: &Piece, out: &Tensor) -> Result<()> {
        let tensor = self.0.get(&piece.tensor);
        let tensor =
            tensor.ok_or_else(|| EngineError::internal(format!("no tensor `{}` was made", piece.tensor)))?;
        put(tensor, piece, out)
    }
}

impl Supply for Tensors {
    fn copy(&self, piece: &Piece, out: &Tensor) -> Result<()> {
        let missing =
            || EngineError::weights(format!("`{}` holds no tensor `{}`", self.origin, piece.tensor));
        let entry = self.get(&piece.tensor).ok_or_else(missing)?;
        let bytes = self.bytes(entry);
        if let Format::Packed(format) = entry.format {
            return unpack(format, bytes, &entry.shape, (&self.origin, piece), out);
        }
        let kind = kind_of(entry)?;
        if piece.transposed || piece.rows.is_some() {
            finite(self, piece, bytes, kind)?;
            put(&view(bytes, &entry.shape, kind)?, piece, out)?;
            self.forget(entry, 0..bytes.len());
            return Ok(());
        }
        let row = bytes.len() / entry.shape.first().map_or(1, |rows| (*rows).max(1) as usize);
        let rows = (CHUNK / row.max(1)).max(1) as i64;
        let mut start = 0;
        while start < piece.of {
            let count = rows.min(piece.of - start);
            let part = start as usize * row..(start + count) as usize * row;
            let mut size = entry.shape.clone();
            size[0] = count;
            finite(self, piece, &bytes[part.clone()], kind)?;
            out.narrow(0, start, count).f_copy_(&view(&bytes[part.clone()], &size, kind)?)?;
            self.forget(entry, part);
            start += count;
        }
        Ok(())
    }

    fn packed(&self, piece: &Piece, inputs: usize) -> Result<Option<PackedRows>> {
        match self.get(&piece.tensor) {
            Some(entry @ Entry { format: Format::Packed(format), .. }) if !piece.transposed => {
                PackedRows::new(*format, self.share(entry), inputs, piece.rows.as_deref()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Refuses weights that are no numbers while they are at hand: no answer would be worth anything, and a part that
/// squeezes its inputs can hide them from the logits.
fn finite(tensors: &Tensors, piece: &Piece, bytes: &[u8], kind: Kind) -> Result<()> {
    // All bits of the exponent are set in infinities and NaN, and in nothing else.
    let found = match kind {
        Kind::Float => any(bytes, |bytes| u32::from_le_bytes(bytes) & 0x7f80_0000 == 0x7f80_0000),
        Kind::BFloat16 => any(bytes, |bytes| u16::from_le_bytes(bytes) & 0x7f80 == 0x7f80),
        _ => any(bytes, |bytes| u16::from_le_bytes(bytes) & 0x7c00 == 0x7c00),
    };
    if found { Err(not_finite(&tensors.origin, &piece.tensor)) } else { Ok(()) }
}

/// Whether any element has a property; without a way out in the middle, so that many are looked at together.
fn any<const SIZE: usize>(bytes: &[u8], has: impl Fn([u8; SIZE]) -> bool) -> bool {
    bytes.as_chunks::<SIZE>().0.iter().fold(false, |found, element| found | has(*element))
}

fn not_finite(origin: &str, tensor: &str) -> EngineError {
    EngineError::weights(format!(
        "tensor `{tensor}` of `{origin}` holds NaN or infinite numbers: its weights are damaged"
    ))
}

/// Copies the unpacked rows that a piece takes of a packed tensor, row by row.
fn unpack(
    format: gguf::Format,
    bytes: &[u8],
    shape: &[i64],
    (origin, piece): (&str, &Piece),
    out: &Tensor,
) -> Result<()> {
    let damaged =
        |error: gguf::GgufError| EngineError::weights(format!("tensor `{}`: {error}", piece.tensor));
    let (rows, inputs) = (shape[0].max(1) as usize, shape.last().copied().unwrap_or(1) as usize);
    let size = bytes.len() / rows;
    let mut values = vec![0.0; inputs];
    for at in 0..piece.count() {
        let row = piece.rows.as_ref().map_or(at, |rows| rows[at as usize]) as usize;
        let packed = bytes.get(row * size..(row + 1) * size).unwrap_or_default();
        gguf::dequantize::row(format, packed, &mut values).map_err(damaged)?;
        if !values.iter().all(|value| value.is_finite()) {
            return Err(not_finite(origin, &piece.tensor));
        }
        out.get(at).f_copy_(&Tensor::from_slice(&values))?;
    }
    Ok(())
}

/// Copies the rows that a piece takes of a tensor.
fn put(tensor: &Tensor, piece: &Piece, out: &Tensor) -> Result<()> {
    let upright = if piece.transposed { tensor.f_transpose(0, 1)? } else { tensor.shallow_clone() };
    let rows = match &piece.rows {
        Some(rows) => upright.f_index_select(0, &Tensor::from_slice(rows))?,
        None => upright,
    };
    out.shallow_clone().f_copy_(&rows)?;
    Ok(())
}

fn kind_of(entry: &Entry) -> Result<Kind> {
    match &entry.format {
        Format::F32 => Ok(Kind::Float),
        Format::F16 => Ok(Kind::Half),
        Format::Bf16 => Ok(Kind::BFloat16),
        Format::Packed(format) => Err(EngineError::internal(format!("{} is packed", format.name()))),
        Format::Other(name) => Err(EngineError::weights(format!("a tensor holds {name}, expected floats"))),
    }
}

/// A tensor over bytes of a file; over a copy where they do not lie as its elements must.
fn view(bytes: &[u8], size: &[i64], kind: Kind) -> Result<Tensor> {
    if !bytes.as_ptr().addr().is_multiple_of(kind.elt_size_in_bytes()) {
        return Ok(Tensor::f_from_data_size(bytes, size, kind)?);
    }
    let mut strides = vec![1; size.len()];
    for index in (1..size.len()).rev() {
        strides[index - 1] = strides[index] * size[index];
    }
    // SAFETY: the bytes are as many as the size asks for (the file's header was checked), they are aligned, and every
    // caller copies from the tensor before the bytes' borrow ends. Nothing writes to it.
    Ok(unsafe { Tensor::f_from_blob(bytes.as_ptr(), size, &strides, kind, Device::Cpu)? })
}
