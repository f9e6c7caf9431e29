//! Foreign text as it may be shown: what no reader can see, or what would move a terminal, becomes `\u{202e}` and its like.
//!
//! Tables, JSON and XML keep the text as it came; a terminal, a page and a message show it by these functions.

use std::path::Path;

/// Characters that a sentence of a message has room for.
const MOST: usize = 1000;

/// A text within a line: line ends and tabs are spelt out like everything else that is not printable.
///
/// Done twice it is the same as done once.
pub fn line(text: &str) -> String {
    escaped(text, |c| c == ' ' || is_printable(c))
}

/// The same, cut where it is longer than a message has room for; says how long it was.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        None => line(text),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            format!("{}… ({rest} more characters)", line(&text[..end]))
        }
    }
}

/// What messages call a path by.
pub trait Shown {
    /// The path within a line; bytes that are not UTF-8 become `�`.
    fn shown(&self) -> String;
}

impl Shown for Path {
    fn shown(&self) -> String {
        line(&self.to_string_lossy())
    }
}

/// A text of several lines: line ends and tabs stay.
pub fn page(text: &str) -> String {
    escaped(text, |c| matches!(c, ' ' | '\n' | '\t') || is_printable(c))
}

/// A page that the program itself has styled: bold heads stay bold.
pub fn styled(text: &str) -> String {
    const BOLD: &str = "\u{1b}[1m";
    const PLAIN: &str = "\u{1b}[0m";
    let plain = |text: &str| text.split(PLAIN).map(page).collect::<Vec<_>>().join(PLAIN);
    text.split(BOLD).map(plain).collect::<Vec<_>>().join(BOLD)
}

/// JSON of the same meaning without any character that is not printable: within its texts they become `\u202e`.
pub fn json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\n' | '\t' | '\r' | ' ') || is_printable(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// A text within a line of Markdown that is nothing but text: no markup, no HTML, no end of a table's cell. Plain words in
/// backticks stay in them.
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let text = text.trim_start();
    let opens = opens_a_block(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at + c.len_utf8()..];
        if let Some(words) = Some(rest).filter(|_| c == '`').and_then(quoted) {
            out.push_str(&text[at..at + words + 2]);
            at += words + 2;
            continue;
        }
        if is_markup(c, &text[..at], rest, opens) {
            out.push('\\');
        }
        out.push(c);
        at += c.len_utf8();
    }
    out
}

