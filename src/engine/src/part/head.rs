//! From the last hidden state to logits.

use tch::{Kind, Tensor};

use super::norm::Norm;
use crate::linear::Linear;

/// A head with its weights.
#[derive(Debug)]
pub struct Head {
    /// Before everything else.
    pub norm: Option<Norm>,
    /// From the width to the features that the logits are made of.
    pub projection: Option<Linear>,
    /// To the vocabulary.
    pub linear: Linear,
    /// Logits are squeezed into ± this.
    pub softcap: Option<f64>,
}

impl Head {
    /// `[.., width]` to `[.., vocabulary]`, with products computed in `kind`.
    pub fn tensor(&self, hidden: &Tensor, kind: Kind) -> Tensor {
        let mut hidden = self.norm.as_ref().map_or(hidden.shallow_clone(), |norm| norm.tensor(hidden));
        if let Some(projection) = &self.projection {
            hidden = projection.forward_in(&hidden, kind);
        }
        let logits = self.linear.forward_in(&hidden, kind);
        match self.softcap {
            Some(cap) => (logits / cap).tanh() * cap,
            None => logits,
        }
    }

    /// Rows `[rows, width]` to `[rows, vocabulary]` on the CPU.
    pub fn rows(&self, hidden: &[f32]) -> Vec<f32> {
        let mut hidden = self.norm.as_ref().map_or(hidden.to_vec(), |norm| norm.rows(hidden));
        if let Some(projection) = &self.projection {
            hidden = projection.multiply(&hidden);
        }
        let mut logits = self.linear.multiply(&hidden);
        if let Some(cap) = self.softcap {
            let cap = cap as f32;
            // What is infinite must not look like a number that was squeezed.
            let squeezed = |x: f32| if x.is_finite() { (x / cap).tanh() * cap } else { f32::NAN };
            logits.iter_mut().for_each(|logit| *logit = squeezed(*logit));
        }
        logits
    }
}
