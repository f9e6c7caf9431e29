//! Keys and values of one block for every position so far, in memory taken once.

use tch::{Device, Kind, Tensor};

use crate::kernel::rows;

/// Keys and values of one block; rotated keys.
#[derive(Debug)]
pub struct LayerCache {
    keys: Tensor,   // [batch, kv_heads, capacity, head_dim]
    values: Tensor, // [batch, kv_heads, capacity, head_dim]
    length: i64,
}

impl LayerCache {
    /// Room for sequences: `[batch, kv_heads, capacity, head_dim]`.
    pub fn new(size: [i64; 4], kind: Kind, device: Device) -> Self {
        Self {
            keys: Tensor::zeros(size, (kind, device)),
            values: Tensor::zeros(size, (kind, device)),
            length: 0,
        }
    }

    /// Forgets every position.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Forgets the positions behind the first `length`.
    pub fn truncate(&mut self, length: i64) {
        self.length = self.length.min(length);
    }

    /// Positions held.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// Adds positions: keys and values `[batch, time, kv_heads, head_dim]`.
    pub fn append(&mut self, keys: &Tensor, values: &Tensor) {
        let time = keys.size()[1];
        self.keys.narrow(2, self.length, time).copy_(&keys.transpose(1, 2));
        self.values.narrow(2, self.length, time).copy_(&values.transpose(1, 2));
        self.length += time;
    }

    /// Adds one position of the only sequence, on the CPU: keys and values `[kv_heads, head_dim]`.
    pub fn append_row(&mut self, keys: &[f32], values: &[f32]) {
        let size = self.keys.size();
        let (capacity, width) = (size[2] as usize, size[3] as usize);
        let position = self.length as usize;
        for (store, new) in [(&mut self.keys, keys), (&mut self.values, values)] {
            let store = rows::elements_mut(store);
            for (head, new) in new.chunks_exact(width).enumerate() {
                let start = (head * capacity + position) * width;
                store[start..start + width].copy_from_slice(new);
            }
        }
        self.length += 1;
    }

    /// Keys and values of one key-value head of the only sequence, on the CPU: `[length, head_dim]` each.
    pub fn head(&self, head: usize) -> (&[f32], &[f32]) {
        let size = self.keys.size();
        let (capacity, width) = (size[2] as usize, size[3] as usize);
        let range = head * capacity * width..(head * capacity + self.length as usize) * width;
        (&rows::elements(&self.keys)[range.clone()], &rows::elements(&self.values)[range])
    }

    /// Keys of all positions held: `[batch, kv_heads, length, head_dim]`.
    pub fn keys(&self) -> Tensor {
        self.keys.narrow(2, 0, self.length)
    }

    /// Values of all positions held: `[batch, kv_heads, length, head_dim]`.
    pub fn values(&self) -> Tensor {
        self.values.narrow(2, 0, self.length)
    }
}
