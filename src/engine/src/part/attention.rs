//! Causal attention: grouped heads, norms and rotations of queries and keys, windows, soft caps.

use tch::{Kind, Tensor};

use super::norm::Norm;
use super::rotation::Rotation;
use super::run::Run;
use crate::kernel::rows;
use crate::linear::Linear;

/// Attention with its weights.
#[derive(Debug)]
pub struct Attention {
    /// `[(heads + 2 kv_heads) head_dim, width]`: a token costs one product instead of three.
    pub query_key_value: Linear,
    /// `[width, heads head_dim]`
    pub output: Linear,
    /// Query heads.
    pub heads: i64,
    /// Key and value heads.
    pub kv_heads: i64,
    /// Features of one head.
    pub head_dim: i64,
    /// Of each query head.
    pub query_norm: Option<Norm>,
    /// Of each key head.
    pub key_norm: Option<Norm>,
    /// Index into the model's rotations.
    pub rotary: Option<usize>,
    /// Positions that a query sees, its own included.
    pub window: Option<i64>,
    /// Scores are squeezed into ± this.
    pub softcap: Option<f64>,
    /// Factor of scores.
    pub scale: f64,
}

impl Attention {
    /// Of `[batch, time, width]`, whose positions follow those in the cache.
    pub fn tensor(&self, x: &Tensor, run: &mut Run) -> Tensor {
        let [batch, time, _] = size3(x);
        let heads = self.heads + 2 * self.kv_heads;
        let fused = self.query_key_value.forward_in(x, run.products.linear);
        let fused = fused.reshape([batch, time, heads, self.head_dim]);
        let position = run.cache.as_ref().map_or(0, |cache| cache.length());
        let rotation = self.rotary.map(|index| &run.rotations[index]);
        let query = turned(fused.narrow(2, 0, self.heads), &self.query_norm, rotation, position);
        let keys = turned(fused.narrow(2, self.heads, self.kv_heads), &self.key_norm, rotation, position);
        let values = fused.narrow(2, self.heads + self.kv_heads, self.kv_heads);
        let format = run.products.attention;
        let mixed = match &mut run.cache {
            Some(cache) => {
                cache.append(&keys, &values);
                let (keys, values) = match position {
                    0 => (keys.transpose(1, 2), values.transpose(1, 2)),
                    _ => (cache.keys(), cache.values()),
                };
                self.mix(&query.to_kind(format), &keys.to_kind(format), &values.to_kind(format))
            }
            None => {
                let [query, keys, values] = [query, keys, values].map(|part| part.to_kind(format));
                self.mix(&query, &keys.transpose(1, 2), &values.transpose(1, 2))
            }
        };
        self.output.forward_in(&mixed.to_kind(x.kind()), run.products.linear)
    }

    /// Adds keys and values of states `[batch, time, width]` to the cache, and nothing else.
    pub fn fill(&self, x: &Tensor, run: &mut Run) {
        let [batch, time, _] = size3(x);
        let Some(cache) = &mut run.cache else { return };
        let (start, count) = (self.heads * self.head_dim, 2 * self.kv_heads * self.head_dim);
        let fused = self.query_key_value.rows(start, count).forward(x);
        let fused = fused.reshape([batch, time, 2 * self.kv_heads, self.head_dim]);
        let rotation = self.rotary.map(|index| &run.rotations[index]);
        let keys = turned(fused.narrow(2, 0, self.kv_heads), &self.key_norm, rotation, cache.length());
        cache.append(&keys, &fused.narrow(2, self.kv_heads, self.kv_heads));
    }

    /// Queries `[batch, time, heads, head_dim]` over keys and values `[batch, kv_heads, total, head_dim]`, of which
    /// the last `time` stand at the queries' positions: `[batch, time, heads head_dim]`.
    fn mix(&self, query: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        let (batch, time) = (query.size()[0], query.size()[1]);
        let total = keys.size()[2];
        let seen = self.window.unwrap_or(total).min(total);
        let query = query.transpose(1, 2); // [batch, heads, time, head_dim]
        let mixed = if time == 1 {
            // The whole window is before the only query: nothing to mask.
            let narrow = |x: &Tensor| x.narrow(2, total - seen, seen);
            self.scores(&query, &narrow(keys), &narrow(values), None)
        } else if self.softcap.is_some() {
            self.scores(&query, keys, values, Some(mask(time, total, seen, &query)))
        } else {
            let causal = time == total && seen == total;
            let mask = (!causal).then(|| mask(time, total, seen, &query));
            let scale = Some(self.scale);
            Tensor::scaled_dot_product_attention(&query, keys, values, mask, 0.0, causal, scale, true)
        };
        mixed.transpose(1, 2).reshape([batch, time, -1])
    }

