//! What a suite says about reading questions.

use serde::{Serialize, Serializer};

use crate::language::Language;

/// What a suite says about reading questions, and serialised the keys in which it says so. A kind refuses options
/// that it does not know.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReadOptions {
    /// Names of the data's fields where they are not the kind's own: (the kind's name, the data's name).
    /// Dots in the data's name reach into objects: `fields.summary`.
    #[serde(serialize_with = "table", skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String)>,
    /// The language of the data's programs, where the suite says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// ReCode: only versions of these families; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
    /// ReCode: only perturbations of these names; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipes: Vec<String>,
    /// ReCode: only these random draws; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u32>,
    /// MBPP: only this part of it; None: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Perplexity: share of a text's whitespace tokens that is given, above 0 and below 1; None: 0.2.
    #[serde(serialize_with = "list", skip_serializing_if = "Option::is_none")]
    pub context: Option<f64>,
    /// Only the lines within the first so many bytes of a file, to see what is in it; None: all.
    #[serde(skip)]
    pub first: Option<u64>,
}

fn table<S: Serializer>(columns: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(columns.iter().map(|(ours, theirs)| (ours, theirs)))
}

/// The key `context` takes a list, because documents are cut in several places.
fn list<S: Serializer>(context: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(context)
}

/// A part of MBPP, by ranges of `task_id` (<https://github.com/google-research/google-research/tree/master/mbpp>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&str")]
pub enum Split {
    /// Everything.
    All,
    /// 1 to 10, from which few-shot examples are taken.
    Prompt,
    /// 11 to 510.
    Test,
    /// 511 to 600.
    Validation,
    /// 601 to 974.
    Train,
}

/// Every split by the name that suites use.
pub const SPLITS: &[(&str, Split)] = &[
    ("all", Split::All),
    ("prompt", Split::Prompt),
    ("test", Split::Test),
    ("train", Split::Train),
    ("validation", Split::Validation),
];

impl Split {
    /// The name that suites use.
    pub fn name(self) -> &'static str {
        SPLITS.iter().find(|entry| entry.1 == self).map_or("", |entry| entry.0)
    }

    /// The split of that name.
    pub fn find(name: &str) -> Option<Self> {
        SPLITS.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
    }
}

impl From<Split> for &'static str {
    fn from(split: Split) -> Self {
        split.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_sorted_and_found_by_name() {
        assert!(SPLITS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!((Split::find("test"), Split::find("tests")), (Some(Split::Test), None));
    }
}
