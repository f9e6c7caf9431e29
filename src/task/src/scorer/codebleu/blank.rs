//! What Python takes for a blank.

/// Whether Python's `str.strip` and `str.split` take the character for a blank.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
