//! Fenced blocks, in which chat models put their code.

/// Fewest backticks or tildes that begin a block.
const FENCE: usize = 3;

/// The content of the first fenced block, up to the end where it is not closed; the whole text where none begins.
///
/// After CommonMark: a fence of backticks or tildes stands behind at most three blanks, and one of the same
/// kind, at least as long and with nothing behind it, closes the block. A lone fence without a language ends a block
/// that the prompt began, and what stands before it is the content, where it looks like code: see [`is_code`].
pub(super) fn first_block(text: &str) -> &str {
    let mut place = 0;
    let mut open = None;
    for line in text.split_inclusive('\n') {
        let next = place + line.len();
        match (open, fence(line)) {
            (None, Some((mark, length, info))) if mark == '~' || !info.contains('`') => {
                open = Some(Open { at: place, begin: next, mark, length, bare: info.is_empty() });
            }
            (Some(Open { begin, mark, length, .. }), Some((closing, longer, info)))
                if closing == mark && longer >= length && info.is_empty() =>
            {
                return &text[begin..place];
            }
            _ => {}
        }
        place = next;
    }
    match open {
        None => text,
        Some(Open { at, begin, bare, .. }) => {
            let (before, behind) = (&text[..at], &text[begin..]);
            if bare && is_code(before, behind) { before } else { behind }
        }
    }
}

/// The fence that began a block.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    /// Where the content begins.
    begin: usize,
    mark: char,
    length: usize,
    /// No language is named.
    bare: bool,
}

/// Whether the text before a lone fence is the code: its last line is indented, as the body of a function is, or nothing
/// stands behind the fence.
fn is_code(before: &str, behind: &str) -> bool {
    let last = before.lines().rfind(|line| !line.trim().is_empty());
    last.is_some_and(|line| behind.trim().is_empty() || line.starts_with([' ', '\t']))
}

/// The mark, its count and what stands behind it, of a line that begins like a fence.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let inner = line.trim_start_matches(' ');
    let mark = inner.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let info = inner.trim_start_matches(mark);
    let length = inner.len() - info.len();
    (line.len() - inner.len() <= 3 && length >= FENCE).then_some((mark, length, info.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_counts() {
        for (text, expected) in [
            ("Sure:\n```python\na = 1\n```\nand\n```\nb\n```", "a = 1\n"),
            ("```\na", "a"),
            ("```", ""),
            ("no block, `x`", "no block, `x`"),
            ("``` not a fence ```\na", "``` not a fence ```\na"),
            ("~~~~\n```\n~~~\n~~~~", "```\n~~~\n"),
            ("  ```py\n  a\n  ```", "  a\n"),
            ("    ```\n    a", "    ```\n    a"),
            ("```\na\n```python\nb\n```", "a\n```python\nb\n"),
            ("```\r\na\r\n```\r\n", "a\r\n"),
            // The prompt began the block.
            ("    return 1\n```\nThis is one.", "    return 1\n"),
            ("a = 1\n```\n", "a = 1\n"),
            ("Here it is:\n```\na = 1", "a = 1"),
            ("    return 1\n```python\na", "a"),
        ] {
            assert_eq!(first_block(text), expected, "{text:?}");
        }
    }
}
