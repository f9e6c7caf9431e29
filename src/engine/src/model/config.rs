//! The shape of a Llama-family model, read from a Hugging Face `config.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{EngineError, Result};

/// `config.json` as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConfigFile {
    /// `llama` for every model this engine runs.
    pub model_type: String,
    /// Features of the residual stream.
    pub hidden_size: i64,
    /// Neurons of each feed-forward layer.
    pub intermediate_size: i64,
    /// Blocks.
    pub num_hidden_layers: i64,
    /// Query heads.
    pub num_attention_heads: i64,
    /// Key and value heads; absent: as many as query heads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_key_value_heads: Option<i64>,
    /// Features of one head; absent: width / heads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<i64>,
    /// Entries of the tokenizer.
    pub vocab_size: i64,
    /// Longest context, tokens.
    pub max_position_embeddings: i64,
    /// Added to the mean square before its root.
    pub rms_norm_eps: f64,
    /// Base of the rotation frequencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_theta: Option<f64>,
    /// Stretched rotations of Llama 3.1 and later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_scaling: Option<RopeScaling>,
    /// Base and stretching together, as transformers 5 writes them; wins over the two keys above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_parameters: Option<RopeScaling>,
    /// One matrix for embedding and head.
    #[serde(default)]
    pub tie_word_embeddings: bool,
    /// A number or a list of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eos_token_id: Option<Value>,
    /// Biases in the attention projections.
    #[serde(default)]
    pub attention_bias: bool,
    /// Biases in the feed-forward projections.
    #[serde(default)]
    pub mlp_bias: bool,
    /// `silu` for every model this engine runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_act: Option<String>,
    /// Blocks after which the model was trained to predict (1-based, the last one included); our own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_layers: Option<Vec<i64>>,
}

/// `rope_scaling` or `rope_parameters` as written; only the kinds `default` and `llama3` are known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RopeScaling {
    /// Name of the rule.
    #[serde(alias = "type")]
    pub rope_type: String,
    /// Base of the rotation frequencies, in `rope_parameters` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_theta: Option<f64>,
    /// How much the low frequencies are stretched.
    #[serde(default)]
    pub factor: f64,
    /// Wavelengths longer than the original context over this are stretched fully.
    #[serde(default)]
    pub low_freq_factor: f64,
    /// Wavelengths shorter than the original context over this stay.
    #[serde(default)]
    pub high_freq_factor: f64,
    /// Context of the first training, tokens.
    #[serde(default)]
    pub original_max_position_embeddings: f64,
}

/// The shape of a model, checked.
#[derive(Debug, Clone)]
pub struct ModelConfig {
    /// Features of the residual stream.
    pub width: i64,
    /// Neurons of each feed-forward layer.
    pub ffn: i64,
    /// Blocks.
    pub layers: i64,
    /// Query heads.
    pub heads: i64,
    /// Key and value heads; divides `heads`.
    pub kv_heads: i64,
    /// Features of one head; even.
    pub head_dim: i64,
    /// Entries of the tokenizer.
    pub vocabulary: i64,
    /// Longest context, tokens.
    pub context: i64,
    /// Added to the mean square before its root.
    pub norm_eps: f64,
    /// Base of the rotation frequencies.
    pub rope_theta: f64,
    /// Stretched rotations of Llama 3.1 and later.
    pub rope_scaling: Option<RopeScaling>,
    /// One matrix for embedding and head.
    pub tied: bool,
    /// Tokens that end a completion.
    pub eos: Vec<u32>,
    /// Blocks after which a token may leave (1-based, rising, the last one included).
    pub exits: Vec<i64>,
}

impl ModelConfig {
    /// Reads and checks `config.json` in a model folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| EngineError::weights(format!("cannot read `{}`: {error}", path.display())))?;
        let file: ConfigFile = serde_json::from_str(&text).map_err(|error| {
            EngineError::weights(format!("`{}` is not a model config: {error}", path.display()))
        })?;
        file.check().map_err(|message| EngineError::weights(format!("`{}`: {message}", path.display())))
    }
}

