//! The board of exit policies: after which block a token leaves.

mod entropy;
mod fixed;
mod full;
mod item;
mod learned;
mod max_probability;
mod oracle;
mod random;
mod saturation;
mod seen;
mod target;
mod threshold;
mod top_two;

pub use item::Item;
pub use max_probability::confidence;
pub use oracle::Watch;
pub use seen::Seen;
pub use target::Target;

use harness_protocol::Exit;

use crate::error::Result;

/// Decides, block by block, whether the token being generated leaves.
pub trait ExitPolicy {
    /// Forgets the item before and learns what the next one is.
    fn begin(&mut self, _item: &Item) {}

    /// Whether the token leaves; asked after each block but the last, in their order.
    fn leaves(&mut self, seen: &Seen) -> bool;

    /// The exits whose agreement with the last block it must know before an item is measured; None: it looks
    /// at nothing but the token itself.
    fn foreknows(&self) -> Option<&[usize]> {
        None
    }

    /// Takes the blocks that each token of an item needs to agree with the last block; only where it
    /// [`foreknows`](Self::foreknows).
    fn learn(&mut self, _prompt: &[u32], _depths: Vec<usize>) {}
}

type Make = fn(&Exit, &Target) -> Result<Box<dyn ExitPolicy>>;

/// One policy: its name on harness's board and how it is made.
pub struct PolicyEntry {
    /// As in [`harness_protocol::EXITS`].
    pub name: &'static str,
    /// Makes it for a model.
    pub make: Make,
}

/// Every policy, in the order of [`harness_protocol::EXITS`], which ends in [`ORDERS`](crate::forward::ORDERS).
pub const POLICIES: &[PolicyEntry] = &[
    PolicyEntry { name: "full", make: full::make },
    PolicyEntry { name: "fixed", make: fixed::make },
    PolicyEntry { name: "max-probability", make: max_probability::make },
    PolicyEntry { name: "top-2-gap", make: top_two::make },
    PolicyEntry { name: "entropy", make: entropy::make },
    PolicyEntry { name: "saturation", make: saturation::make },
    PolicyEntry { name: "decaying-threshold", make: max_probability::make_decaying },
    PolicyEntry { name: "linear-classifier", make: learned::make },
    PolicyEntry { name: "agent", make: learned::make },
    PolicyEntry { name: "oracle", make: oracle::make },
    PolicyEntry { name: "random", make: random::make },
];

/// Blocks after which a policy is asked: those of the request, else those of the model, without the last block.
fn asked_exits(exit: &Exit, target: &Target) -> Result<Vec<usize>> {
    let given = crate::parameter::integers(&exit.parameters, "exits")?;
    let asked = harness_protocol::asked_exits(
        given.as_deref(),
        target.model.layers() as i64,
        &target.model.shape().exits,
    );
    Ok(asked.into_iter().filter_map(|exit| usize::try_from(exit).ok()).collect())
}
