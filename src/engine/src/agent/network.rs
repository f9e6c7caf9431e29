//! A multilayer perceptron with tanh between its layers, over tensors to learn and over rows to decide.

use std::f64::consts::PI;

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use tch::{Device, Kind, Tensor};

use crate::error::Result;
use crate::linear::Linear;

/// Gain of orthogonal weights before a tanh, as Stable-Baselines3 has it.
const HIDDEN_GAIN: f64 = std::f64::consts::SQRT_2;

/// Layers with biases; nothing behind the last one.
#[derive(Debug)]
pub struct Network {
    /// In the order in which they run.
    pub layers: Vec<Linear>,
}

impl Network {
    /// Orthogonal weights and biases of 0 (Saxe et al. 2014, arXiv 1312.6120), to be trained; `gain` is the last layer's.
    ///
    /// # Errors
    /// libtorch has no memory for it.
    pub fn new(
        inputs: i64,
        hidden: &[u32],
        outputs: i64,
        gain: f64,
        generator: &mut ChaCha12Rng,
    ) -> Result<Self> {
        let mut layers = Vec::new();
        let mut features = inputs;
        for neurons in hidden {
            layers.push((
                orthogonal(i64::from(*neurons), features, HIDDEN_GAIN, generator)?,
                i64::from(*neurons),
            ));
            features = i64::from(*neurons);
        }
        layers.push((orthogonal(outputs, features, gain, generator)?, outputs));
        let layers = layers.into_iter().map(|(weight, outputs)| {
            let bias = Tensor::zeros([outputs], (Kind::Float, Device::Cpu));
            Linear {
                bias: Some(bias.set_requires_grad(true)),
                ..Linear::dense(weight.set_requires_grad(true))
            }
        });
        Ok(Self { layers: layers.collect() })
    }

    /// `[rows, inputs]` to `[rows, outputs]`, with gradients where its tensors have them.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = x.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x);
            if index + 1 < self.layers.len() {
                x = x.tanh();
            }
        }
        x
    }

    /// One row on the CPU.
    pub fn row(&self, x: &[f32]) -> Vec<f32> {
        let mut x = self.layers[0].multiply(x);
        for layer in &self.layers[1..] {
            x.iter_mut().for_each(|x| *x = x.tanh());
            x = layer.multiply(&x);
        }
        x
    }

    /// Every weight and bias, sharing memory.
    pub fn tensors(&self) -> Vec<Tensor> {
        let both = |layer: &Linear| {
            [layer.as_dense().map(Tensor::shallow_clone), layer.bias.as_ref().map(Tensor::shallow_clone)]
        };
        self.layers.iter().flat_map(both).flatten().collect()
    }
}

/// A matrix whose shorter side's vectors are orthogonal, all of length `gain`.
fn orthogonal(outputs: i64, inputs: i64, gain: f64, generator: &mut ChaCha12Rng) -> Result<Tensor> {
    let (long, short) = (outputs.max(inputs), outputs.min(inputs));
    let drawn: Vec<f64> = (0..long * short).map(|_| normal(generator)).collect();
    let (q, r) = Tensor::f_linalg_qr(&Tensor::from_slice(&drawn).reshape([long, short]), "reduced")?;
    // The factorisation leaves signs open; this choice makes the matrix evenly distributed (Mezzadri 2007).
    let upright = q * r.diagonal(0, 0, 1).sign();
    let matrix = if outputs < inputs { upright.transpose(0, 1) } else { upright };
    Ok((matrix * gain).to_kind(Kind::Float).contiguous())
}

/// A number of the standard normal distribution (Box and Muller 1958).
fn normal(generator: &mut ChaCha12Rng) -> f64 {
    let radius = (-2.0 * libm::log(1.0 - generator.random::<f64>())).sqrt();
    radius * libm::cos(2.0 * PI * generator.random::<f64>())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn new_weights_are_orthogonal_and_rows_agree_with_tensors() {
        let mut generator = ChaCha12Rng::seed_from_u64(1);
        let network = Network::new(24, &[16, 8], 2, 0.01, &mut generator).unwrap();
        let first = network.layers[0].as_dense().unwrap().detach();
        let products =
            first.matmul(&first.transpose(0, 1)) - Tensor::eye(16, (Kind::Float, Device::Cpu)) * 2.0;
        assert!(products.abs().max().double_value(&[]) < 1e-5);

        let x = Tensor::from_slice(&(0..24).map(|n| (n as f32).sin()).collect::<Vec<_>>());
        let expected =
            Vec::<f32>::try_from(network.forward(&x.unsqueeze(0)).detach().flatten(0, -1)).unwrap();
        for (found, expected) in network.row(crate::kernel::rows::elements(&x)).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_network() {
        let draw =
            |seed| Network::new(6, &[4], 1, 1.0, &mut ChaCha12Rng::seed_from_u64(seed)).unwrap().tensors();
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