impl ConfigFile {
    /// Turns the written config into the one the engine uses; the message names what does not fit.
    pub fn check(self) -> std::result::Result<ModelConfig, String> {
        if self.model_type != "llama" {
            return Err(format!("model type `{}` is not known, expected `llama`", self.model_type));
        }
        if self.attention_bias || self.mlp_bias {
            return Err("projections with biases are not supported".to_owned());
        }
        if self.hidden_act.as_deref().is_some_and(|name| name != "silu") {
            return Err(format!(
                "activation `{}` is not known, expected `silu`",
                self.hidden_act.unwrap_or_default()
            ));
        }
        let rope = self.rope_parameters.or(self.rope_scaling);
        let rope_theta =
            rope.as_ref().and_then(|rope| rope.rope_theta).or(self.rope_theta).unwrap_or(10_000.0);
        let rope_scaling = rope.filter(|rope| rope.rope_type != "default");
        if let Some(scaling) = &rope_scaling {
            scaling.check()?;
        }
        let kv_heads = self.num_key_value_heads.unwrap_or(self.num_attention_heads);
        for (name, value) in [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", kv_heads),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
        ] {
            if value < 1 {
                return Err(format!("`{name}` is {value}, expected at least 1"));
            }
        }
        if self.num_attention_heads % kv_heads != 0 {
            return Err(format!(
                "{} heads cannot share {kv_heads} key-value heads",
                self.num_attention_heads
            ));
        }
        let head_dim = self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads);
        if head_dim < 2 || head_dim % 2 != 0 {
            return Err(format!("a head of {head_dim} features cannot be rotated, expected an even number"));
        }
        let exits = self.exit_layers.unwrap_or_else(|| (1..=self.num_hidden_layers).collect());
        let rising =
            exits.windows(2).all(|pair| pair[0] < pair[1]) && exits.first().is_some_and(|first| *first >= 1);
        if !rising || exits.last() != Some(&self.num_hidden_layers) {
            return Err(format!("`exit_layers` must rise from 1 or more to {}", self.num_hidden_layers));
        }
        Ok(ModelConfig {
            width: self.hidden_size,
            ffn: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads,
            head_dim,
            vocabulary: self.vocab_size,
            context: self.max_position_embeddings,
            norm_eps: self.rms_norm_eps,
            rope_theta,
            rope_scaling,
            tied: self.tie_word_embeddings,
            eos: token_ids(self.eos_token_id.as_ref())?,
            exits,
        })
    }
}

impl RopeScaling {
    fn check(&self) -> std::result::Result<(), String> {
        if self.rope_type != "llama3" {
            return Err(format!("rope scaling `{}` is not known, expected `llama3`", self.rope_type));
        }
        // What is absent reads as 0.
        let positive =
            self.factor > 0.0 && self.low_freq_factor > 0.0 && self.original_max_position_embeddings > 0.0;
        if !positive || self.high_freq_factor <= self.low_freq_factor {
            return Err(
                "rope scaling `llama3` needs `factor`, `low_freq_factor`, a larger `high_freq_factor` and \
                        `original_max_position_embeddings`, all above 0"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

fn token_ids(value: Option<&Value>) -> std::result::Result<Vec<u32>, String> {
    let one = |value: &Value| {
        value
            .as_u64()
            .and_then(|id| u32::try_from(id).ok())
            .ok_or(format!("`eos_token_id` is {value}, expected a token id"))
    };
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(one).collect(),
        Some(value) => Ok(vec![one(value)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: &str) -> String {
        let base = r#"{"model_type":"llama","hidden_size":8,"intermediate_size":16,"num_hidden_layers":2,
            "num_attention_heads":2,"vocab_size":32,"max_position_embeddings":64,"rms_norm_eps":1e-5"#;
        format!("{base}{change}}}")
    }

    fn check(change: &str) -> std::result::Result<ModelConfig, String> {
        serde_json::from_str::<ConfigFile>(&text(change)).map_err(|error| error.to_string())?.check()
    }

    #[test]
    fn what_is_absent_follows_from_the_rest() {
        let config = check("").unwrap();
        assert_eq!((config.kv_heads, config.head_dim, config.rope_theta), (2, 4, 10_000.0));
        assert_eq!(config.exits, [1, 2]);
        assert!(config.eos.is_empty() && !config.tied);
        assert_eq!(check(r#","eos_token_id":[1,2]"#).unwrap().eos, [1, 2]);
    }

    #[test]
    fn rotations_read_the_same_from_old_keys_and_from_those_of_transformers_5() {
        let llama3 = r#""rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
            "original_max_position_embeddings":64"#;
        for change in [
            format!(r#","rope_theta":500.0,"rope_scaling":{{{llama3}}}"#),
            format!(r#","rope_parameters":{{"rope_theta":500.0,{llama3}}}"#),
        ] {
            let config = check(&change).unwrap();
            assert_eq!((config.rope_theta, config.rope_scaling.unwrap().factor), (500.0, 8.0), "{change}");
        }
        let plain = check(r#","rope_parameters":{"rope_theta":500.0,"rope_type":"default"}"#).unwrap();
        assert!(plain.rope_theta == 500.0 && plain.rope_scaling.is_none());
    }

    #[test]
    fn what_the_engine_cannot_run_is_refused_by_name() {
        for (change, words) in [
            (r#","attention_bias":true"#, "biases"),
            (r#","hidden_act":"gelu""#, "`gelu`"),
            (r#","rope_scaling":{"type":"yarn"}"#, "`yarn`"),
            (r#","rope_parameters":{"rope_type":"linear"}"#, "`linear`"),
            (r#","rope_scaling":{"rope_type":"llama3","factor":8.0}"#, "`low_freq_factor`"),
            (r#","num_key_value_heads":3"#, "cannot share 3"),
            (r#","head_dim":3"#, "even number"),
            (r#","exit_layers":[1]"#, "exit_layers"),
            (r#","exit_layers":[2,1,2]"#, "exit_layers"),
            (r#","eos_token_id":"x""#, "token id"),
        ] {
            let message = check(change).unwrap_err();
            assert!(message.contains(words), "{change}: {message}");
        }
    }
}
