//! `[[target]]`: one thing that a paper says, as suites write it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of targets.
pub const KINDS: &[&str] = &["value", "ratio", "ordering", "law"];

/// The laws.
pub const LAWS: &[&str] = &["linear-in-depth", "slope", "monotone", "on-front"];

/// `[[target]]`: something that a paper says and a run is held against; `harness run` and `harness targets` answer agrees, differs, or cannot be judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// Name of the target: letters a-z, digits, `-`, `.`.
    pub name: String,
    /// `"value"`: a number; `"ratio"`: a number relative to another variant; `"ordering"`: which variant has more; `"law"`.
    pub kind: String,
    /// Where the paper says it: work, and number of table or figure.
    pub source: String,
    /// A metric such as `"energy-per-task"`, or a scorer of the suite's tasks, or `"quality"`: each task's primary score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// In place of `metric`, of values and ratios: numbers, `+ - * /`, parentheses, `value(METRIC, VARIANT)`, `ratio(METRIC, VARIANT, AGAINST)`, `difference(SCORE, VARIANT, AGAINST)`, `depth(VARIANT)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The law that a target of kind `law` claims: `"linear-in-depth"`, `"slope"` (joules a block, with a published number), `"monotone"` (`order` never falls), `"on-front"` (no variant of the run is both better and cheaper).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// The variant that the number is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The variant that a ratio is relative to; without it the suite's baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Variants from the least to the most, for an ordering and for the law `"monotone"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// Variants that the law `"on-front"` compares with: none may be both better and cheaper. Without it all variants of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<String>,
    /// Tasks that it is said of; without it all that have the metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// The published number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// In place of `value`: least that the paper leaves open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lo: Option<f64>,
    /// In place of `value`: most that the paper leaves open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<f64>,
    /// In place of `variant` and `value`: a published number for each of several variants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
    /// Unit of the published number: the metric's, of scores `"1"` or `"points"`, of ratios `"1"` or `"%"` (the change); without it the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How far off still agrees: `"5%"` of the published number, `"2 points"`, or a number in the unit; of changes in percent, percent are points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// The share of the variance between the variants' means that the line must explain at least, for the law `"linear-in-depth"`; without it 0.95.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_squared: Option<f64>,
    /// Condition: words that the path or name of the variants' models must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Condition: words that the machine's processor or GPU must have in its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
    /// Condition: the least class of joules: `"counter"`, `"integrated"`, `"estimated"`, `"simulated"`; without it `"integrated"` for joules themselves, `"estimated"` for ratios, orders and laws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Condition: the fewest different items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<i64>,
}

/// What is wrong with a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key that it is about.
    pub key: &'static str,
    /// What is wrong.
    pub why: String,
    /// What would be right.
    pub expected: String,
    /// What to do.
    pub help: String,
}

impl Fault {
    pub(super) fn new(
        key: &'static str,
        why: impl Into<String>,
        expected: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { key, why: why.into(), expected: expected.into(), help: help.into() }
    }
}
