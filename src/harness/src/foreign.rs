//! Reports whose texts came from outside: names, ids, faults and reasons, as a terminal or a page may show them.

use harness_text::printable;

/// A report that holds foreign texts.
pub trait Foreign: Clone {
    /// Puts another text in place of each.
    fn change_texts(&mut self, change: &dyn Fn(&str) -> String);

    /// The same report with every text within a line and printable.
    fn for_terminal(&self) -> Self {
        let mut copy = self.clone();
        copy.change_texts(&printable::line);
        copy
    }

    /// The same report with every text as Markdown that is nothing but this text.
    fn for_markdown(&self) -> Self {
        let mut copy = self.clone();
        copy.change_texts(&printable::markdown);
        copy
    }
}

/// Changes texts that are there.
pub fn change<'t>(texts: impl IntoIterator<Item = &'t mut String>, change: &dyn Fn(&str) -> String) {
    texts.into_iter().for_each(|text| *text = change(text));
}
