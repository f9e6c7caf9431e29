//! One block: attention and feed-forward layer with their norms, in the order of its architecture.

use harness_checkpoint::blueprint::Order;
use tch::Tensor;

use super::attention::Attention;
use super::mlp::Mlp;
use super::norm::Norm;
use super::run::Run;
use super::state::State;

/// A block with its weights.
#[derive(Debug)]
pub struct Block {
    /// What stands before what.
    pub order: Order,
    /// Before attention; behind its sum in [`Order::NormAfterSum`].
    pub attention_norm: Option<Norm>,
    /// Mixes positions.
    pub attention: Attention,
    /// Of what attention gives.
    pub attention_post_norm: Option<Norm>,
    /// Before the feed-forward layer; behind its sum in [`Order::NormAfterSum`].
    pub mlp_norm: Option<Norm>,
    /// Works on each position alone.
    pub mlp: Mlp,
    /// Of what the feed-forward layer gives.
    pub mlp_post_norm: Option<Norm>,
}

impl Block {
    /// The state after this block.
    pub fn run<S: State>(&self, hidden: &S, run: &mut Run) -> S {
        match self.order {
            Order::Sequential => {
                let mixed = normed(&self.attention_norm, hidden).attend(&self.attention, run);
                let hidden = normed(&self.attention_post_norm, &mixed).plus(hidden);
                let fed = normed(&self.mlp_norm, &hidden).feed(&self.mlp, run);
                normed(&self.mlp_post_norm, &fed).plus(&hidden)
            }
            Order::Parallel => {
                let input = normed(&self.attention_norm, hidden);
                let fed = match &self.mlp_norm {
                    Some(norm) => hidden.norm(norm).feed(&self.mlp, run),
                    None => input.feed(&self.mlp, run),
                };
                input.attend(&self.attention, run).plus(&fed).plus(hidden)
            }
            Order::NormAfterSum => {
                let hidden = normed(&self.attention_norm, &hidden.attend(&self.attention, run).plus(hidden));
                normed(&self.mlp_norm, &hidden.feed(&self.mlp, run).plus(&hidden))
            }
        }
    }

    /// Adds the keys and values of a state before this block to the cache, and runs nothing else.
    pub fn fill(&self, hidden: &Tensor, run: &mut Run) {
        match self.order {
            Order::NormAfterSum => self.attention.fill(hidden, run),
            Order::Sequential | Order::Parallel => {
                self.attention.fill(&normed(&self.attention_norm, hidden), run);
            }
        }
    }

    /// Every norm.
    pub fn norms(&self) -> impl Iterator<Item = &Norm> {
        // In the order of the blueprint's.
        [
            &self.attention_norm,
            &self.attention.query_norm,
            &self.attention.key_norm,
            &self.attention_post_norm,
            &self.mlp_norm,
            &self.mlp_post_norm,
        ]
        .into_iter()
        .flatten()
    }
}

fn normed<S: State>(norm: &Option<Norm>, x: &S) -> S {
    match norm {
        Some(norm) => x.norm(norm),
        None => x.share(),
    }
}
