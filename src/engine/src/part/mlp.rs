//! Feed-forward layers, gated and plain.

use harness_checkpoint::blueprint::Activation;
use tch::{Kind, Tensor};

use crate::linear::Linear;

/// A feed-forward layer with its weights.
#[derive(Debug)]
pub struct Mlp {
    /// To the neurons; gate, then up, where it is gated.
    pub up: Linear,
    /// Back to the width.
    pub down: Linear,
    /// Whether half of `up`'s outputs gate the other half.
    pub gated: bool,
    /// Of the gate, else of the neurons.
    pub activation: Activation,
}

impl Mlp {
    /// Of `[.., width]`, with products computed in `kind`.
    pub fn tensor(&self, x: &Tensor, kind: Kind) -> Tensor {
        let up = self.up.forward_in(x, kind);
        let active = if self.gated {
            let half = up.chunk(2, -1); // pruning makes this narrower than the config says
            activate(&half[0], self.activation) * &half[1]
        } else {
            activate(&up, self.activation)
        };
        self.down.forward_in(&active, kind)
    }

    /// Of rows `[rows, width]` on the CPU.
    pub fn rows(&self, x: &[f32]) -> Vec<f32> {
        let mut up = self.up.multiply(x);
        let activation = self.activation;
        if self.gated {
            let outputs = self.up.outputs();
            let mut active = Vec::with_capacity(up.len() / 2);
            for up in up.chunks_exact(outputs) {
                let (gate, up) = up.split_at(outputs / 2);
                active.extend(gate.iter().zip(up).map(|(gate, up)| activate_one(*gate, activation) * up));
            }
            return self.down.multiply(&active);
        }
        up.iter_mut().for_each(|x| *x = activate_one(*x, activation));
        self.down.multiply(&up)
    }
}

fn activate(x: &Tensor, activation: Activation) -> Tensor {
    match activation {
        Activation::Silu => x.silu(),
        Activation::Gelu => x.gelu("none"),
        Activation::GeluTanh => x.gelu("tanh"),
        Activation::Relu => x.relu(),
    }
}

fn activate_one(x: f32, activation: Activation) -> f32 {
    match activation {
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Gelu => 0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2)),
        Activation::GeluTanh => {
            let inner = 0.797_884_6 * (x + 0.044_715 * x * x * x); // √(2/π)
            0.5 * x * (1.0 + inner.tanh())
        }
        // A plain `max` would make 0 of what is no number.
        Activation::Relu => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        }
    }
}
