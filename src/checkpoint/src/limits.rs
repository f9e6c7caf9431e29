//! Ranges of the numbers that a config may say: what lies outside is damage, not a model.

use serde_json::Value as Json;

use crate::config::Config;
use crate::error::Result;

/// Most blocks.
pub const MOST_LAYERS: i64 = 4096;
/// Most entries of a vocabulary, and most positions of a context.
pub const MOST_ENTRIES: i64 = 1 << 24;
/// Most features, neurons and heads.
pub const MOST_FEATURES: i64 = 1 << 20;

/// Keys that count positions or tokens.
const ENTRIES: &[&str] = &[
    "vocab_size",
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "seq_length",
    "original_max_position_embeddings",
    "sliding_window",
];

/// The largest size that a key may say.
pub fn most(key: &str) -> i64 {
    match key {
        _ if key.contains("layer") => MOST_LAYERS,
        _ if ENTRIES.contains(&key) => MOST_ENTRIES,
        _ => MOST_FEATURES,
    }
}

/// Whether a number is above 0 and can be computed with in 32 bits.
pub fn is_positive(value: f64) -> bool {
    let narrow = value as f32;
    narrow > 0.0 && narrow.is_normal()
}

impl Config {
    /// Refuses sizes that no model has.
    pub fn sizes(&self, sizes: &[(&str, i64)]) -> Result<()> {
        sizes.iter().try_for_each(|(key, value)| self.size(key, *value))
    }

    /// Refuses a size that no model has.
    pub fn size(&self, key: &str, value: i64) -> Result<()> {
        let most = most(key);
        if (1..=most).contains(&value) {
            return Ok(());
        }
        Err(self.unfit(key, &value.into(), &format!("1 to {most}")))
    }

    /// Refuses a number that is 0 or negative, or none in 32 bits.
    pub fn above_zero(&self, key: &str, value: f64) -> Result<()> {
        if is_positive(value) {
            return Ok(());
        }
        Err(self.unfit(key, &Json::from(value), "a number above 0"))
    }

    /// Refuses what a norm cannot add before its root.
    pub fn epsilon(&self, key: &str, value: f64) -> Result<()> {
        if is_positive(value) && value <= 1.0 {
            return Ok(());
        }
        Err(self.unfit(key, &Json::from(value), "a number above 0 and at most 1"))
    }

    /// Refuses what is no share.
    pub fn share(&self, key: &str, value: f64) -> Result<()> {
        if is_positive(value) && value <= 1.0 {
            return Ok(());
        }
        Err(self.unfit(key, &Json::from(value), "above 0 and at most 1"))
    }

    /// Refuses the base of a rotation that would not turn, or turn too fast.
    pub fn base(&self, key: &str, value: f64) -> Result<()> {
        if is_positive(value) && value > 1.0 {
            return Ok(());
        }
        Err(self.unfit(key, &Json::from(value), "a number above 1"))
    }

    /// Refuses heads that do not divide the width.
    pub fn heads(&self, (width_key, width): (&str, i64), (heads_key, heads): (&str, i64)) -> Result<()> {
        if heads > 0 && width % heads == 0 {
            return Ok(());
        }
        Err(self.damaged(format!(
            "`{heads_key}` is {heads}, expected heads that divide a width of {width} (`{width_key}`)"
        )))
    }

    /// Refuses key-value heads that query heads cannot share.
    pub fn shared_heads(&self, heads: i64, kv_heads: i64) -> Result<()> {
        if kv_heads > 0 && heads % kv_heads == 0 {
            return Ok(());
        }
        Err(self.damaged(format!("{heads} heads cannot share {kv_heads} key-value heads")))
    }
}