    /// Attention as its formula says, where libtorch's fused one does not fit or is slower.
    fn scores(&self, query: &Tensor, keys: &Tensor, values: &Tensor, mask: Option<Tensor>) -> Tensor {
        let (size, total) = (query.size(), keys.size()[2]);
        let (batch, time, group) = (size[0], size[2], self.heads / self.kv_heads);
        // Query heads that share keys are rows of one product.
        let grouped = query.reshape([batch, self.kv_heads, group * time, self.head_dim]);
        let mut scores = grouped.matmul(&keys.transpose(2, 3)) * self.scale;
        if let Some(cap) = self.softcap {
            scores = (scores / cap).tanh() * cap;
        }
        if let Some(mask) = mask {
            let apart = scores.reshape([batch, self.kv_heads, group, time, total]);
            scores = apart.masked_fill(&mask.logical_not(), f64::NEG_INFINITY);
            scores = scores.reshape([batch, self.kv_heads, group * time, total]);
        }
        scores.softmax(-1, None::<Kind>).matmul(values).reshape(&size[..])
    }

    /// Of rows `[rows, width]` on the CPU, each behind the one before it.
    pub fn rows(&self, x: &[f32], run: &mut Run) -> Vec<f32> {
        let mut fused = self.query_key_value.multiply(x);
        let width = (self.heads * self.head_dim) as usize;
        let count = fused.len() / self.query_key_value.outputs();
        let mut mixed = vec![0.0; count * width];
        for (fused, mixed) in
            fused.chunks_exact_mut(self.query_key_value.outputs()).zip(mixed.chunks_exact_mut(width))
        {
            self.mix_row(fused, mixed, run);
        }
        self.output.multiply(&mixed)
    }

    /// Mixes the values that one row sees into `mixed [heads head_dim]`; `fused` holds its queries, keys and values.
    fn mix_row(&self, fused: &mut [f32], mixed: &mut [f32], run: &mut Run) {
        let cache = run.cache.as_mut().expect("rows are generated tokens, which have a cache");
        let (heads, kv_heads, width) = (self.heads as usize, self.kv_heads as usize, self.head_dim as usize);
        let position = cache.length();
        let rotation = self.rotary.map(|index| &run.rotations[index]);
        for (index, head) in fused[..(heads + kv_heads) * width].chunks_exact_mut(width).enumerate() {
            if let Some(norm) = if index < heads { &self.query_norm } else { &self.key_norm } {
                norm.row_in_place(head);
            }
            if let Some(rotation) = rotation {
                rotation.row(head, position);
            }
        }
        let (query, key_value) = fused.split_at(heads * width);
        let (keys, values) = key_value.split_at(kv_heads * width);
        cache.append_row(keys, values);

        let total = cache.length() as usize;
        let seen = self.window.map_or(total, |window| total.min(window as usize));
        let mut weights = vec![0.0; seen];
        let group = heads / kv_heads;
        for (head, (query, mixed)) in query.chunks_exact(width).zip(mixed.chunks_exact_mut(width)).enumerate()
        {
            let (keys, values) = cache.head(head / group);
            let first = (total - seen) * width;
            rows::dots(query, &keys[first..], &mut weights);
            softmax(&mut weights, self.scale as f32, self.softcap.map(|cap| cap as f32));
            rows::weighted_sum(&weights, &values[first..], mixed);
        }
    }
}

/// Heads `[batch, time, heads, head_dim]` as attention compares them.
fn turned(heads: Tensor, norm: &Option<Norm>, rotation: Option<&Rotation>, position: i64) -> Tensor {
    let heads = norm.as_ref().map_or(heads.shallow_clone(), |norm| norm.tensor(&heads));
    rotation.map_or(heads.shallow_clone(), |rotation| rotation.tensor(&heads, position))
}

/// Which of `total` positions each of the last `time` sees: `[time, total]`.
fn mask(time: i64, total: i64, seen: i64, like: &Tensor) -> Tensor {
    let options = (Kind::Int64, like.device());
    let query = Tensor::arange_start(total - time, total, options).unsqueeze(1);
    let key = Tensor::arange(total, options).unsqueeze(0);
    let behind = query - key; // [time, total]
    behind.ge(0).logical_and(&behind.lt(seen))
}

fn softmax(x: &mut [f32], scale: f32, cap: Option<f32>) {
    match cap {
        Some(cap) => x.iter_mut().for_each(|x| *x = (*x * scale / cap).tanh() * cap),
        None => x.iter_mut().for_each(|x| *x *= scale),
    }
    let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    x.iter_mut().for_each(|x| *x = (*x - largest).exp());
    let sum: f32 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}

/// The three sizes of a tensor.
fn size3(tensor: &Tensor) -> [i64; 3] {
    tensor.size().try_into().expect("three dimensions")
}
