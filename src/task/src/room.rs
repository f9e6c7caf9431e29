//! How much of a prompt fits into a model's context beside its answer.

use crate::error::TaskError;

/// The tokens that prompt and answer share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    context: usize,
    new_tokens: usize,
}

impl Room {
    /// Refused: no new token, and too little context for the answer, a token of the prompt behind the `prefix`
    /// tokens that the tokenizer puts before it, and the one token that a shortened prompt leaves free.
    ///
    /// # Errors
    /// One sentence with the lengths.
    pub fn new(context: u32, new_tokens: u32, prefix: usize) -> Result<Self, TaskError> {
        if new_tokens == 0 {
            return Err(TaskError::refused("`new-tokens` is 0: expected at least 1", "raise it"));
        }
        let room = Self { context: context as usize, new_tokens: new_tokens as usize };
        if room.shortened().is_none_or(|kept| kept <= prefix) {
            return Err(TaskError::refused(
                format!("{new_tokens} new tokens do not fit into a context of {context} beside a prompt"),
                "lower `new-tokens`, raise `max-context`, or take a model with a longer context",
            ));
        }
        Ok(room)
    }

    /// The tokens that stay of a prompt of `wanted`: all of them where the answer fits behind them.
    pub(crate) fn keep(self, wanted: usize) -> usize {
        if wanted + self.new_tokens <= self.context { wanted } else { self.shortened().unwrap_or(0) }
    }

    /// The same by GREEN-CODE's rule, which compares the prompt alone with the context, as far as the answer
    /// fits behind it into the `model`'s whole context.
    pub(crate) fn keep_as_in_the_paper(self, wanted: usize, model: u32) -> usize {
        let fits = wanted + self.new_tokens <= model as usize;
        if wanted <= self.context && fits { wanted } else { self.shortened().unwrap_or(0) }
    }

    /// What became of a shortened prompt, for a tally; `end` is `start` or `end`.
    pub(crate) fn says_shortened(self, end: &str) -> String {
        format!("shortened at the {end} to fit {} tokens", self.context)
    }

    /// The length of every shortened prompt: one token less than would fit, as in the paper.
    fn shortened(self) -> Option<usize> {
        self.context.checked_sub(self.new_tokens)?.checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wanted_prompt_and_answer_fit() {
        let room = Room::new(20, 5, 1).unwrap();
        for (wanted, kept) in [(1, 1), (14, 14), (15, 15), (16, 14), (20, 14), (21, 14), (1000, 14)] {
            assert_eq!(room.keep(wanted), kept, "{wanted}");
            assert_eq!(room.keep_as_in_the_paper(wanted, 20), kept, "{wanted} in the paper");
        }
    }

    #[test]
    fn the_papers_rule_holds_where_the_model_holds_more() {
        let room = Room::new(20, 5, 1).unwrap();
        let kept = [15, 16, 20, 21].map(|wanted| room.keep_as_in_the_paper(wanted, 100));
        assert_eq!(kept, [15, 16, 20, 14]);
        let kept = [16, 18, 19].map(|wanted| room.keep_as_in_the_paper(wanted, 23));
        assert_eq!(kept, [16, 18, 14]);
    }

    #[test]
    fn a_context_without_room_for_a_prompt_is_refused() {
        for (context, new_tokens, prefix) in [(7, 5, 1), (6, 5, 0), (5, 5, 0), (0, 1, 0), (100, u32::MAX, 0)]
        {
            let error = Room::new(context, new_tokens, prefix).unwrap_err().to_string();
            assert!(error.contains("do not fit") && error.contains("\nhelp: "), "{error}");
        }
        assert!(Room::new(8, 5, 1).is_ok() && Room::new(7, 5, 0).is_ok());
        assert!(Room::new(8, 0, 1).unwrap_err().to_string().contains("at least 1"));
    }
}
