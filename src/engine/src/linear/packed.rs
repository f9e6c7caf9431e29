//! Weights as a GGUF file holds them: packed in blocks, in the file's own memory.

use std::ops::Range;
use std::sync::Arc;

use harness_checkpoint::gguf::{Format, dequantize};
use harness_checkpoint::tensors::Shared;
use tch::{Kind, Tensor};

use super::form::Form;
use crate::error::{EngineError, Result};
use crate::kernel::{self, Held, Kernel, pick, rows, rows_of};

/// Rows of one projection, part after part: a file may hold queries in another format than values.
#[derive(Debug, Clone)]
pub struct Packed {
    parts: Vec<PackedRows>,
    inputs: usize,
}

/// Rows in one format.
#[derive(Debug, Clone)]
pub struct PackedRows {
    format: Format,
    bytes: Bytes,
    rows: usize,
}

#[derive(Debug, Clone)]
enum Bytes {
    /// The file's own memory.
    File(Shared),
    /// A copy in another order.
    Copy(Arc<Vec<u8>>, Range<usize>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::File(shared) => shared.bytes(),
            Self::Copy(bytes, range) => &bytes[range.clone()],
        }
    }

    fn part(&self, part: Range<usize>) -> Self {
        match self {
            Self::File(shared) => Self::File(shared.part(part)),
            Self::Copy(bytes, range) => {
                Self::Copy(Arc::clone(bytes), range.start + part.start..range.start + part.end)
            }
        }
    }
}

impl PackedRows {
    /// All rows of a tensor of `inputs` features, or those that `order` names.
    pub fn new(format: Format, shared: Shared, inputs: usize, order: Option<&[i64]>) -> Result<Self> {
        let row_bytes = row_bytes(format, inputs)?;
        let rows = shared.bytes().len() / row_bytes;
        let Some(order) = order else { return Ok(Self { format, bytes: Bytes::File(shared), rows }) };
        let mut copy = Vec::with_capacity(order.len() * row_bytes);
        for row in order {
            let start = *row as usize * row_bytes;
            let bytes = shared.bytes().get(start..start + row_bytes);
            copy.extend(
                bytes.ok_or_else(|| EngineError::weights("a packed tensor has fewer rows than its shape"))?,
            );
        }
        let range = 0..copy.len();
        Ok(Self { format, bytes: Bytes::Copy(Arc::new(copy), range), rows: order.len() })
    }
}

fn row_bytes(format: Format, inputs: usize) -> Result<usize> {
    let bytes = format.bytes_of(inputs as u64).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| {
        EngineError::weights(format!("rows of {inputs} features are no whole blocks of {}", format.name()))
    })
}

impl Packed {
    /// Parts, the outputs of one after those of another.
    pub fn new(parts: Vec<PackedRows>, inputs: usize) -> Self {
        Self { parts, inputs }
    }

    /// Where the first part lies: two with the same place share their memory.
    pub fn place(&self) -> *const u8 {
        self.parts.first().map_or(std::ptr::null(), |part| part.bytes.get().as_ptr())
    }

    /// Number formats that rows are held in, as a table names them.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> {
        self.parts.iter().map(|part| part.format.name())
    }

    /// Values of the rows at `ids`, one after another: `[ids, in]`.
    pub fn unpacked_rows(&self, ids: &[i64]) -> Tensor {
        let mut values = vec![0.0; ids.len() * self.inputs];
        for (id, out) in ids.iter().zip(values.chunks_exact_mut(self.inputs)) {
            let mut row = *id as usize;
            for part in &self.parts {
                if row < part.rows {
                    let bytes = part.bytes.get();
                    let size = bytes.len() / part.rows;
                    unpack(part.format, &bytes[row * size..(row + 1) * size], out);
                    break;
                }
                row -= part.rows;
            }
        }
        Tensor::from_slice(&values).reshape([ids.len() as i64, self.inputs as i64])
    }

    /// All values in f32: `[out, in]`. What it makes lives only as long as the caller keeps it.
    fn wide(&self) -> Tensor {
        let mut values = vec![0.0; self.outputs() * self.inputs];
        let mut rest = &mut values[..];
        let threads = tch::get_num_threads().max(1) as usize;
        for part in &self.parts {
            let (own, behind) = rest.split_at_mut(part.rows * self.inputs);
            rest = behind;
            let bytes = part.bytes.get();
            let share = part.rows.div_ceil(threads).max(1);
            let size = bytes.len() / part.rows.max(1);
            std::thread::scope(|scope| {
                for (bytes, out) in bytes.chunks(share * size).zip(own.chunks_mut(share * self.inputs)) {
                    scope.spawn(move || unpack(part.format, bytes, out));
                }
            });
        }
        Tensor::from_slice(&values).reshape([-1, self.inputs as i64])
    }
}

/// Lengths were checked when the rows were made.
fn unpack(format: Format, bytes: &[u8], out: &mut [f32]) {
    dequantize::row(format, bytes, out).expect("bytes of whole rows");
}

impl Form for Packed {
    fn forward(&self, x: &Tensor) -> Tensor {
        let count = rows_of(x);
        if matches!(self.kernel(count), Kernel::RowsPacked(_)) {
            return rows::product(x, self.outputs(), self.inputs, |x, out| self.multiply(x, out));
        }
        x.linear(&self.wide().to_kind(x.kind()), None::<Tensor>)
    }

    fn forward_in(&self, x: &Tensor, _kind: Kind) -> Tensor {
        self.forward(x)
    }

    fn multiply(&self, x: &[f32], out: &mut [f32]) {
        for (x, out) in x.chunks_exact(self.inputs).zip(out.chunks_exact_mut(self.outputs())) {
            let mut rest = out;
            for part in &self.parts {
                let (own, behind) = rest.split_at_mut(part.rows);
                rest = behind;
                kernel::packed::row(part.format, part.bytes.get(), x, own);
            }
        }
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    fn parameters(&self) -> u64 {
        (self.outputs() * self.inputs) as u64
    }

    fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes.get().len() as u64).sum()
    }

    fn kernel(&self, rows: usize) -> Kernel {
        let format = self.parts.first().map_or(Format::F32, |part| part.format);
        pick(rows, Held::Packed(format), tch::Device::Cpu)
    }

    fn kernels(&self, rows: usize) -> Vec<Kernel> {
        let kernel = |part: &PackedRows| pick(rows, Held::Packed(part.format), tch::Device::Cpu);
        self.parts.iter().map(kernel).collect()
    }
}

impl Packed {
    /// The weights of output rows `start..start + rows`, sharing memory.
    pub fn rows(&self, start: i64, rows: i64) -> Self {
        let (mut skip, mut wanted) = (start as usize, rows as usize);
        let mut parts = Vec::new();
        for part in &self.parts {
            let first = skip.min(part.rows);
            let count = (part.rows - first).min(wanted);
            skip -= first;
            wanted -= count;
            if count > 0 {
                let size = part.bytes.get().len() / part.rows;
                let bytes = part.bytes.part(first * size..(first + count) * size);
                parts.push(PackedRows { format: part.format, bytes, rows: count });
            }
        }
        Self { parts, inputs: self.inputs }
    }
}
