//! How variants and tasks were set, as far as it decides which energies can be compared.

use std::collections::BTreeMap;

use harness_protocol::Exit;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The cache of a model that no token leaves early: every block keeps keys and values of every token.
pub const KEY_VALUE: &str = "key-value";

/// The head scope of a model that no token leaves early: the last position's.
pub const LAST: &str = "last";

/// The cache mode that keeps nothing: full depth itself costs more with it.
const OFF: &str = "off";

/// Exit policies that ask nothing of the model: leaving costs nothing but the blocks that ran.
const ASK_NOTHING: &[&str] = &["full", "fixed"];

/// Policies whose exits are drawn, known or planned beforehand: nothing is computed that would be the cost of deciding.
const DECIDE_NOTHING: &[&str] = &["oracle", "random", "skip-decode", "self-speculation"];

/// Settings of all variants and tasks of a run, by name; empty in runs of versions that did not keep them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// By name of the variant.
    pub variants: BTreeMap<String, VariantSetting>,
    /// By name of the task.
    pub tasks: BTreeMap<String, TaskSetting>,
}

/// How a variant answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VariantSetting {
    /// Folder, file, hub name or built-in name of the model.
    pub model: String,
    /// Number format of the activations.
    pub dtype: String,
    /// Compressions in their order, with their parameters.
    pub compression: Vec<String>,
    /// What runs it, with device and threads.
    pub engine: String,
    /// Items generated together.
    pub batch_size: u32,
    /// None: every token runs every block.
    pub exit: Option<Exit>,
    /// `key-value`, or the exit policy's cache mode; None: another program's engine knows.
    pub cache: Option<String>,
    /// `last`, or the exit policy's head scope; None: another program's engine knows.
    pub head: Option<String>,
}

/// How a task is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskSetting {
    /// Shares of a document that become the prompt; empty where none is cut.
    pub context_fraction: Vec<f64>,
    /// How tokens are chosen: `greedy`, `sample` or `forced`.
    pub decode: String,
}

impl VariantSetting {
    /// Whether two variants differ in nothing but when tokens leave.
    pub fn same_model(&self, other: &Self) -> bool {
        let parts = |own: &Self| {
            let own = own.clone();
            (own.model, own.dtype, own.compression, own.engine, own.batch_size)
        };
        parts(self) == parts(other)
    }

    /// Whether nothing is computed to decide when a token leaves.
    pub fn asks_nothing(&self) -> bool {
        self.exit.as_ref().is_none_or(|exit| ASK_NOTHING.contains(&exit.policy.as_str()))
    }

    /// Whether deciding costs nothing, or is no matter of asking at exits.
    pub fn decides_nothing(&self) -> bool {
        self.exit.as_ref().is_some_and(|exit| DECIDE_NOTHING.contains(&exit.policy.as_str()))
    }

    /// Whether tokens of both cost the same where they run the same blocks: same cache and head, or no exit beside a
    /// cache mode that only acts on skipped blocks.
    pub fn same_cost_of_depth(&self, other: &Self) -> bool {
        if self.exit.is_some() == other.exit.is_some() {
            return self.cache == other.cache && self.head == other.head;
        }
        let leaves = if self.exit.is_some() { self } else { other };
        leaves.cache.as_deref() != Some(OFF) && leaves.head.as_deref() == Some(LAST)
    }

    /// Whether both decide by the same policy with the same files, words and lists; numbers may differ.
    pub fn same_policy(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.exit, &other.exit) else { return false };
        let named = |exit: &Exit| -> Vec<(String, Json)> {
            let fixed = exit.parameters.iter().filter(|(_, value)| !value.is_number());
            fixed.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        own.policy == other.policy && named(own) == named(other)
    }
}

