//! Words of an engine, as far as a run keeps them.

/// Characters of a reason that are kept.
const MOST_REASON: usize = 3000;

/// A text of at most `most` characters; a longer one ends with a note of how long it was.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… [{} characters, cut]", &text[..end], text.chars().count()),
    }
}

/// A reason that fits into a row and on a page.
pub(super) fn reason(text: String) -> String {
    if text.len() <= MOST_REASON { text } else { cut(&text, MOST_REASON) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_says_so() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 2), "äö… [3 characters, cut]");
        assert!(reason("x".repeat(8 << 20)).ends_with("x… [8388608 characters, cut]"));
        assert_eq!(reason("short".to_owned()), "short");
    }
}
