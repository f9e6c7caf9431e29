//! What is wrong with a suite, where, and what to do next.

use std::fmt;

use harness_task::nearest;
use harness_text::printable;

/// A suite that cannot be used; prints as several lines, the last one beginning with `help:`.
///
/// Printed after `error: `, it reads like a compiler's message: the trouble, the line of the file with
/// a caret under the words meant, what was expected, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteError(Box<Detail>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    message: String,
    /// What the message counts, one thing a line.
    list: Vec<String>,
    place: Option<Place>,
    expected: Option<String>,
    help: Option<String>,
    exit_code: u8,
}

/// Where the trouble is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Somewhere in a file.
    File(String),
    /// In these characters of a file.
    Line {
        /// The file as named by the user.
        file: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// The line itself, without its end.
        text: String,
        /// Characters meant, at least 1.
        width: usize,
    },
    /// In this `--set` argument.
    Set(String),
}

/// Exit code of a suite that says something wrong.
const EXIT_INVALID: u8 = 2;
/// Exit code of a suite whose model, data or device is not here.
const EXIT_MISSING: u8 = 3;

impl SuiteError {
    /// The suite says something wrong: exit code 2.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self(Box::new(Detail {
            message: message.into(),
            list: Vec::new(),
            place: None,
            expected: None,
            help: None,
            exit_code: EXIT_INVALID,
        }))
    }

    /// The suite needs something that is not here: exit code 3.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        let mut error = Self::invalid(message);
        error.0.exit_code = EXIT_MISSING;
        error
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Names what the message counts, one thing a line.
    pub(crate) fn listed(mut self, list: Vec<String>) -> Self {
        self.0.list = list;
        self
    }

    /// Completes "expected …".
    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Completes "help: …".
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Lists the names that would have been right and proposes the nearest.
    pub(crate) fn one_of(self, given: &str, names: &[&str]) -> Self {
        let error = self.expected(one_of(names));
        match nearest(given, names) {
            Some(name) => error.help(format!("did you mean `{name}`?")),
            None => error,
        }
    }

    /// 2 where the suite itself is wrong, 3 where something it needs is missing.
    pub fn exit_code(&self) -> u8 {
        self.0.exit_code
    }
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail { message, list, place, expected, help, .. } = &*self.0;
        // Each of them quotes words of the suite: none may look like a line of this message.
        write!(f, "{}", printable::short(message))?;
        for thing in list {
            write!(f, "\n  - {}", printable::short(thing))?;
        }
        if let Some(place) = place {
            write!(f, "{place}")?;
        }
        if let Some(expected) = expected {
            write!(f, "\nexpected {}", printable::short(expected))?;
        }
        if let Some(help) = help {
            write!(f, "\nhelp: {}", printable::short(help))?;
        }
        Ok(())
    }
}

impl std::error::Error for SuiteError {}

/// Most characters of a line of the suite that are shown before the words meant, and of these.
const MOST_SHOWN: usize = 100;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "\n --> {}", printable::short(file)),
            Self::Set(argument) => write!(f, "\n --> in --set {}", printable::short(argument)),
            Self::Line { file, line, column, text, width } => {
                let gutter = " ".repeat(line.to_string().len());
                let [before, meant, behind] = around(text, column - 1, *width);
                let blank = " ".repeat(before.chars().count());
                let carets = "^".repeat(meant.chars().count().max(1));
                let file = printable::short(file);
                write!(
                    f,
                    "\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {before}{meant}{behind}"
                )?;
                write!(f, "\n{gutter} | {blank}{carets}")
            }
        }
    }
}

/// A line cut before and behind the characters meant, as it may be shown; the middle of a long one.
fn around(text: &str, start: usize, width: usize) -> [String; 3] {
    let letters: Vec<char> = text.chars().collect();
    let (start, end) = (start.min(letters.len()), (start + width).min(letters.len()));
    let shown = |from: usize, to: usize| printable::line(&letters[from..to].iter().collect::<String>());
    let from = if start > MOST_SHOWN { start - MOST_SHOWN / 2 } else { 0 };
    let to = end.min(start + MOST_SHOWN);
    let until = letters.len().min(to.max(from + MOST_SHOWN) + MOST_SHOWN / 2);
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    [
        format!("{}{}", cut(from > 0), shown(from, start)),
        shown(start, to),
        format!("{}{}", shown(to, until), cut(until < letters.len())),
    ]
}

/// A name on the command line that is none of the known ones.
pub(crate) fn unknown_name(what: &str, given: &str, names: &[&str]) -> SuiteError {
    let error = SuiteError::invalid(format!("unknown {what} `{given}`"));
    error.help("choose one of them").one_of(given, names)
}

/// Names in backticks, as they follow "expected".
pub(crate) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}
