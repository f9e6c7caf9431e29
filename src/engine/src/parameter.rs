//! Reads the parameters of compressions and exits; harness has checked them, other clients may not have.

use serde_json::{Map, Value};

use crate::error::{EngineError, Result};

/// A required number.
pub fn number(parameters: &Map<String, Value>, name: &str) -> Result<f64> {
    let value = parameters.get(name).ok_or_else(|| EngineError::request(format!("`{name}` is missing")))?;
    value.as_f64().ok_or_else(|| EngineError::request(format!("`{name}` is {value}, expected a number")))
}

/// A required number of things or blocks.
pub fn count(parameters: &Map<String, Value>, name: &str) -> Result<usize> {
    let given = number(parameters, name)?;
    if given < 0.0 || given > f64::from(u32::MAX) || given.fract() != 0.0 {
        return Err(EngineError::request(format!("`{name}` is {given}, expected a whole number")));
    }
    Ok(given as usize)
}

/// Optional whole numbers.
pub fn integers(parameters: &Map<String, Value>, name: &str) -> Result<Option<Vec<i64>>> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    let numbers = value.as_array().and_then(|values| values.iter().map(Value::as_i64).collect());
    let numbers = numbers.ok_or_else(|| {
        EngineError::request(format!("`{name}` is {value}, expected a list of whole numbers"))
    });
    numbers.map(Some)
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
