//! A checkpoint's `config.json`: JSON with the name of the file it came from.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::error::{CheckpointError, Result};

/// Most blocks and most features that a config may claim: more is a damaged file, not a model.
const MOST_LAYERS: i64 = 4096;
const MOST_FEATURES: i64 = 1 << 24;

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
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let json: Json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| CheckpointError::damaged(format!("`{origin}` is no JSON: {error}")))?;
        match json {
            Json::Object(_) => Ok(Self { json, origin }),
            _ => Err(CheckpointError::damaged(format!("`{origin}` is no model config, expected an object"))),
        }
    }

    /// The keys that an architecture asks for; `null` is as if the key were absent.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let mut json = self.json.clone();
        if let Json::Object(keys) = &mut json {
            keys.retain(|_, value| !value.is_null());
        }
        serde_json::from_value(json).map_err(|error| {
            CheckpointError::damaged(format!("`{}` is not a model config: {error}", self.origin))
        })
    }

    /// A refusal that names the file.
    pub fn refuse(&self, message: impl Into<String>) -> CheckpointError {
        CheckpointError::unsupported(
            format!("`{}`: {}", self.origin, message.into()),
            "take a checkpoint whose config fits its weights, of an architecture of `harness list architectures`",
        )
    }

    /// The name of the architecture.
    pub fn model_type(&self) -> Result<&str> {
        self.json.get("model_type").and_then(Json::as_str).ok_or_else(|| {
            CheckpointError::damaged(format!(
                "`{}` says no `model_type`, so its architecture is unknown",
                self.origin
            ))
        })
    }

    /// An optional number; `null` is none.
    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        match self.json.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.refuse(format!("`{key}` is {value}, expected a number"))),
            },
        }
    }

    /// Positions that attention sees; `null` is all, an absent key `default`, as the architecture's class has it.
    pub fn window(&self, default: i64) -> Result<Option<i64>> {
        match self.json.get("sliding_window") {
            None => Ok(Some(default)),
            Some(_) => Ok(self.number("sliding_window")?.map(|window| window as i64)),
        }
    }

    /// An optional flag.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.json.get(key).and_then(Json::as_bool)
    }

    /// Refuses a number that is 0, negative or none at all.
    pub fn above_zero(&self, key: &str, value: f64) -> Result<()> {
        if value > 0.0 && value.is_finite() {
            return Ok(());
        }
        Err(self.refuse(format!("`{key}` is {value}, expected a number above 0")))
    }

    /// Refuses sizes that no model has.
    pub fn sizes(&self, sizes: &[(&str, i64)]) -> Result<()> {
        for (name, value) in sizes {
            let most = if name.contains("layer") { MOST_LAYERS } else { MOST_FEATURES };
            if !(1..=most).contains(value) {
                return Err(self.refuse(format!("`{name}` is {value}, expected 1 to {most}")));
            }
        }
        Ok(())
    }

    /// Blocks after which the model was trained to predict: our own key `exit_layers`; absent: all.
    pub fn exits(&self, layers: i64) -> Result<Vec<i64>> {
        let Some(value) = self.json.get("exit_layers").filter(|value| !value.is_null()) else {
            return Ok((1..=layers).collect());
        };
        let exits: Option<Vec<i64>> =
            value.as_array().and_then(|list| list.iter().map(Json::as_i64).collect());
        let exits = exits.unwrap_or_default();
        let rising =
            exits.windows(2).all(|pair| pair[0] < pair[1]) && exits.first().is_some_and(|first| *first >= 1);
        if !rising || exits.last() != Some(&layers) {
            return Err(self.refuse(format!("`exit_layers` must rise from 1 or more to {layers}")));
        }
        Ok(exits)
    }

    /// The kinds of layers that transformers writes as `layer_types`; None where the key is absent.
    pub fn layer_types(&self, layers: i64) -> Result<Option<Vec<bool>>> {
        let Some(list) = self.json.get("layer_types").and_then(Json::as_array) else { return Ok(None) };
        let slides = |kind: &Json| match kind.as_str() {
            Some("sliding_attention") => Ok(true),
            Some("full_attention") => Ok(false),
            _ => Err(self.refuse(format!(
                "`layer_types` holds {kind}, expected `full_attention` or `sliding_attention`"
            ))),
        };
        let slides: Vec<bool> = list.iter().map(slides).collect::<Result<_>>()?;
        if slides.len() as i64 != layers {
            return Err(self.refuse(format!("`layer_types` names {} layers of {layers}", slides.len())));
        }
        Ok(Some(slides))
    }
}

/// Token ids of a key that holds a number, a list of numbers, or nothing.
pub fn token_ids(json: &Json, key: &str) -> std::result::Result<Vec<u32>, String> {
    let one = |value: &Json| {
        let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or(format!("`{key}` is {value}, expected a token id"))
    };
    match json.get(key) {
        None | Some(Json::Null) => Ok(Vec::new()),
        // Some published files say -1 for none.
        Some(value) if value.as_i64() == Some(-1) => Ok(Vec::new()),
        Some(Json::Array(list)) => list.iter().map(one).collect(),
        Some(value) => Ok(vec![one(value)?]),
    }
}
