//! Whole sequences through a Llama without a cache, as training and its evaluation run them.

use tch::{Kind, Tensor};

use super::Model;
use super::llama::{Llama, causal_attention, size3};

/// Number formats in which matrix products are computed; whatever goes in and comes out is f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Products {
    /// Format of the projections, the head included.
    pub linear: Kind,
    /// Format of attention.
    pub attention: Kind,
}

impl Products {
    /// Nothing is rounded.
    pub const F32: Self = Self { linear: Kind::Float, attention: Kind::Float };
}

impl Llama {
    /// Runs block `index` on `[batch, time, width]`.
    pub fn block_on_sequences(&self, index: usize, hidden: &Tensor, products: Products) -> Tensor {
        let block = &self.blocks[index];
        let [batch, time, _] = size3(hidden);
        let Products { linear, attention } = products;
        let (query, keys, values) =
            self.query_key_value(block, &self.normalize(hidden, &block.input_layernorm), linear);
        let (query, keys) = (self.rope.rotate(&query, 0), self.rope.rotate(&keys, 0));
        let [query, keys, values] = [query, keys, values].map(|tensor| tensor.to_kind(attention));
        let mixed = causal_attention(&query, &keys, &values).reshape([batch, time, -1]);
        let hidden = hidden + block.o_proj.forward_in(&mixed.to_kind(hidden.kind()), linear);
        &hidden + self.feed_forward(block, &self.normalize(&hidden, &block.post_attention_layernorm), linear)
    }

    /// Final norm and output projection, `[batch, time, width]` to logits `[batch, time, vocabulary]`.
    pub fn head_on_sequences(&self, hidden: &Tensor, products: Products) -> Tensor {
        if products.linear == hidden.kind() {
            return self.head(hidden);
        }
        self.lm_head.forward_in(&self.normalize(hidden, &self.norm), products.linear)
    }
}
