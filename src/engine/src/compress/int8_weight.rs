//! Weights as int8 with one scale an output channel: symmetric, rounded to nearest, activations as they were.

use serde_json::{Map, Value};
use tch::{Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::linear::{Int8, Weight};
use crate::model::Model;
use crate::parameter;

/// Largest int8 magnitude used: -128 stays out, so that the range is symmetric.
const LARGEST: f64 = 127.0;

pub(super) fn apply(model: &mut Model, parameters: &Map<String, Value>) -> Result<()> {
    let mut linears = model.linears_mut();
    if !parameter::flag(parameters, "head")?.unwrap_or(false) {
        linears.pop(); // the head is the last
    }
    for (name, linear) in linears {
        let Some(weight) = linear.as_dense() else {
            return Err(EngineError::internal(format!("`{name}` holds no plain numbers")));
        };
        linear.weight = Weight::Int8(quantize(weight));
    }
    Ok(())
}

fn quantize(weight: &Tensor) -> Int8 {
    let wide = weight.to_kind(Kind::Float);
    let largest = wide.abs().amax([1], true); // [out, 1]
    // A channel of zeros keeps scale 1: any scale gives zeros back.
    let scale = (&largest / LARGEST).where_self(&largest.gt(0.0), &largest.ones_like());
    let weight = (wide / &scale).round().clamp(-LARGEST, LARGEST).to_kind(Kind::Int8);
    Int8 { weight, scale: scale.squeeze_dim(1).contiguous() }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn every_weight_comes_back_within_half_a_step_of_its_channel() {
        tch::manual_seed(5);
        let weight = Tensor::randn([16, 64], (Kind::Float, Device::Cpu))
            * Tensor::rand([16, 1], (Kind::Float, Device::Cpu));
        let Int8 { weight: bytes, scale } = quantize(&weight);
        let back = bytes.to_kind(Kind::Float) * scale.unsqueeze(1);
        let steps = ((back - weight) / scale.unsqueeze(1)).abs().max().double_value(&[]);
        assert!(steps <= 0.5001, "{steps}");
    }

    #[test]
    fn a_channel_of_zeros_stays_zero() {
        let Int8 { weight, scale } = quantize(&Tensor::zeros([2, 4], (Kind::Float, Device::Cpu)));
        assert_eq!(weight.abs().max().int64_value(&[]), 0);
        assert_eq!(scale.min().double_value(&[]), 1.0);
    }
}
