//! Joint claims as suites write them: not worse than the baseline by more than a margin, and cheaper by at least so much.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::limit::{Change, QUALITY, expect_keys, names};

/// What is claimed of a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// A scorer, or the word for each task's primary score.
    pub score: String,
    /// How much worse than the baseline is not worse.
    pub worse: Change,
    /// An amount of which less is better.
    pub metric: String,
    /// Share by which it is lower at least.
    pub lower: f64,
}

impl Claim {
    /// The share that is saved; None of points, and of all that there is.
    pub fn share(saves: Change) -> Option<f64> {
        match saves {
            Change::Relative(share) if share < 1.0 => Some(share),
            _ => None,
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { score, worse, metric, lower } = self;
        write!(
            out,
            "{score} not worse by more than {worse} and {metric} at least {} lower",
            Change::Relative(*lower)
        )
    }
}

/// A claim that a run is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Certification {
    /// What is claimed.
    pub claim: Claim,
    /// Tasks that it is claimed on; empty: all that have the score.
    pub tasks: Vec<String>,
    /// Variants that it is claimed of; empty: all but the baseline.
    pub variants: Vec<String>,
}

impl Certification {
    /// Reads a claim as [`Serialize`] wrote it.
    ///
    /// # Errors
    /// It lacks its metric or a margin, or a margin is none.
    pub fn read(table: &Json) -> Result<Self, String> {
        expect_keys(table, &["score", "quality", "metric", "saves", "tasks", "variants"])?;
        let text = |key: &str| table.get(key).and_then(Json::as_str);
        let needed = |key: &str| text(key).ok_or_else(|| format!("a certificate without `{key}`"));
        let saves = needed("saves")?;
        let lower =
            Claim::share(Change::read(saves)?).ok_or_else(|| format!("`{saves}` is no share below 100 %"))?;
        Ok(Self {
            claim: Claim {
                score: text("score").unwrap_or(QUALITY).to_owned(),
                worse: Change::read(needed("quality")?)?,
                metric: needed("metric")?.to_owned(),
                lower,
            },
            tasks: names(table, "tasks")?,
            variants: names(table, "variants")?,
        })
    }

    /// Whether it is claimed of a variant on a task.
    pub fn holds_for(&self, task: &str, variant: &str) -> bool {
        let named = |names: &[String], name: &str| names.is_empty() || names.iter().any(|own| own == name);
        named(&self.tasks, task) && named(&self.variants, variant)
    }
}

/// As suites write it.
impl Serialize for Certification {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut table = to.serialize_map(None)?;
        table.serialize_entry("metric", &self.claim.metric)?;
        table.serialize_entry("saves", &Change::Relative(self.claim.lower).written())?;
        table.serialize_entry("score", &self.claim.score)?;
        table.serialize_entry("quality", &self.claim.worse.written())?;
        for (key, names) in [("tasks", &self.tasks), ("variants", &self.variants)] {
            if !names.is_empty() {
                table.serialize_entry(key, names)?;
            }
        }
        table.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_read_as_suites_write_them_and_say_what_they_claim() {
        let table =
            json!({"metric": "energy-per-task", "saves": "10%", "quality": "2 points", "tasks": ["java"]});
        let found = Certification::read(&table).unwrap();
        let said = "quality not worse by more than 2 points and energy-per-task at least 10 % lower";
        assert_eq!(found.claim.to_string(), said);
        assert!(found.holds_for("java", "int8") && !found.holds_for("python", "int8"));
        assert_eq!(Certification::read(&serde_json::to_value(&found).unwrap()), Ok(found));
    }

    #[test]
    fn what_is_no_claim_says_why() {
        for (table, why) in [
            (json!({"saves": "10%", "quality": "2 points"}), "without `metric`"),
            (json!({"metric": "energy-per-task", "quality": "2 points"}), "without `saves`"),
            (json!({"metric": "energy-per-task", "saves": "10%"}), "without `quality`"),
            (json!({"metric": "energy-per-task", "saves": "100%", "quality": "2%"}), "no share below 100 %"),
            (
                json!({"metric": "energy-per-task", "saves": "2 points", "quality": "2%"}),
                "no share below 100 %",
            ),
            (json!({"metric": "energy-per-task", "saves": "10%", "quality": "2"}), "neither a percentage"),
        ] {
            assert!(Certification::read(&table).unwrap_err().contains(why), "{table} {why}");
        }
    }
}
