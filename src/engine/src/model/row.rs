//! One position through one Llama block on the CPU, on plain slices.
//!
//! A token costs about sixty libtorch calls a block, each a few microseconds before it does anything;
//! at small widths that is several times the arithmetic. Here only the arithmetic is left.

use super::cache::LayerCache;
use super::llama::{Block, Llama};
use crate::kernel::rows;

impl Llama {
    /// The state after block `block` of one new position, `[width]` to `[width]`; adds to the cache.
    pub(super) fn block_row(&self, block: &Block, hidden: &[f32], cache: &mut LayerCache) -> Vec<f32> {
        let config = &self.config;
        let (heads, kv_heads, width) =
            (config.heads as usize, config.kv_heads as usize, config.head_dim as usize);
        let mut fused = block.qkv_proj.row(&self.normalize_row(hidden, &block.input_layernorm));
        let position = cache.length();
        for head in fused[..(heads + kv_heads) * width].chunks_exact_mut(width) {
            self.rope.rotate_row(head, position);
        }
        let (query, key_value) = fused.split_at(heads * width);
        let (keys, values) = key_value.split_at(kv_heads * width);
        cache.append_row(keys, values);

        let mut mixed = vec![0.0; heads * width];
        let mut weights = vec![0.0; cache.length() as usize];
        let group = heads / kv_heads;
        for (head, (query, mixed)) in query.chunks_exact(width).zip(mixed.chunks_exact_mut(width)).enumerate()
        {
            let (keys, values) = cache.head(head / group);
            rows::dots(query, keys, &mut weights);
            softmax(&mut weights, 1.0 / (width as f32).sqrt());
            rows::weighted_sum(&weights, values, mixed);
        }
        let hidden = add(block.o_proj.row(&mixed), hidden);

        let gate_up = block.gate_up_proj.row(&self.normalize_row(&hidden, &block.post_attention_layernorm));
        let (gate, up) = gate_up.split_at(gate_up.len() / 2);
        let activated: Vec<f32> =
            gate.iter().zip(up).map(|(gate, up)| gate / (1.0 + (-gate).exp()) * up).collect();
        add(block.down_proj.row(&activated), &hidden)
    }

    /// RMSNorm of one row.
    pub(super) fn normalize_row(&self, hidden: &[f32], weight: &tch::Tensor) -> Vec<f32> {
        let mut square = [0.0];
        rows::dots(hidden, hidden, &mut square);
        let scale = 1.0 / (square[0] / hidden.len() as f32 + self.config.norm_eps as f32).sqrt();
        hidden.iter().zip(rows::elements(weight)).map(|(x, weight)| x * scale * weight).collect()
    }
}

fn add(mut a: Vec<f32>, b: &[f32]) -> Vec<f32> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

fn softmax(x: &mut [f32], scale: f32) {
    let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    x.iter_mut().for_each(|x| *x = ((*x - largest) * scale).exp());
    let sum: f32 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}
