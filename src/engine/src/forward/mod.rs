//! Forward passes of decoding: which blocks new tokens run, and what becomes of the blocks that they skip.

mod chunk;
mod head;
mod off;
mod propagate;
mod recompute;
mod skip_decode;
mod speculate;

pub use propagate::Propagate;

use harness_protocol::Exit;
use serde_json::{Map, Value};
use tch::Tensor;

use crate::error::{EngineError, Result};
use crate::exit::{ExitPolicy, Item, Seen, Target};
use crate::model::Model;
use crate::parameter;
use crate::part::Products;
use head::HeadScope;
use off::Off;
use recompute::Recompute;
use skip_decode::SkipDecode;
use speculate::Speculate;

/// Runs the tokens of one sequence through the blocks.
pub trait Forward {
    /// Takes memory for sequences of up to `positions`.
    fn reserve(&mut self, model: &Model, positions: i64);

    /// Forgets the sequence before; the next one is an item's.
    fn begin(&mut self, item: &Item);

    /// Runs tokens that follow those that ran before, at least one; the first call of an item brings its prompt.
    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step;
}

/// What a call of [`Forward::run`] works with.
pub struct Pass<'a> {
    /// The model.
    pub model: &'a Model,
    /// What lets tokens leave; None: they run every block.
    pub policy: Option<&'a mut dyn ExitPolicy>,
    /// Number formats of the products.
    pub products: Products,
    /// Place in the answer of the token that the logits are for, from 0.
    pub token: usize,
}

/// What a forward pass gave.
#[derive(Debug)]
pub struct Step {
    /// Logits of the token that follows, `[vocabulary]`.
    pub logits: Tensor,
    /// Blocks that ran for it.
    pub blocks: usize,
}

impl Pass<'_> {
    /// The logits of a state, `[vocabulary]`, if the policy lets its token leave there.
    fn left(&mut self, blocks_run: usize, hidden: &Tensor, head: &dyn Fn() -> Tensor) -> Option<Tensor> {
        let token = self.token;
        let policy = self.policy.as_mut()?;
        let seen = Seen::new(blocks_run, token, hidden, head);
        policy.leaves(&seen).then(|| seen.into_logits())
    }
}

/// A forward pass with an order of blocks of its own: its name on harness's board and how it is made.
pub struct OrderEntry {
    /// As in [`harness_protocol::EXITS`].
    pub name: &'static str,
    /// Makes it for a model.
    pub make: fn(&Exit, &Target) -> Result<Box<dyn Forward>>,
}

/// The last ones of [`harness_protocol::EXITS`].
pub const ORDERS: &[OrderEntry] = &[
    OrderEntry { name: "skip-decode", make: SkipDecode::make },
    OrderEntry { name: "self-speculation", make: Speculate::make },
];

/// The forward pass that the parameters `cache` and `head` of a policy name.
pub fn of_cache(parameters: &Map<String, Value>) -> Result<Box<dyn Forward>> {
    let scope = parameter::word(parameters, "head")?.unwrap_or(HeadScope::LAST);
    let scope =
        HeadScope::named(scope).ok_or_else(|| unknown("head", scope, harness_protocol::HEAD_SCOPES))?;
    let mode = parameter::word(parameters, "cache")?.unwrap_or(harness_protocol::CACHE_MODES[0]);
    Ok(match mode {
        "propagate" => Box::new(Propagate::lazy()),
        "propagate-eager" => Box::new(Propagate::eager()),
        "recompute" => Box::new(Recompute::default()),
        "off" => Box::new(Off::new(scope)),
        other => return Err(unknown("cache", other, harness_protocol::CACHE_MODES)),
    })
}

fn unknown(key: &str, value: &str, known: &[&str]) -> EngineError {
    EngineError::unsupported(format!("exit `{key} = \"{value}\"` is not known, `{}` are", known.join("`, `")))
}
