//! Checks words against the boards, and names against the rules for names.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use crate::suite::error::SuiteError;

/// The entry of a board that goes by this name.
pub(crate) fn look_up<'b, T>(
    given: &str,
    board: &'b [T],
    name: impl Fn(&T) -> &str,
    what: &str,
    at: &Cursor<'_>,
) -> Result<&'b T, SuiteError> {
    board.iter().find(|entry| name(entry) == given).ok_or_else(|| {
        let names: Vec<&str> = board.iter().map(name).collect();
        unknown(given, &names, what, at)
    })
}

/// A word that is none of the known ones.
pub(crate) fn unknown(given: &str, known: &[&str], what: &str, at: &Cursor<'_>) -> SuiteError {
    let error = at.error(format!("unknown {what} `{given}`"));
    error.help(format!("choose one of them for {}", at.address())).one_of(given, known)
}

/// What may stand in a name besides `a-z` and `0-9`.
const PLAIN: &str = "-";
/// Swept numbers put dots into names: `exit-0.6`.
const SWEPT: &str = "-.";

/// Characters that a name has at most: files and folders are called after it.
const LONGEST: usize = 64;

/// A name of a suite or task set.
pub(crate) fn name(given: &str, at: &Cursor<'_>) -> Result<String, SuiteError> {
    check_name(given, PLAIN, "letters a-z, digits and `-`", at)
}

/// A name of a variant.
pub(crate) fn variant_name(given: &str, at: &Cursor<'_>) -> Result<String, SuiteError> {
    check_name(given, SWEPT, "letters a-z, digits, `-` and `.`", at)
}

/// The same of a name that no suite file holds.
pub(crate) fn check_variant_name(given: &str) -> Result<(), SuiteError> {
    misnamed(given, SWEPT, "letters a-z, digits, `-` and `.`", SuiteError::invalid).map_or(Ok(()), Err)
}

fn check_name(given: &str, marks: &str, expected: &str, at: &Cursor<'_>) -> Result<String, SuiteError> {
    misnamed(given, marks, expected, |message| at.error(message)).map_or_else(|| Ok(given.to_owned()), Err)
}

/// Why it is no name; None: it is one.
fn misnamed(
    given: &str,
    marks: &str,
    expected: &str,
    error: impl Fn(String) -> SuiteError,
) -> Option<SuiteError> {
    let length = given.chars().count();
    if length > LONGEST {
        let start: String = given.chars().take(24).collect();
        let error = error(format!("the name `{start}…` has {length} characters"));
        return Some(error.expected(format!("at most {LONGEST}")).help("shorten it"));
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || marks.contains(c);
    if !given.is_empty() && given.chars().all(fits) {
        return None;
    }
    let mut proposal: String = given.to_lowercase().chars().map(|c| if fits(c) { c } else { '-' }).collect();
    if !proposal.chars().any(|c| c.is_ascii_alphanumeric()) {
        proposal = "full".to_owned();
    }
    let error = error(format!("bad name `{given}`")).expected(expected);
    Some(error.help(format!("write for example `{proposal}`")))
}

/// Refuses the second of two equal names.
pub(crate) fn all_differ<'n>(
    names: impl Iterator<Item = &'n str>,
    what: &str,
    at: impl Fn(usize) -> Cursor<'n>,
) -> Result<(), SuiteError> {
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err(at(index)
                .error(format!("two {what} are called `{name}`"))
                .expected("every name once")
                .help("rename or remove one of them"));
        }
    }
    Ok(())
}

/// A path, which is not looked for yet.
pub(crate) fn not_empty<'p>(path: &'p str, at: &Cursor<'_>) -> Result<&'p str, SuiteError> {
    if path.is_empty() {
        return Err(at.error(format!("{} is empty", at.address())).expected("a path").help("write the path"));
    }
    Ok(path)
}
