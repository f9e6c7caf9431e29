//! Breaks text into lines without breaking what can be copied.

/// Units that stay beside their number.
const UNITS: [&str; 7] = ["%", "J", "W", "s", "ms", "µs", "GiB"];

/// The text in lines of at most `width` characters, the first after `first`, the others after `rest`.
/// Between backticks nothing is broken, so that a command stays whole: a line that holds a long one is
/// longer than the width.
pub fn fill(text: &str, first: &str, rest: &str, width: usize) -> String {
    let length = |text: &str| text.chars().count();
    let mut page = first.to_owned();
    let (mut used, mut empty) = (length(first), true);
    for word in words(text) {
        if !empty && used + 1 + length(&word) > width {
            page.push('\n');
            page.push_str(rest);
            (used, empty) = (length(rest), true);
        }
        if !empty {
            page.push(' ');
            used += 1;
        }
        page.push_str(&word);
        used += length(&word);
        empty = false;
    }
    page.push('\n');
    page
}

/// Words; what stands between two backticks is one, as is a number with its unit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split_whitespace() {
        let glued = |last: &&mut String| {
            let unit = UNITS.contains(&word.trim_end_matches([',', ';', '.', ')']));
            open || unit && last.ends_with(|last: char| last.is_ascii_digit())
        };
        match words.last_mut().filter(glued) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        open ^= word.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled_and_commands_stay_whole() {
        let text = "let your group read: `sudo chgrp me /sys/x && true` (until the next boot)";
        assert_eq!(
            fill(text, "  1. ", "     ", 30),
            "  1. let your group read:\n     `sudo chgrp me /sys/x && true`\n     (until the next boot)\n"
        );
        assert_eq!(fill("it took 5.0 s, then", "", "", 11), "it took\n5.0 s, then\n");
        assert_eq!(fill("", "a ", "b ", 10), "a \n");
        assert_eq!(fill("an `open end that is long", "", "", 6), "an\n`open end that is long\n");
    }
}