impl Settings {
    /// The variants of a run that differ from this one in nothing but when tokens leave, itself among them, in the
    /// order of `names`.
    pub(super) fn relatives<'s>(
        &'s self,
        variant: &str,
        names: &'s [String],
    ) -> impl Iterator<Item = (&'s str, &'s VariantSetting)> {
        let own = self.variants.get(variant);
        names.iter().filter_map(move |name| {
            let setting = self.variants.get(name)?;
            own?.same_model(setting).then_some((name.as_str(), setting))
        })
    }

    /// The variant that answers as this one would if no token left: one without exit, else policy `full`.
    pub(super) fn full_depth<'s>(&'s self, variant: &str, names: &'s [String]) -> Option<&'s str> {
        let without = self.relatives(variant, names).find(|(_, setting)| setting.exit.is_none());
        without.or_else(|| self.relatives(variant, names).find(|(_, s)| is_full(s))).map(|(name, _)| name)
    }

    /// The variant that costs what this one would if no token left and nothing were asked: of the same cache and head.
    pub(super) fn full_cost<'s>(&'s self, variant: &str, names: &'s [String]) -> Option<&'s str> {
        let own = self.variants.get(variant)?;
        let fits =
            |(_, s): &(&str, &VariantSetting)| own.same_cost_of_depth(s) && (s.exit.is_none() || is_full(s));
        let mut fitting: Vec<_> = self.relatives(variant, names).filter(fits).collect();
        // One with the same exit machinery is nearer than one without.
        fitting.sort_by_key(|(_, setting)| setting.exit.is_none());
        fitting.first().map(|(name, _)| *name)
    }
}

fn is_full(setting: &VariantSetting) -> bool {
    setting.exit.as_ref().is_some_and(|exit| exit.policy == "full")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn setting(policy: Option<&str>, cache: &str, head: &str) -> VariantSetting {
        let parameters = json!({ "threshold": 0.5, "cache": cache, "head": head });
        let exit = policy.map(|policy| Exit {
            policy: policy.to_owned(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
        });
        VariantSetting {
            model: "m".to_owned(),
            exit,
            cache: Some(cache.to_owned()),
            head: Some(head.to_owned()),
            ..VariantSetting::default()
        }
    }

    #[test]
    fn full_depth_is_compared_only_where_it_costs_the_same() {
        let plain = setting(None, KEY_VALUE, LAST);
        let fixed = |cache: &str, head: &str| setting(Some("fixed"), cache, head);
        for (exit, same) in [
            (fixed("propagate", "last"), true),
            (fixed("recompute", "last"), true),
            (fixed("off", "last"), false),
            (fixed("propagate", "all"), false),
        ] {
            assert_eq!(plain.same_cost_of_depth(&exit), same, "{exit:?}");
            assert_eq!(exit.same_cost_of_depth(&plain), same, "{exit:?}");
        }
        assert!(!fixed("off", "last").same_cost_of_depth(&fixed("propagate", "last")));
    }

    #[test]
    fn variants_are_found_by_what_they_have_in_common() {
        let other = VariantSetting { model: "n".to_owned(), ..setting(None, KEY_VALUE, LAST) };
        let settings = Settings {
            variants: BTreeMap::from([
                ("plain".to_owned(), setting(None, KEY_VALUE, LAST)),
                ("off".to_owned(), setting(Some("fixed"), "off", "all")),
                ("full-off".to_owned(), setting(Some("full"), "off", "all")),
                ("other".to_owned(), other),
            ]),
            ..Settings::default()
        };
        let names = ["full-off", "plain", "off", "other", "unknown"].map(str::to_owned);
        assert_eq!(settings.full_depth("off", &names), Some("plain"));
        assert_eq!(settings.full_cost("off", &names), Some("full-off"));
        assert_eq!(settings.full_cost("other", &names), Some("other"));
        assert_eq!(settings.full_depth("unknown", &names), None);
    }

    #[test]
    fn a_policy_is_the_same_whatever_its_numbers() {
        let never = |threshold: f64, agent: &str| {
            let mut setting = setting(Some("agent"), "propagate", LAST);
            let parameters = &mut setting.exit.as_mut().unwrap().parameters;
            parameters.insert("threshold".to_owned(), json!(threshold));
            parameters.insert("agent".to_owned(), json!(agent));
            setting
        };
        assert!(never(1.0, "a").same_policy(&never(0.6, "a")));
        assert!(!never(1.0, "a").same_policy(&never(0.6, "b")));
        assert!(!never(1.0, "a").same_policy(&setting(None, KEY_VALUE, LAST)));
        assert!(setting(Some("random"), "off", LAST).decides_nothing() && !never(1.0, "a").decides_nothing());
        assert!(!never(1.0, "a").asks_nothing() && setting(Some("fixed"), "off", LAST).asks_nothing());
    }
}
