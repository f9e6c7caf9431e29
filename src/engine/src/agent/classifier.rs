//! A linear early-exit classifier: for every exit a logistic regression on the state, fitted by Newton's method.
//!
//! CALM (Schuster et al. 2022, arXiv 2207.07061, section 3.5) trains such a classifier to tell whether a block's
//! prediction is the last block's. Each exit has weights of its own: states of different depths differ in scale and
//! direction, and one row more an exit costs nothing when only one is multiplied.

use harness_protocol::agent::LinearSpec;
use tch::{Device, Kind, Tensor};

use super::observations::Observations;
use super::scale::Scale;
use crate::error::{EngineError, Result};

/// A Newton step that moves no weight further than this is the last.
const SETTLED: f64 = 1e-8;

/// Most halvings of a Newton step that leads uphill.
const HALVINGS: u32 = 20;

/// A classifier over plain states.
#[derive(Debug)]
pub struct Fit {
    /// `[exits, width]`, f32.
    pub weight: Tensor,
    /// `[exits]`, f32.
    pub bias: Tensor,
    /// Most Newton steps that an exit took.
    pub iterations: u32,
}

/// Fits every exit to whether it agrees with the last block.
///
/// # Errors
/// The states are not finite.
pub fn fit(data: &Observations, spec: &LinearSpec) -> Result<Fit> {
    let (mut weights, mut biases, mut iterations) = (Vec::new(), Vec::new(), 0);
    for exit in 0..data.exits.len() {
        let rows: Vec<i64> = (0..data.tokens()).map(|token| data.row(token, exit) as i64).collect();
        let states = data.hidden.index_select(0, &Tensor::from_slice(&rows));
        let agrees: Vec<f64> = (0..data.tokens()).map(|token| f64::from(data.agrees(token, exit))).collect();
        let scale = Scale::of(&states);
        let x = scale.apply(&states.to_kind(Kind::Double));
        let x = Tensor::cat(&[x, Tensor::ones([rows.len() as i64, 1], (Kind::Double, Device::Cpu))], 1);
        let (found, steps) = regress(&x, &Tensor::from_slice(&agrees), spec)?;
        let width = data.width() as i64;
        let layer = scale.fold(&found.narrow(0, 0, width).unsqueeze(0), &found.narrow(0, width, 1));
        weights.extend(layer.as_dense().map(Tensor::shallow_clone));
        biases.extend(layer.bias);
        iterations = iterations.max(steps);
    }
    Ok(Fit { weight: Tensor::cat(&weights, 0).contiguous(), bias: Tensor::cat(&biases, 0), iterations })
}

/// Weights of `x [n, features]` for labels 0 and 1 `[n]`, and the Newton steps taken; all in f64.
///
/// The last feature is 1: its weight is the bias, which the ridge holds too, so that an exit that always agrees ends
/// with a large one and not an infinite one.
fn regress(x: &Tensor, y: &Tensor, spec: &LinearSpec) -> Result<(Tensor, u32)> {
    let (rows, features) = x.size2()?;
    let loss = |weights: &Tensor| {
        let logits = x.matmul(weights);
        let error = (logits.softplus() - &logits * y).mean(Kind::Double);
        (error + weights.square().sum(Kind::Double) * (0.5 * spec.ridge)).double_value(&[])
    };
    let mut weights = Tensor::zeros([features], (Kind::Double, Device::Cpu));
    let mut now = loss(&weights);
    for step in 1..=spec.iterations {
        let shares = x.matmul(&weights).sigmoid();
        let gradient = x.transpose(0, 1).matmul(&(&shares - y)) / rows as f64 + &weights * spec.ridge;
        let doubt = &shares - shares.square();
        let curvature = (x * doubt.unsqueeze(1)).transpose(0, 1).matmul(x) / rows as f64
            + Tensor::eye(features, (Kind::Double, Device::Cpu)) * spec.ridge;
        let mut way = Tensor::f_linalg_solve(&curvature, &gradient, true)?;
        let mut next = loss(&(&weights - &way));
        for _ in 0..HALVINGS {
            if next <= now {
                break;
            }
            way *= 0.5;
            next = loss(&(&weights - &way));
        }
        if !next.is_finite() {
            return Err(EngineError::request("the classifier's loss is not finite: raise `linear.ridge`"));
        }
        weights -= &way;
        now = next;
        if way.abs().max().double_value(&[]) < SETTLED {
            return Ok((weights, step));
        }
    }
    Ok((weights, spec.iterations))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_weights_that_drew_the_labels() {
        tch::manual_seed(11);
        let options = (Kind::Double, Device::Cpu);
        let x = Tensor::cat(&[Tensor::randn([20_000, 2], options), Tensor::ones([20_000, 1], options)], 1);
        let truth = Tensor::from_slice(&[1.5_f64, -0.7, 0.4]);
        let y = Tensor::rand([20_000], options).lt_tensor(&x.matmul(&truth).sigmoid()).to_kind(Kind::Double);
        let (found, steps) = regress(&x, &y, &LinearSpec { ridge: 1e-6, iterations: 25 }).unwrap();
        assert!((found - truth).abs().max().double_value(&[]) < 0.08 && steps < 15, "{steps} steps");
    }

    #[test]
    fn an_exit_that_always_agrees_gets_a_large_finite_bias() {
        let x = Tensor::ones([10, 1], (Kind::Double, Device::Cpu));
        let (found, _) = regress(&x, &x.squeeze(), &LinearSpec::default()).unwrap();
        assert!((3.0..20.0).contains(&found.double_value(&[0])), "{}", found.double_value(&[0]));
    }
}
