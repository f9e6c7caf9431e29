//! Checks `[[target]]`.

use super::cursor::Cursor;
use super::words;
use crate::published::{Fault, Known, Target};
use crate::suite::error::SuiteError;

/// A target of a suite with these names.
pub(super) fn target(file: &Target, known: &Known, at: &Cursor<'_>) -> Result<Target, SuiteError> {
    words::variant_name(&file.name, &at.key("name"))?;
    file.claims(known)
        .map_err(|Fault { key, why, expected, help }| at.key(key).error(why).expected(expected).help(help))?;
    Ok(file.clone())
}
