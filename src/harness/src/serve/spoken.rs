//! An answer's text as it grows: whole characters only, and nothing of a text that ends it.

use harness_text::Tokenizer;

/// Tokens before new ones that they are read with: enough for blanks and characters of several tokens.
const BEFORE: usize = 8;

/// Turns tokens into text piece by piece.
pub struct Spoken<'a> {
    tokenizer: &'a Tokenizer,
    eos: &'a [u32],
    stops: &'a [String],
    /// The last tokens whose text was handed on.
    before: Vec<u32>,
    /// Tokens that are no whole text yet.
    open: Vec<u32>,
    /// Text that may turn out to begin a stop text.
    held: String,
    /// A stop text was met.
    over: bool,
}

impl<'a> Spoken<'a> {
    /// An answer behind this prompt.
    pub fn behind(prompt: &[u32], tokenizer: &'a Tokenizer, eos: &'a [u32], stops: &'a [String]) -> Self {
        let before = prompt[prompt.len().saturating_sub(BEFORE)..].to_vec();
        Self { tokenizer, eos, stops, before, open: Vec::new(), held: String::new(), over: false }
    }

    /// The text that a token adds; empty: none yet.
    pub fn token(&mut self, token: u32) -> String {
        // The token that ends an answer is no part of its text.
        if self.over || self.eos.contains(&token) {
            return String::new();
        }
        self.open.push(token);
        let text = self.tokenizer.decode_behind(&self.before, &self.open).unwrap_or_default();
        // A character that is not whole yet comes with the next token.
        if text.ends_with(char::REPLACEMENT_CHARACTER) && self.open.len() < BEFORE {
            return String::new();
        }
        self.settle();
        self.held.push_str(&text);
        self.release()
    }

    /// The rest, when no token comes any more.
    pub fn end(&mut self) -> String {
        if self.over {
            return String::new();
        }
        let text = self.tokenizer.decode_behind(&self.before, &self.open).unwrap_or_default();
        self.settle();
        self.held.push_str(&text);
        let mut free = self.release();
        free.push_str(&std::mem::take(&mut self.held));
        free
    }

    fn settle(&mut self) {
        self.before.append(&mut self.open);
        self.before.drain(..self.before.len().saturating_sub(BEFORE));
    }

    /// What can be no part of a stop text any more.
    fn release(&mut self) -> String {
        let found = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min();
        if let Some(at) = found {
            self.over = true;
            let free = self.held[..at].to_owned();
            self.held.clear();
            return free;
        }
        let kept = self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - kept);
        std::mem::replace(&mut self.held, rest)
    }
}

/// Bytes at the end of `text` that are a beginning of `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let ends = stop.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    ends.filter(|at| text.ends_with(&stop[..*at])).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: u32 = 257;

    fn pieces(text: &str, stops: &[&str]) -> Vec<String> {
        let tokenizer = Tokenizer::bytes().unwrap();
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let mut spoken = Spoken::behind(&[97], &tokenizer, &[END], &stops);
        let bytes = text.bytes().map(u32::from).chain([END]);
        let mut pieces: Vec<String> = bytes.map(|byte| spoken.token(byte)).collect();
        pieces.push(spoken.end());
        pieces.into_iter().filter(|piece| !piece.is_empty()).collect()
    }

    #[test]
    fn characters_come_whole() {
        assert_eq!(pieces("aä€!", &[]), ["a", "ä", "€", "!"]);
    }

    #[test]
    fn a_stop_text_is_cut_off_and_what_only_begins_like_one_is_not() {
        assert_eq!(pieces("a\n\nb", &["\n\n"]), ["a"]);
        assert_eq!(pieces("a\nb", &["\n\n"]).concat(), "a\nb");
        assert_eq!(pieces("a\n", &["\n\n"]).concat(), "a\n");
        assert_eq!(pieces("one END two", &["END", "two"]).concat(), "one ");
        assert_eq!(pieces("aaab", &["aab"]).concat(), "a");
    }

    #[test]
    fn beginnings_of_a_stop_text_are_counted_in_whole_characters() {
        assert_eq!(overlap("xää", "äb"), 2);
        assert_eq!(overlap("abc", "cd"), 1);
        assert_eq!(overlap("abc", "x"), 0);
    }
}
