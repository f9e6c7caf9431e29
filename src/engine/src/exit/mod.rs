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
mod threshold;
mod top_two;
mod way;

pub use item::Item;
pub use oracle::Watch;
pub use seen::Seen;
pub use way::{Target, Way, way};

use harness_protocol::Exit;

use crate::error::{EngineError, Result};
use crate::forward::{Forward, SkipDecode, Speculate};

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

/// How an entry of the board is made.
enum Make {
    /// Blocks run in the model's order until the policy lets the token leave.
    Policy(fn(&Exit, &Target) -> Result<Box<dyn ExitPolicy>>),
    /// Blocks run in an order of its own.
    Forward(fn(&Exit, &Target) -> Result<Box<dyn Forward>>),
}

/// One policy: its name on harness's board and how it is made.
pub struct PolicyEntry {
    /// As in [`harness_protocol::EXITS`].
    pub name: &'static str,
    make: Make,
}

/// Every policy, in the order of [`harness_protocol::EXITS`].
pub const POLICIES: &[PolicyEntry] = &[
    PolicyEntry { name: "full", make: Make::Policy(full::make) },
    PolicyEntry { name: "fixed", make: Make::Policy(fixed::make) },
    PolicyEntry { name: "max-probability", make: Make::Policy(max_probability::make) },
    PolicyEntry { name: "top-2-gap", make: Make::Policy(top_two::make) },
    PolicyEntry { name: "entropy", make: Make::Policy(entropy::make) },
    PolicyEntry { name: "saturation", make: Make::Policy(saturation::make) },
    PolicyEntry { name: "decaying-threshold", make: Make::Policy(max_probability::make_decaying) },
    PolicyEntry { name: "linear-classifier", make: Make::Policy(learned::make) },
    PolicyEntry { name: "agent", make: Make::Policy(learned::make) },
    PolicyEntry { name: "oracle", make: Make::Policy(oracle::make) },
    PolicyEntry { name: "random", make: Make::Policy(random::make) },
    PolicyEntry { name: "skip-decode", make: Make::Forward(SkipDecode::make) },
    PolicyEntry { name: "self-speculation", make: Make::Forward(Speculate::make) },
];

/// The entry that a load request names.
fn entry(exit: &Exit) -> Result<&'static PolicyEntry> {
    let entry = POLICIES.iter().find(|entry| entry.name == exit.policy);
    entry.ok_or_else(|| EngineError::request(format!("exit policy `{}` is not known", exit.policy)))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = POLICIES.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::EXITS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