/// Whether Markdown takes a character for more than itself. `opens`: the line would be a heading, a list or a rule.
fn is_markup(c: char, before: &str, rest: &str, opens: bool) -> bool {
    match c {
        '\\' | '`' | '*' | '<' | '>' | '[' | ']' | '|' | '~' | '&' | '$' => true,
        // Within a word it is no markup, and names are full of them.
        '_' => {
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !(is_word(before.chars().next_back()) && is_word(rest.chars().next()))
        }
        '#' | '+' | '-' | '=' => opens && before.is_empty(),
        '.' | ')' => opens && before.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// Bytes up to the closing backtick of words that mean the same within backticks and without.
fn quoted(rest: &str) -> Option<usize> {
    let words = rest.find('`').filter(|words| *words > 0)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" ._,:/=+-%@".contains(&byte);
    rest[..words].bytes().all(is_plain).then_some(words)
}

/// Whether a line that begins so would be a heading, an element of a list or a rule.
fn opens_a_block(text: &str) -> bool {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = behind.len() < text.len() && behind.starts_with(['.', ')']);
    let rest = if numbered { &behind[1..] } else { text.trim_start_matches(['#', '+', '-', '=']) };
    rest.len() < text.len() && (rest.is_empty() || rest.starts_with(' '))
}

/// A text with everything escaped that does not stay.
fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if stays(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// Whether a character other than the blank leaves a mark of its own and does nothing else: no control, no format
/// character, none that turns the direction of writing, none that Unicode has not assigned, no blank that looks like the
/// usual one.
pub fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Letters and marks that are shown as nothing (Default_Ignorable_Code_Point), and the blank pattern of Braille.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' => false,
        '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}' => false,
        // The standard library's tables: what `{:?}` of a text shows as it is. The letter before keeps accents.
        c => {
            let mut buffer = [b'a'; 5];
            let length = c.encode_utf8(&mut buffer[1..]).len();
            str::from_utf8(&buffer[..=length]).is_ok_and(|pair| pair.escape_debug().count() == 2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_terminal_or_hides_is_shown() {
        let ranges =
            [0..=0x1f, 0x7f..=0xa0, 0x200b..=0x200f, 0x2028..=0x202f, 0x2060..=0x206f].into_iter().chain([
                0xfe00..=0xfe0f,
                0xfff0..=0xfffb,
                0xe000..=0xf8ff,
                0xe0000..=0xe0fff,
                0x10fffe..=0x10ffff,
            ]);
        let single = [0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x3000, 0x3164, 0xfeff, 0xffff, 0x1d173, 0x378];
        for code in ranges.flatten().chain(single) {
            let c = char::from_u32(code).unwrap();
            for text in
                [line(&c.to_string()), page(&format!("{c}")), short(&format!("{c}")), styled(&format!("{c}"))]
            {
                let kept = matches!(c, '\n' | '\t') && text == c.to_string();
                assert!(kept || text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{code:x}: {text:?}");
            }
            assert!(
                json(&format!("\"{c}\"")).chars().all(|c| matches!(c, '\n' | '\t' | '\r' | ' '..='~')),
                "{code:x}"
            );
            assert!(markdown(&c.to_string()).bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{code:x}");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in
            ["plain 'a' \"b\" \\ `c`", "größe – Δ −50 %", "naïve e\u{301}", "日本語 العربية हिन्दी", "😀 → ▼"]
        {
            assert_eq!(line(text), text);
            assert_eq!(page(text), text);
        }
    }

    #[test]
    fn a_line_stays_one_line_and_a_page_keeps_its_lines() {
        let text = "a\r\nhelp: b\tc\u{2028}d";
        assert_eq!(line(text), "a\\r\\nhelp: b\\tc\\u{2028}d");
        assert_eq!(line(&line(text)), line(text));
        assert_eq!(page(text), "a\\r\nhelp: b\tc\\u{2028}d");
        assert_eq!(Path::new("a\nb").shown(), "a\\nb");
        let long = short(&"x".repeat(1700));
        assert!(long.ends_with("x… (700 more characters)") && long.len() < 1040, "{long}");
    }

    #[test]
    fn only_the_styles_of_the_program_reach_a_terminal() {
        let text = "\u{1b}[1mhead\u{1b}[0m \u{1b}[2J\u{9b}31m";
        assert_eq!(styled(text), "\u{1b}[1mhead\u{1b}[0m \\u{1b}[2J\\u{9b}31m");
    }

    #[test]
    fn json_says_the_same() {
        let raw = "{\"a\u{202e}\": \"\u{9b}2J\u{7f}\u{e0041} ok \u{1f600}\",\n \"b\": 1}";
        let safe = json(raw);
        assert!(safe.contains("\\u202e") && safe.contains("\\udb40\\udc41 ok \u{1f600}"), "{safe}");
    }

    #[test]
    fn markdown_is_text_and_nothing_else() {
        for (text, expected) in [
            ("int8_rows", "int8_rows"),
            ("_a_ *b* `c`", "\\_a\\_ \\*b\\* `c`"),
            ("a`<b>`c`d` e`", "a\\`\\<b\\>`c`d` e`"),
            ("``x``", "\\``x`\\`"),
            ("<script>x</script>", "\\<script\\>x\\</script\\>"),
            ("[x](http://y) a|b", "\\[x\\](http://y) a\\|b"),
            ("# no heading", "\\# no heading"),
            ("- no list", "\\- no list"),
            ("---", "\\---"),
            ("1. no list", "1\\. no list"),
            ("12) no list", "12\\) no list"),
            ("1.5 and a-b #c", "1.5 and a-b #c"),
            ("-0.5", "-0.5"),
            ("&lt;&#8238;", "\\&lt;\\&#8238;"),
            ("a\\|b", "a\\\\\\|b"),
            ("a\n\n# b", "a\\\\n\\\\n# b"),
            ("    code", "code"),
            ("\u{202e}x", "\\\\u{202e}x"),
        ] {
            assert_eq!(markdown(text), expected);
        }
    }
}
