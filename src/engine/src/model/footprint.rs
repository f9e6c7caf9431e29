//! What a model takes and runs: parameters, bytes, kernels.

use harness_protocol::Kernels;

use super::Model;
use crate::linear::bytes;

/// Rows of a prompt, for which the kernel is reported.
const MANY: usize = 64;

/// Parameters and bytes; a head that shares the embedding's memory is counted once.
pub fn footprint(model: &Model) -> (u64, u64) {
    let table = &model.embedding.tokens;
    let (mut parameters, mut total) = (table.parameters(), table.bytes());
    for tensor in &model.others() {
        parameters += tensor.numel() as u64;
        total += bytes(tensor);
    }
    for linear in model.linears() {
        if table.shares(&linear.weight) {
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
        let kernels = |linear: &&crate::linear::Linear| linear.weight.form().kernels(rows);
        let mut names: Vec<String> =
            model.linears().iter().flat_map(kernels).map(|kernel| kernel.name()).collect();
        names.sort_unstable();
        names.dedup();
        names.join("+")
    };
    Kernels { prefill: names(MANY), decode: names(1) }
}
