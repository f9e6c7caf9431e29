//! The built-in model: two blocks over bytes, everything a real model does in a fraction of a millisecond a token.

use harness_protocol::{TINY_CONTEXT, TINY_VOCABULARY};
use serde_json::json;

use crate::config::Config;

/// Its config, as a file would say it.
pub fn config() -> Config {
    let json = json!({
        "model_type": "llama",
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "vocab_size": TINY_VOCABULARY,
        "max_position_embeddings": TINY_CONTEXT,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "tie_word_embeddings": true,
    });
    Config { json, origin: "tiny-random".to_owned() }
}
