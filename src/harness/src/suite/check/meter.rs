//! Checks `[meter]`.

use harness_meter::Settings;

use super::cursor::Cursor;
use crate::suite::error::SuiteError;

pub(super) fn meter(mut settings: Settings, at: &Cursor<'_>) -> Result<Settings, SuiteError> {
    settings.check().map_err(|error| {
        let at = error.key.split('.').skip(1).fold(at.clone(), |at, key| at.key(key));
        at.error(format!("{} is {}", at.address(), error.found)).expected(error.expected).help(error.help)
    })?;
    if let Some(path) = &mut settings.replay.path {
        *path = at.key("replay").key("path").folder().join(&path);
    }
    Ok(settings)
}
