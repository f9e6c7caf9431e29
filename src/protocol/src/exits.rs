//! The board of exit policies: what decides after which block a token leaves.

use crate::board::{Entry, Parameter, Value};

/// Modes of [`CACHE`].
pub const CACHE_MODES: &[&str] = &["propagate", "propagate-eager", "recompute", "off"];

/// Scopes of [`HEAD`].
pub const HEAD_SCOPES: &[&str] = &["last", "all", "all-twice"];

/// What becomes of the blocks that a token skips.
///
/// With `propagate` and `propagate-eager` prompts run every block; with `recompute` and `off` the policy is asked
/// from the first token on.
const CACHE: Parameter = Parameter {
    name: "cache",
    value: Value::Word(CACHE_MODES),
    default: Some("propagate"),
    summary: "skipped blocks get keys and values from the state at the exit when a later token needs them \
              (`propagate`) or at once (`propagate-eager`), run later (`recompute`), or nothing is kept (`off`)",
};

/// How many positions the head computes at an exit.
const HEAD: Parameter = Parameter {
    name: "head",
    value: Value::Word(HEAD_SCOPES),
    default: Some("last"),
    summary: "positions that the head computes: the last; with `cache = \"off\"` also `all`, or all of them \
              twice as GREEN-CODE's code does",
};

const EXITS_AT: Parameter = Parameter {
    name: "exits",
    value: Value::Rising { min: 1, max: 1024 },
    default: Some("[]"),
    summary: "blocks after which the policy is asked; empty: the exits that the model was trained with",
};

const AGENT: Parameter = Parameter {
    name: "agent",
    value: Value::Path,
    default: None,
    summary: "the manifest that `harness train` wrote beside the agent's weights",
};

/// A threshold that 0 to 1 bounds.
const fn threshold(summary: &'static str) -> Parameter {
    Parameter { name: "threshold", value: Value::Number { min: 0.0, max: 1.0 }, default: None, summary }
}

const fn layer(summary: &'static str) -> Parameter {
    Parameter { name: "layer", value: Value::Integer { min: 1, max: 1024 }, default: None, summary }
}

/// Policies that decide after which block a token leaves.
pub const EXITS: &[Entry] = &[
    Entry {
        name: "full",
        key: "policy",
        summary: "no token leaves early: for comparing cache modes",
        parameters: &[CACHE, HEAD],
    },
    Entry {
        name: "fixed",
        key: "policy",
        summary: "every token leaves after the same block",
        parameters: &[layer("how many blocks run"), CACHE, HEAD],
    },
    Entry {
        name: "max-probability",
        key: "policy",
        summary: "a token leaves at the first exit whose most probable token exceeds the threshold",
        parameters: &[
            threshold("probability that must be exceeded; at 1 no token ever leaves early"),
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "top-2-gap",
        key: "policy",
        summary: "a token leaves where the two most probable tokens differ by more than the threshold",
        parameters: &[
            threshold("difference of probabilities that must be exceeded; at 1 no token ever leaves early"),
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "entropy",
        key: "policy",
        summary: "a token leaves where the entropy of the next token falls below the threshold",
        parameters: &[
            Parameter {
                name: "threshold",
                value: Value::Number { min: 0.0, max: 20.0 },
                default: None,
                summary: "nats; at 0 no token ever leaves early",
            },
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "saturation",
        key: "policy",
        summary: "a token leaves where its state hardly changes from one block to the next (CALM)",
        parameters: &[
            threshold("cosine of the states after this block and the one before that must be exceeded"),
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "decaying-threshold",
        key: "policy",
        summary: "max-probability with a threshold that falls from token to token (CALM)",
        parameters: &[
            threshold("λ of 0.9 λ + 0.1 exp(-τ t / N) for token t of at most N"),
            Parameter {
                name: "temperature",
                value: Value::Number { min: 0.0, max: 100.0 },
                default: Some("4"),
                summary: "τ: how fast the threshold falls",
            },
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "linear-classifier",
        key: "policy",
        summary: "a token leaves where a trained linear classifier of its state is sure enough",
        parameters: &[
            AGENT,
            threshold(
                "probability of agreeing with the last block that must be exceeded; at 1 no token ever leaves",
            ),
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "agent",
        key: "policy",
        summary: "a token leaves where an agent that learned by reinforcement wants to (GREEN-CODE)",
        parameters: &[
            AGENT,
            threshold(
                "the agent's probability of leaving that must be exceeded, half at least; at 1 no token ever leaves early",
            ),
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "oracle",
        key: "policy",
        summary: "a token leaves at the first exit that agrees with the last block: known beforehand, a bound",
        parameters: &[EXITS_AT, CACHE, HEAD],
    },
    Entry {
        name: "random",
        key: "policy",
        summary: "a token leaves after a block drawn at random: what a policy of the same mean depth must beat",
        parameters: &[
            Parameter {
                name: "depth",
                value: Value::Number { min: 1.0, max: 1024.0 },
                default: None,
                summary: "blocks that run on average; the draw is as even as this mean allows",
            },
            EXITS_AT,
            CACHE,
            HEAD,
        ],
    },
    Entry {
        name: "skip-decode",
        key: "policy",
        summary: "each token of an answer runs fewer blocks than the one before: the first ones and the last ones \
                  (SkipDecode)",
        parameters: &[
            Parameter {
                name: "most",
                value: Value::Integer { min: 1, max: 1024 },
                default: None,
                summary: "blocks that the first token behind the prompt runs",
            },
            Parameter {
                name: "least",
                value: Value::Integer { min: 1, max: 1024 },
                default: None,
                summary: "blocks that the last token runs",
            },
            Parameter {
                name: "first-blocks",
                value: Value::Integer { min: 0, max: 1024 },
                default: Some("1"),
                summary: "blocks at the model's start that every token runs",
            },
        ],
    },
    Entry {
        name: "self-speculation",
        key: "policy",
        summary: "an early exit drafts tokens and the other blocks check them together: no token changes (LayerSkip)",
        parameters: &[
            layer("the block whose exit drafts"),
            Parameter {
                name: "draft",
                value: Value::Integer { min: 1, max: 64 },
                default: Some("4"),
                summary: "most tokens of one draft",
            },
            Parameter {
                name: "draft-threshold",
                value: Value::Number { min: 0.0, max: 1.0 },
                default: Some("0.5"),
                summary: "probability that the exit must give each token of a draft, else the draft ends; at 0 every draft is \
                          as long as it may be (LayerSkip)",
            },
        ],
    },
];
