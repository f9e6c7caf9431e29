//! A file of targets that no suite holds: `schema = 1` and `[[target]]`.

use std::path::Path;

use harness_text::printable::Shown;
use harness_text::regular;
use serde::Deserialize;

use crate::published::Target;
use crate::stop::Stop;

/// Version of this format.
const SCHEMA: u64 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetFile {
    #[serde(rename = "schema")]
    _schema: u64,
    target: Vec<Target>,
}

#[derive(Deserialize)]
struct Head {
    schema: Option<u64>,
}

/// Reads the targets of a file.
///
/// # Errors
/// A [`Stop`] where it cannot be read, is no TOML, is of a later schema, or has a key that targets do not have.
pub fn read_file(path: &Path) -> Result<Vec<Target>, Stop> {
    let shown = path.shown();
    let text = regular::read_text(path, regular::WRITTEN).map_err(|error| {
        Stop::usage(format!("cannot read `{shown}`: {error}\nhelp: name a file of targets"))
    })?;
    read_text(&text).map_err(|why| Stop::usage(format!("`{shown}` {why}")))
}

fn read_text(text: &str) -> Result<Vec<Target>, String> {
    let wrong = |error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| 1 + text.get(..span.start).map_or(0, |before| before.matches('\n').count()));
        let line = line.map_or(String::new(), |line| format!(", line {line}"));
        let message = error.message().replace('\n', " ");
        format!(
            "is no file of targets{line}: {message}\nhelp: write `schema = {SCHEMA}` and `[[target]]` with the keys of suites/README.md"
        )
    };
    let head: Head = toml::from_str(text).map_err(wrong)?;
    match head.schema {
        Some(SCHEMA) => toml::from_str::<TargetFile>(text).map(|file| file.target).map_err(wrong),
        Some(other) => Err(format!(
            "is of schema {other}, this version reads {SCHEMA}\nhelp: use the version of harness that it was written for"
        )),
        None => Err(format!("names no schema\nhelp: write `schema = {SCHEMA}` on its first line")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_what_is_none_says_why_in_a_sentence() {
        let target = "[[target]]\nname = \"a\"\nkind = \"value\"\nsource = \"Table 1\"\n";
        assert_eq!(read_text(&format!("schema = 1\n{target}")).unwrap()[0].name, "a");
        for (text, why) in [
            (String::new(), "names no schema"),
            (format!("schema = 2\n{target}"), "is of schema 2, this version reads 1"),
            (format!("schema = 1\n{target}colour = \"red\"\n"), "line 6: unknown field `colour`"),
            ("schema = ".to_owned(), "is no file of targets, line 1"),
            ("schema = 1\n[[target]]\nname = \"a\"\n".to_owned(), "missing field `kind`"),
            ("schema = \"1\"".to_owned(), "invalid type"),
        ] {
            let error = read_text(&text).unwrap_err();
            assert!(error.contains(why) && error.contains("\nhelp: "), "{text}: {error}");
        }
    }
}
