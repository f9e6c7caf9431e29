//! Norms over the last dimension.

use harness_checkpoint::blueprint::NormRule;
use tch::{Kind, Tensor};

use crate::kernel::rows;

/// A norm with its weights.
#[derive(Debug)]
pub struct Norm {
    /// `[features]`; for [`NormRule::RmsPlusOne`] the one is added.
    pub weight: Tensor,
    /// `[features]`
    pub bias: Option<Tensor>,
    /// What is divided by what.
    pub rule: NormRule,
    /// Added before the root.
    pub eps: f64,
}

impl Norm {
    /// Of `[.., features]`.
    pub fn tensor(&self, x: &Tensor) -> Tensor {
        let features = self.weight.size();
        match self.rule {
            NormRule::Layer => {
                x.layer_norm(features, Some(&self.weight), self.bias.as_ref(), self.eps, false)
            }
            NormRule::Rms | NormRule::RmsPlusOne => x.rms_norm(features, Some(&self.weight), self.eps),
        }
    }

    /// Of rows `[rows, features]`.
    pub fn rows(&self, x: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        out.chunks_exact_mut(self.weight.numel()).for_each(|row| self.row_in_place(row));
        out
    }

    /// Of one row, in its own place.
    pub fn row_in_place(&self, x: &mut [f32]) {
        let count = x.len() as f32;
        if self.rule == NormRule::Layer {
            let mean = x.iter().sum::<f32>() / count;
            x.iter_mut().for_each(|x| *x -= mean);
        }
        let mut square = [0.0];
        rows::dots(x, x, &mut square);
        let scale = 1.0 / (square[0] / count + self.eps as f32).sqrt();
        x.iter_mut().zip(rows::elements(&self.weight)).for_each(|(x, weight)| *x = *x * scale * weight);
        if let Some(bias) = &self.bias {
            x.iter_mut().zip(rows::elements(bias)).for_each(|(x, bias)| *x += bias);
        }
    }

    /// Its tensors as a checkpoint holds them whose norms follow `rule`.
    pub fn stored(&self, rule: NormRule) -> (Tensor, Option<Tensor>) {
        let weight = match rule {
            NormRule::RmsPlusOne => self.weight.to_kind(Kind::Float) - 1.0,
            NormRule::Rms | NormRule::Layer => self.weight.shallow_clone(),
        };
        (weight, self.bias.as_ref().map(Tensor::shallow_clone))
    }

    /// Weights and biases.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        std::iter::once(&self.weight).chain(&self.bias)
    }
}
