//! Rotary position embedding: turns pairs of features by an angle that grows with the position.
//!
//! Su et al. 2021, arXiv 2104.09864; pairs are (i, i + head_dim/2) as in Hugging Face checkpoints.

use std::f64::consts::PI;

use tch::{Device, Kind, Tensor};

use super::config::ModelConfig;
use crate::kernel::rows;

/// Cosines and sines of every position.
#[derive(Debug)]
pub struct Rope {
    cos: Tensor, // [context, 1, head_dim]
    sin: Tensor, // [context, 1, head_dim], first half negated
    half: i64,
}

impl Rope {
    /// Tables for all positions of a model's context.
    pub fn new(config: &ModelConfig, kind: Kind, device: Device) -> Self {
        let half = config.head_dim / 2;
        let frequencies: Vec<f64> = (0..half).map(|pair| frequency(config, pair)).collect();
        let frequencies = Tensor::from_slice(&frequencies);
        let positions = Tensor::arange(config.context, (Kind::Double, Device::Cpu));
        let angles = positions.unsqueeze(1) * frequencies.unsqueeze(0); // [context, half]
        let table = |tensor: Tensor| tensor.unsqueeze(1).to_kind(kind).to_device(device);
        let (cos, sin) = (angles.cos(), angles.sin());
        Self {
            cos: table(Tensor::cat(&[&cos, &cos], -1)),
            sin: table(Tensor::cat(&[&-&sin, &sin], -1)),
            half,
        }
    }

    /// Rotates `[.., time, heads, head_dim]` whose first row stands at `position`.
    pub fn rotate(&self, x: &Tensor, position: i64) -> Tensor {
        let time = x.size()[x.dim() - 3];
        let cos = self.cos.narrow(0, position, time);
        let sin = self.sin.narrow(0, position, time);
        let swapped = x.roll([self.half], [-1]);
        (x * cos).addcmul(&swapped, &sin)
    }

    /// Rotates one head `[head_dim]` at `position`, on the CPU in f32.
    pub fn rotate_row(&self, head: &mut [f32], position: i64) {
        let (low, high) = head.split_at_mut(self.half as usize);
        let width = 2 * low.len();
        let start = position as usize * width;
        let table = |tensor| &rows::elements(tensor)[start..start + width];
        let (cos, sin) = (table(&self.cos), table(&self.sin));
        // The tables' second half holds the plain sines.
        for (pair, (low, high)) in low.iter_mut().zip(high).enumerate() {
            let (cos, sin) = (cos[pair], sin[self.half as usize + pair]);
            (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
        }
    }
}

/// Angle per position of one pair, in radians; stretched as in Llama 3.1 where the config says so.
fn frequency(config: &ModelConfig, pair: i64) -> f64 {
    let plain = config.rope_theta.powf(-2.0 * pair as f64 / config.head_dim as f64);
    let Some(scaling) = &config.rope_scaling else { return plain };
    let turns = scaling.original_max_position_embeddings * plain / (2.0 * PI); // in the first training's context
    let share = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
    let keep = share.clamp(0.0, 1.0);
    plain * (keep + (1.0 - keep) / scaling.factor)
}
