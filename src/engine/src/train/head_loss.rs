//! The loss at one exit, with the gradient that it sends into the trunk.

use tch::{Device, Kind, Reduction, Tensor};

use crate::model::Model;
use crate::part::Products;

/// Logits that are held at once on the CPU: as many as its caches nearly hold.
const LOGITS_CPU: i64 = 1 << 21;

/// The same on a GPU, which needs many rows to be busy.
const LOGITS_GPU: i64 = 1 << 27;

/// Loss at one exit.
#[derive(Debug)]
pub struct HeadLoss {
    /// Mean cross-entropy, nats a token: a scalar without gradient.
    pub mean: Tensor,
    /// Gradient of `share` times the mean with respect to the hidden state, `[batch, time, width]`.
    pub pull: Tensor,
}

/// Takes the loss of `hidden` `[batch, time, width]` against `targets` `[batch, time]` and adds the gradient of `share`
/// times its mean to the parameters of norm and head. Logits are made and given up a few rows at a time: of a large
/// vocabulary they are several times what the rest of the model takes.
pub fn head_loss(
    model: &Model,
    products: Products,
    hidden: &Tensor,
    targets: &Tensor,
    share: f64,
) -> crate::error::Result<HeadLoss> {
    let size = hidden.size();
    let rows = hidden.detach().reshape([-1, model.shape().width]);
    let targets = targets.flatten(0, -1);
    let count = rows.size()[0];
    let logits = if model.device() == Device::Cpu { LOGITS_CPU } else { LOGITS_GPU };
    let at_once = (logits / model.shape().vocabulary).clamp(1, count);
    let mut sum = Tensor::zeros([1], (Kind::Float, model.device()));
    let mut pulls = Vec::new();
    let mut start = 0;
    while start < count {
        let length = at_once.min(count - start);
        let part = rows.narrow(0, start, length).detach().set_requires_grad(true);
        let logits = model.head(&part.unsqueeze(0), products).squeeze_dim(0);
        let loss = logits.to_kind(Kind::Float).cross_entropy_loss(
            &targets.narrow(0, start, length),
            None::<Tensor>,
            Reduction::Sum,
            -100,
            0.0,
        );
        (&loss * (share / count as f64)).f_backward()?;
        sum += loss.detach();
        pulls.push(part.grad());
        start += length;
    }
    let pull = if pulls.len() == 1 { pulls.remove(0) } else { Tensor::cat(&pulls, 0) };
    Ok(HeadLoss { mean: sum / count as f64, pull: pull.reshape(size) })
}
