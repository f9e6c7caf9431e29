//! Replaces literals by placeholders as CodeXGLUE's javaCorpus does, keeping only common values.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexer::{Token, TokenKind};

/// The values that are kept, one a line behind `string`, `character` or `number`.
const COMMON: &str = include_str!("literals.txt");

struct Common {
    strings: HashSet<&'static str>,
    characters: HashSet<&'static str>,
    numbers: HashSet<&'static str>,
}

static KEPT: LazyLock<Common> = LazyLock::new(|| {
    let values = |kind: &'static str| {
        COMMON.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' ')).collect()
    };
    Common { strings: values("string"), characters: values("character"), numbers: values("number") }
});

/// The token's text in the corpus's form: without blanks, uncommon literals as placeholders.
///
/// What stands between single quotes and is longer than one character, such as `'\n'`, counts as a string.
pub fn normalise(token: &Token) -> String {
    match token.kind {
        TokenKind::Number if KEPT.numbers.contains(token.text.as_str()) => {
            format!("<NUM_LIT:{}>", token.text)
        }
        TokenKind::Number => "<NUM_LIT>".to_owned(),
        TokenKind::Quoted => quoted(&token.text),
        _ => token.text.clone(),
    }
}

fn quoted(text: &str) -> String {
    let quote = &text[..1];
    let body = text[1..text.len() - 1].replace(' ', "U+0020").replace(',', "U+002C");
    let one_character = quote == "'" && text.chars().count() == 3;
    let (name, kept) =
        if one_character { ("CHAR_LIT", &KEPT.characters) } else { ("STR_LIT", &KEPT.strings) };
    if kept.contains(body.as_str()) {
        format!("{quote}<{name}:{body}>{quote}")
    } else {
        format!("{quote}<{name}>{quote}")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::java::lex;

    fn normalised(source: &str) -> Vec<String> {
        lex(source).unwrap().iter().map(normalise).collect()
    }

    #[test]
    fn common_values_stay_and_others_become_placeholders() {
        let cases = [
            (r#""unchecked""#, r#""<STR_LIT:unchecked>""#),
            (r#""surely not a common text""#, r#""<STR_LIT>""#),
            (r#""""#, r#""<STR_LIT>""#),
            (r#"" ""#, r#""<STR_LIT:U+0020>""#),
            (r#"", ""#, r#""<STR_LIT:U+002CU+0020>""#),
            ("'a'", "'<CHAR_LIT:a>'"),
            ("'§'", "'<CHAR_LIT>'"),
            ("' '", "'<CHAR_LIT:U+0020>'"),
            ("','", "'<CHAR_LIT:U+002C>'"),
            (r"'\n'", r"'<STR_LIT:\n>'"),
            (r"'\377'", "'<STR_LIT>'"),
            ("0", "<NUM_LIT:0>"),
            ("1L", "<NUM_LIT:1L>"),
            ("0xCAFE", "<NUM_LIT>"),
            ("unchecked", "unchecked"),
        ];
        for (source, expected) in cases {
            assert_eq!(normalised(source), [expected], "{source}");
        }
    }

    #[test]
    fn no_token_holds_a_blank() {
        for token in normalised("String s = \"a b\" + ' ' + \"\tz\" + \"\n\" ;") {
            assert!(!token.contains(char::is_whitespace), "{token:?}");
        }
    }

    #[test]
    fn every_value_in_the_public_corpus_is_kept_here_too() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/javacorpus/token_test.txt");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: `{}` is absent", path.display());
            return;
        };
        for token in text.split_whitespace() {
            let bare = token.trim_matches(['"', '\'']);
            for (mark, kept) in
                [("<STR_LIT:", &KEPT.strings), ("<CHAR_LIT:", &KEPT.characters), ("<NUM_LIT:", &KEPT.numbers)]
            {
                if let Some(value) = bare.strip_prefix(mark).and_then(|rest| rest.strip_suffix('>')) {
                    assert!(kept.contains(value), "{token}");
                }
            }
        }
    }
}
