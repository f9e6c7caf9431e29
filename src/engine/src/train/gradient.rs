//! The gradient of the weighted loss of one batch, with the blocks' states kept or made again.

use tch::Tensor;

use super::head_loss::head_loss;
use crate::error::Result;
use crate::model::Model;
use crate::part::Products;

/// One batch on the model's device.
#[derive(Debug)]
pub struct Batch {
    /// Token ids `[batch, time]`.
    pub inputs: Tensor,
    /// The tokens that follow them, `[batch, time]`.
    pub targets: Tensor,
}

/// How a model's gradient is taken.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// Number formats of products.
    pub products: Products,
    /// (block, weight) of the exits whose loss is taken, rising; the last block is one of them.
    pub exits: &'a [(u32, f64)],
    /// Factor of all weights: one over the batches of a step.
    pub share: f64,
    /// Keep the blocks' inputs alone and run each block again (Chen et al. 2016, arXiv 1604.06174).
    pub recompute: bool,
}

/// Adds the gradient of one batch to that of the parameters; the loss at each exit, nats a token, without gradient.
///
/// # Errors
/// The device has not enough memory.
pub fn add(model: &Model, batch: &Batch, pass: &Pass) -> Result<Vec<(u32, Tensor)>> {
    if pass.recompute { recomputed(model, batch, pass) } else { kept(model, batch, pass) }
}

impl Pass<'_> {
    /// The weight of the exit after `block` blocks; None: no loss is taken there.
    fn weight(&self, block: usize) -> Option<f64> {
        let exit = self.exits.iter().find(|(exit, _)| *exit as usize == block);
        exit.map(|(_, weight)| weight * self.share)
    }
}

/// One pass forwards, one backwards.
fn kept(model: &Model, batch: &Batch, pass: &Pass) -> Result<Vec<(u32, Tensor)>> {
    let mut hidden = model.embed(&batch.inputs, 0);
    let (mut losses, mut pulled) = (Vec::new(), None);
    for index in 0..model.layers() {
        hidden = model.block(index, &hidden, None, pass.products);
        let Some(weight) = pass.weight(index + 1) else { continue };
        let loss = head_loss(model, pass.products, &hidden, &batch.targets, weight)?;
        losses.push((index as u32 + 1, loss.mean));
        pulled = Some(sum(pulled, along(&hidden, &loss.pull)));
    }
    backward(pulled)?;
    Ok(losses)
}

/// Forwards without a graph, then block by block backwards, each run again on the input that was kept.
fn recomputed(model: &Model, batch: &Batch, pass: &Pass) -> Result<Vec<(u32, Tensor)>> {
    let inputs = block_inputs(model, batch, pass.products);
    let mut losses = Vec::new();
    let mut pull: Option<Tensor> = None; // gradient with respect to the state after the block
    for (index, input) in inputs.into_iter().enumerate().rev() {
        let input = input.set_requires_grad(true);
        let hidden = model.block(index, &input, None, pass.products);
        if let Some(weight) = pass.weight(index + 1) {
            let loss = head_loss(model, pass.products, &hidden, &batch.targets, weight)?;
            losses.push((index as u32 + 1, loss.mean));
            pull = Some(sum(pull, loss.pull));
        }
        backward(pull.map(|pull| along(&hidden, &pull)))?;
        pull = Some(input.grad());
    }
    let embedded = model.embed(&batch.inputs, 0);
    if embedded.requires_grad() {
        backward(pull.map(|pull| along(&embedded, &pull)))?;
    }
    losses.reverse();
    Ok(losses)
}

/// The state before each block.
fn block_inputs(model: &Model, batch: &Batch, products: Products) -> Vec<Tensor> {
    let _guard = tch::no_grad_guard();
    let mut inputs = vec![model.embed(&batch.inputs, 0)];
    for index in 0..model.layers() - 1 {
        inputs.push(model.block(index, &inputs[index], None, products));
    }
    inputs.iter().map(Tensor::detach).collect()
}

/// A scalar whose gradient with respect to `hidden` is `pull`.
fn along(hidden: &Tensor, pull: &Tensor) -> Tensor {
    hidden.flatten(0, -1).dot(&pull.to_kind(hidden.kind()).flatten(0, -1))
}

fn sum(so_far: Option<Tensor>, more: Tensor) -> Tensor {
    match so_far {
        Some(so_far) => so_far + more,
        None => more,
    }
}

fn backward(scalar: Option<Tensor>) -> Result<()> {
    Ok(scalar.map_or(Ok(()), |scalar| scalar.f_backward())?)
}
