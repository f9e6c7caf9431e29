//! Brings each feature of a state to mean 0 and deviation 1, or a network that learnt so back to plain states.

use tch::{Kind, Tensor};

use crate::linear::Linear;

/// A feature that hardly ever changes is not blown up.
const LEAST_DEVIATION: f64 = 1e-6;

/// Mean and deviation of each feature: `[width]`, f64.
#[derive(Debug)]
pub struct Scale {
    /// Means.
    pub mean: Tensor,
    /// Deviations, above 0.
    pub deviation: Tensor,
}

impl Scale {
    /// Of rows `[rows, width]`.
    pub fn of(rows: &Tensor) -> Self {
        let rows = rows.to_kind(Kind::Double);
        let mean = rows.mean_dim(Some([0_i64].as_slice()), false, Kind::Double);
        let deviation =
            (rows - &mean).square().mean_dim(Some([0_i64].as_slice()), false, Kind::Double).sqrt();
        Self { mean, deviation: deviation.clamp_min(LEAST_DEVIATION) }
    }

    /// Rows `[rows, width]`, scaled, in their own kind.
    pub fn apply(&self, rows: &Tensor) -> Tensor {
        ((rows.to_kind(Kind::Double) - &self.mean) / &self.deviation).to_kind(rows.kind())
    }

    /// A layer over plain states that gives what this one gives over scaled ones.
    pub fn fold(&self, weight: &Tensor, bias: &Tensor) -> Linear {
        let wide = weight.detach().to_kind(Kind::Double) / &self.deviation;
        let shift = wide.matmul(&self.mean);
        let bias = (bias.detach().to_kind(Kind::Double) - shift).to_kind(Kind::Float);
        Linear { bias: Some(bias), ..Linear::dense(wide.to_kind(Kind::Float).contiguous()) }
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn a_folded_layer_sees_plain_states_as_the_layer_saw_scaled_ones() {
        tch::manual_seed(3);
        let rows = Tensor::randn([50, 6], (Kind::Float, Device::Cpu)) * 30.0 + 7.0;
        let scale = Scale::of(&rows);
        let scaled = scale.apply(&rows);
        assert!(
            (scaled.std_dim(Some([0_i64].as_slice()), false, false) - 1.0).abs().max().double_value(&[])
                < 1e-4
        );
        let weight = Tensor::randn([3, 6], (Kind::Float, Device::Cpu));
        let bias = Tensor::randn([3], (Kind::Float, Device::Cpu));
        let difference = scale.fold(&weight, &bias).forward(&rows) - scaled.linear(&weight, Some(&bias));
        assert!(difference.abs().max().double_value(&[]) < 1e-4);
    }
}
