//! Counts what of the data became no item, or not a whole one.

use std::collections::BTreeMap;

/// Events by what happened to which thing, each with how often it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(&'static str, String), usize>);

impl Tally {
    /// Counts one thing, such as a `prompt`, to which something happened, such as `shortened at the end`.
    pub(crate) fn add(&mut self, thing: &'static str, what: impl Into<String>) {
        *self.0.entry((thing, what.into())).or_default() += 1;
    }

    /// One sentence for each event: `3 prompts shortened at the end to fit 1024 tokens`.
    pub fn sentences(&self) -> Vec<String> {
        let sentence = |((thing, what), count): (&(&str, String), &usize)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{count} {thing}{plural} {what}")
        };
        self.0.iter().map(sentence).collect()
    }

    /// What to say where nothing of the data became an item.
    pub(crate) fn nothing_left(&self) -> String {
        let why = self.sentences().join(", ");
        format!("the task set yields no item{}{why}", if why.is_empty() { "" } else { ": " })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_one_sentence_with_its_count() {
        let mut tally = Tally::default();
        assert_eq!(
            (tally.sentences(), tally.nothing_left().as_str()),
            (vec![], "the task set yields no item")
        );
        tally.add("prompt", "shortened");
        tally.add("cut", "with an empty context");
        tally.add("prompt", "shortened");
        assert_eq!(tally.sentences(), ["1 cut with an empty context", "2 prompts shortened"]);
    }
}
