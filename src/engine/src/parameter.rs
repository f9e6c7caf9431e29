//! Reads the parameters of compressions and exits; harness has checked them, other clients may not have.

use serde_json::{Map, Value};

use crate::error::{EngineError, Result};

/// A required number.
pub fn number(parameters: &Map<String, Value>, name: &str) -> Result<f64> {
    let value = parameters.get(name).ok_or_else(|| EngineError::request(format!("`{name}` is missing")))?;
    value.as_f64().ok_or_else(|| EngineError::request(format!("`{name}` is {value}, expected a number")))
}

/// An optional flag.
pub fn flag(parameters: &Map<String, Value>, name: &str) -> Result<Option<bool>> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    let flag = value
        .as_bool()
        .ok_or_else(|| EngineError::request(format!("`{name}` is {value}, expected true or false")));
    flag.map(Some)
}

/// An optional word.
pub fn word<'a>(parameters: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    let word =
        value.as_str().ok_or_else(|| EngineError::request(format!("`{name}` is {value}, expected a word")));
    word.map(Some)
}
