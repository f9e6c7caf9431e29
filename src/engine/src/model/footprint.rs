//! What a model takes and runs: parameters, bytes, kernels.

use harness_protocol::Kernels;

use super::Model;
use crate::linear::bytes;

/// Rows of a prompt, for which the kernel is reported.
const MANY: usize = 64;

/// Parameters and bytes; a head that shares the embedding's memory is counted once.
pub fn footprint(model: &Model) -> (u64, u64) {
    let others = model.others();
    let shared = |pointer| others.iter().any(|tensor| tensor.data_ptr() == pointer);
    let (mut parameters, mut total) = (0, 0);
    for tensor in &others {
        parameters += tensor.numel() as u64;
        total += bytes(tensor);
    }
    for linear in model.linears() {
        if linear.as_dense().is_some_and(|weight| shared(weight.data_ptr())) {
            let bias = linear.bias.as_ref();
            parameters += bias.map_or(0, |bias| bias.numel() as u64);
            total += bias.map_or(0, bytes);
            continue;
        }
        parameters += linear.parameters();
        total += linear.bytes();
    }
    (parameters, total)
}

/// Names of the kernels that run on many rows and on one.
pub fn kernels(model: &Model) -> Kernels {
    let names = |rows: usize| {
        let mut names: Vec<&str> =
            model.linears().iter().map(|linear| linear.weight.form().kernel(rows).name()).collect();
        names.sort_unstable();
        names.dedup();
        names.join("+")
    };
    Kernels { prefill: names(MANY), decode: names(1) }
}
