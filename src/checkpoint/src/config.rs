//! A checkpoint's `config.json`: JSON with the name of the file it came from.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::error::{CheckpointError, Result};

/// A model's config.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Keys as in Hugging Face checkpoints.
    pub json: Json,
    /// Where it came from, for messages.
    pub origin: String,
}

impl Config {
    /// Parses a file's text; a byte order mark is skipped.
    ///
    /// # Errors
    /// It is no JSON object; the message has the parser's place.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let none = |why: String| CheckpointError::damaged(format!("`{origin}` is no model config: {why}"));
        let json: Json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| none(format!("it is no JSON: {error}")))?;
        match json {
            Json::Object(_) => Ok(Self { json, origin }),
            other => Err(none(format!("it is {}, expected an object", kind(&other)))),
        }
    }

    /// The keys that an architecture asks for; `null` is as if the key were absent.
    ///
    /// # Errors
    /// A key is absent, or has a value of another kind; the message names it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let mut json = self.json.clone();
        if let Json::Object(keys) = &mut json {
            keys.retain(|_, value| !value.is_null());
        }
        serde_path_to_error::deserialize(json).map_err(|error| {
            let key = error.path().to_string();
            let why = clip(&error.into_inner().to_string());
            // Where a key is absent, the words name it.
            let why = if key == "." { why } else { format!("`{key}`: {why}") };
            CheckpointError::damaged(format!("`{}` is not a model config: {why}", self.origin))
        })
    }

    /// A refusal of what is whole and not run here; the message names the file.
    pub fn refuse(&self, message: impl Into<String>) -> CheckpointError {
        CheckpointError::unsupported(
            format!("`{}`: {}", self.origin, message.into()),
            "take a checkpoint whose config fits its weights, of an architecture of `harness list architectures`",
        )
    }

    /// A refusal of what no model has; the message names the file.
    pub fn damaged(&self, message: impl Into<String>) -> CheckpointError {
        CheckpointError::damaged(format!("`{}`: {}", self.origin, message.into()))
    }

    /// A refusal of a value; the message names the file, the key and the value.
    pub fn unfit(&self, key: &str, value: &Json, expected: &str) -> CheckpointError {
        self.damaged(format!("`{key}` is {}, expected {expected}", clip(&value.to_string())))
    }

    /// The value of a key; `null` is none.
    pub fn value(&self, key: &str) -> Option<&Json> {
        self.json.get(key).filter(|value| !value.is_null())
    }

    /// The name of the architecture.
    pub fn model_type(&self) -> Result<&str> {
        let value = self.value("model_type").ok_or_else(|| {
            CheckpointError::damaged(format!(
                "`{}` says no `model_type`, so its architecture is unknown",
                self.origin
            ))
        })?;
        value.as_str().ok_or_else(|| self.unfit("model_type", value, "a name"))
    }

    /// A table of keys; `null` is none.
    pub fn table(&self, key: &str) -> Result<Option<&Json>> {
        match self.value(key) {
            Some(value) if !value.is_object() => Err(self.unfit(key, value, "a table")),
            found => Ok(found),
        }
    }

    /// An optional number; `null` is none.
    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        let number = |value: &Json| value.as_f64().ok_or_else(|| self.unfit(key, value, "a number"));
        self.value(key).map(number).transpose()
    }

    /// An optional whole number; `null` is none.
    pub fn whole(&self, key: &str) -> Result<Option<i64>> {
        self.value(key).map(|value| self.as_whole(key, value)).transpose()
    }

    /// A value as a whole number: `8` or `8.0`.
    pub fn as_whole(&self, key: &str, value: &Json) -> Result<i64> {
        let exact = |number: &f64| number.fract() == 0.0 && number.abs() < (1_u64 << 53) as f64;
        let whole = value.as_i64().or(value.as_f64().filter(exact).map(|number| number as i64));
        whole.ok_or_else(|| self.unfit(key, value, "a whole number"))
    }

    /// Positions that attention sees; `null` is all, an absent key `default`, as the architecture's class has it.
    pub fn window(&self, default: i64) -> Result<Option<i64>> {
        match self.json.get("sliding_window") {
            None => Ok(Some(default)),
            Some(_) => self.whole("sliding_window"),
        }
    }

    /// An optional flag; `null` is none.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        let flag = |value: &Json| value.as_bool().ok_or_else(|| self.unfit(key, value, "true or false"));
        self.value(key).map(flag).transpose()
    }

    /// Blocks after which the model was trained to predict: our own key `exit_layers`; absent: all.
    pub fn exits(&self, layers: i64) -> Result<Vec<i64>> {
        let Some(value) = self.value("exit_layers") else {
            return Ok((1..=layers).collect());
        };
        let exits: Option<Vec<i64>> =
            value.as_array().and_then(|list| list.iter().map(Json::as_i64).collect());
        let exits = exits.unwrap_or_default();
        let rising =
            exits.windows(2).all(|pair| pair[0] < pair[1]) && exits.first().is_some_and(|first| *first >= 1);
        if !rising || exits.last() != Some(&layers) {
            return Err(self.damaged(format!("`exit_layers` must rise from 1 or more to {layers}")));
        }
        Ok(exits)
    }

    /// The kinds of layers that transformers writes as `layer_types`; None where the key is absent.
    pub fn layer_types(&self, layers: i64) -> Result<Option<Vec<bool>>> {
        const KEY: &str = "layer_types";
        let Some(value) = self.value(KEY) else { return Ok(None) };
        let list = value.as_array().ok_or_else(|| self.unfit(KEY, value, "a list of names"))?;
        let slides = |kind: &Json| match kind.as_str() {
            Some("sliding_attention") => Ok(true),
            Some("full_attention") => Ok(false),
            _ => Err(self.refuse(format!(
                "`layer_types` holds {}, expected `full_attention` or `sliding_attention`",
                clip(&kind.to_string())
            ))),
        };
        let slides: Vec<bool> = list.iter().map(slides).collect::<Result<_>>()?;
        if slides.len() as i64 != layers {
            return Err(self.damaged(format!("`layer_types` names {} layers of {layers}", slides.len())));
        }
        Ok(Some(slides))
    }
}

/// Token ids of a key that holds a number, a list of numbers, or nothing.
///
/// # Errors
/// Says what the key holds instead.
pub fn token_ids(json: &Json, key: &str) -> std::result::Result<Vec<u32>, String> {
    let one = |value: &Json| {
        let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(|| format!("`{key}` is {}, expected a token id", clip(&value.to_string())))
    };
    match json.get(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        // Some published files say -1 for none.
        Some(value) if value.as_i64() == Some(-1) => Ok(Vec::new()),
        Some(Json::Array(list)) => list.iter().map(one).collect(),
        Some(value) => Ok(vec![one(value)?]),
    }
}

/// What a JSON value is, in words.
pub(crate) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The beginning of a file's own words, as far as a message should show them.
pub(crate) fn clip(words: &str) -> String {
    const SHOWN: usize = 200;
    match words.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
