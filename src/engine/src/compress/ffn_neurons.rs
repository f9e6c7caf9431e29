//! Removes whole feed-forward neurons, so that the matrices shrink and every kernel gains.

use harness_protocol::kept_neurons;
use serde_json::{Map, Value};
use tch::{Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::linear::{Dense, Linear, Weight};
use crate::model::Model;
use crate::parameter;
use crate::part::Mlp;

pub(super) fn apply(model: &mut Model, parameters: &Map<String, Value>) -> Result<()> {
    let ratio = parameter::number(parameters, "ratio")?;
    if !(0.0..1.0).contains(&ratio) {
        return Err(EngineError::request(format!("`ratio` is {ratio}, expected at least 0 and less than 1")));
    }
    let by = parameter::word(parameters, "by")?.unwrap_or("magnitude");
    if by != "magnitude" {
        return Err(EngineError::request(format!("`by` is `{by}`, expected `magnitude`")));
    }
    for (index, mlp) in model.mlps_mut().enumerate() {
        remove(mlp, ratio).ok_or_else(|| {
            EngineError::internal(format!("the feed-forward layer of block {index} holds no plain numbers"))
        })?;
    }
    Ok(())
}

/// Keeps the neurons of largest worth, in their old order; None where the weights are not dense.
fn remove(mlp: &mut Mlp, ratio: f64) -> Option<()> {
    let columns = mlp.down.as_dense()?; // [width, neurons]
    let parts = if mlp.gated { 2 } else { 1 };
    let rows = mlp.up.as_dense()?.chunk(parts, 0); // [neurons, width] each
    let neurons = columns.size()[1];
    let keep = kept_neurons(neurons, ratio);
    // A gated neuron writes act(g·x) (u·x) d, a plain one act(u·x) d: the largest effect grows with each norm.
    let norm = |x: &Tensor, dim: i64| x.to_kind(Kind::Float).norm_scalaropt_dim(2, [dim], false);
    let worth = rows.iter().fold(norm(columns, 0), |worth, part| worth * norm(part, 1));
    let kept = worth.topk(keep, 0, true, true).1.sort(0, false).0;
    let pick = |part: &Tensor| part.index_select(0, &kept);
    let columns = columns.index_select(1, &kept).contiguous();
    let bias = mlp
        .up
        .bias
        .as_ref()
        .map(|bias| Tensor::cat(&bias.chunk(parts, 0).iter().map(pick).collect::<Vec<_>>(), 0));
    let weight = Tensor::cat(&rows.iter().map(pick).collect::<Vec<_>>(), 0);
    mlp.up = Linear { bias, ..Linear::dense(weight) };
    mlp.down.weight = Weight::Dense(Dense { weight: columns });
    Some(())
}

#[cfg(test)]
mod tests {
    use harness_checkpoint::blueprint::Activation;
    use tch::Device;

    use super::*;

    fn mlp(up: Tensor, down: Tensor, gated: bool) -> Mlp {
        Mlp { up: Linear::dense(up), down: Linear::dense(down), gated, activation: Activation::Silu }
    }

    #[test]
    fn the_neurons_of_least_worth_go_and_the_others_keep_their_order() {
        let worths = Tensor::from_slice(&[1.0_f32, 5.0, 2.0, 4.0]);
        let rows = worths.unsqueeze(1) * Tensor::ones([4, 3], (Kind::Float, Device::Cpu));
        let down = || Tensor::ones([3, 4], (Kind::Float, Device::Cpu));
        let mut gated = mlp(Tensor::cat(&[&rows, &rows], 0), down(), true);
        let mut plain = mlp(rows, down(), false);
        plain.up.bias = Some(worths.shallow_clone());
        for (mlp, expected) in [(&mut gated, &[5.0_f32, 4.0, 5.0, 4.0][..]), (&mut plain, &[5.0, 4.0])] {
            remove(mlp, 0.5).unwrap();
            let first: Vec<f32> = Vec::try_from(mlp.up.as_dense().unwrap().select(1, 0)).unwrap();
            assert_eq!(first, expected);
            assert_eq!(mlp.down.as_dense().unwrap().size(), [3, 2]);
        }
        let bias: Vec<f32> = Vec::try_from(plain.up.bias.as_ref().unwrap()).unwrap();
        assert_eq!(bias, [5.0, 4.0]);
    }

    #[test]
    fn removing_silent_neurons_changes_no_output() {
        tch::manual_seed(1);
        let options = (Kind::Float, Device::Cpu);
        let silent = Tensor::from_slice(&[1.0_f32, 0.0, 1.0, 0.0, 1.0, 0.0]);
        let down = Tensor::randn([4, 6], options) * silent.unsqueeze(0);
        let x = Tensor::randn([9, 4], options);
        for (rows, gated) in [(12, true), (6, false)] {
            let mut mlp = mlp(Tensor::randn([rows, 4], options), down.copy(), gated);
            let before = mlp.tensor(&x, Kind::Float);
            remove(&mut mlp, 0.5).unwrap();
            let difference = (mlp.tensor(&x, Kind::Float) - before).abs().max().double_value(&[]);
            assert!(difference < 1e-5, "{difference}");
        }
    }
}
