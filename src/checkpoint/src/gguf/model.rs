//! A GGUF file as a checkpoint: its metadata as a config, its tensors under the names of a blueprint.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::file::Gguf;
use super::names;
use crate::blueprint::{Blueprint, NormRule, Positions, Rows};
use crate::config::Config;
use crate::error::{CheckpointError, Result};

/// Frequencies of Llama 3.1's rotation, as the file divides them.
const FACTORS: &str = "rope_freqs.weight";
/// Factors of Phi's rotation, within and beyond the context of its training.
const SHORT: &str = "rope_factors_short.weight";
const LONG: &str = "rope_factors_long.weight";

/// The config that the metadata stand for, as Hugging Face would write it.
pub fn config(gguf: &Gguf, bytes: &[u8], origin: &str) -> Result<Config> {
    let damaged = |error: super::GgufError| CheckpointError::damaged(format!("`{origin}`: {error}"));
    let name = gguf
        .str("general.architecture")
        .map_err(damaged)?
        .ok_or_else(|| CheckpointError::damaged(format!("`{origin}` says no `general.architecture`")))?;
    let keys = Keys { gguf, bytes, origin, name };
    let mut config = Config { json: json!({}), origin: origin.to_owned() };
    let mut put = |key: &str, value: Json| {
        if !value.is_null() {
            config.json[key] = value;
        }
    };
    put("model_type", names::model_type(name).unwrap_or(name).into());
    let heads = keys.count("attention.head_count")?;
    let width = keys.count("embedding_length")?;
    for (keys_of, value) in [
        (&["hidden_size", "n_embd"][..], width.clone()),
        (&["intermediate_size", "n_inner"], keys.count("feed_forward_length")?),
        (&["num_hidden_layers", "n_layer"], keys.count("block_count")?),
        (&["num_attention_heads", "n_head"], heads),
        (&["num_key_value_heads"], keys.count("attention.head_count_kv")?),
        (&["head_dim"], keys.count("attention.key_length")?),
        (&["max_position_embeddings", "n_positions"], keys.count("context_length")?),
        (&["num_local_experts"], keys.count("expert_count")?),
        (&["rms_norm_eps"], keys.number("attention.layer_norm_rms_epsilon")?),
        (
            &["layer_norm_epsilon", "layer_norm_eps", "norm_epsilon"],
            keys.number("attention.layer_norm_epsilon")?,
        ),
        (&["attn_logit_softcapping"], keys.number("attn_logit_softcapping")?),
        (&["final_logit_softcapping"], keys.number("final_logit_softcapping")?),
    ] {
        keys_of.iter().for_each(|key| put(key, value.clone()));
    }
    let rows = gguf.tensor("token_embd.weight").and_then(|tensor| tensor.shape.first().copied());
    put("vocab_size", rows.into());
    put("tie_word_embeddings", gguf.tensor("output.weight").is_none().into());
    put("attention_bias", gguf.tensor("blk.0.attn_output.bias").is_some().into());
    put("mlp_bias", gguf.tensor("blk.0.ffn_down.bias").is_some().into());
    if let Some(parallel) = keys.flag("use_parallel_residual")? {
        put("use_parallel_residual", parallel.into());
    }
    let head_dim =
        match (keys.whole("attention.key_length")?, width.as_u64(), keys.whole("attention.head_count")?) {
            (Some(given), _, _) => Some(given),
            (None, Some(width), Some(heads)) if heads > 0 => Some(width / heads),
            _ => None,
        };
    if let (Some(rotated), Some(head_dim)) = (keys.whole("rope.dimension_count")?, head_dim)
        && rotated != head_dim
        && head_dim > 0
    {
        put("partial_rotary_factor", (rotated as f64 / head_dim as f64).into());
        put("rotary_pct", (rotated as f64 / head_dim as f64).into());
    }
    put("rope_theta", keys.number("rope.freq_base")?);
    put("rope_scaling", scaling(&keys)?);
    if name == "gemma3" {
        put("rope_local_base_freq", keys.number("rope.local.freq_base")?);
    }
    if name.starts_with("gemma") {
        // Files do not say it; the largest models have another one than their head's features.
        let scalar = match (name, keys.whole("block_count")?) {
            ("gemma2", Some(46)) => json!(144),
            ("gemma3", Some(62)) => json!(168),
            _ => json!(head_dim),
        };
        put("query_pre_attn_scalar", scalar);
    }
    // Null where the file has none, which is all positions; an absent key would be the architecture's usual window.
    config.json["sliding_window"] = keys.count("attention.sliding_window")?;
    Ok(config)
}

/// How the rotation is stretched, as a table of Hugging Face's.
fn scaling(keys: &Keys) -> Result<Json> {
    let numbers = |name: &str| -> Result<Option<Vec<f32>>> {
        let Some(tensor) = keys.gguf.tensor(name) else { return Ok(None) };
        let count = tensor.shape.iter().product::<u64>() as usize;
        let mut numbers = vec![0.0; count.min(1 << 16)];
        let bytes = keys.bytes.get(tensor.bytes.clone()).unwrap_or_default();
        super::dequantize::row(tensor.format, bytes, &mut numbers).map_err(|error| keys.damaged(&error))?;
        Ok(Some(numbers))
    };
    if let Some(factors) = numbers(FACTORS)? {
        return Ok(json!({ "rope_type": "factors", "factors": factors }));
    }
    let original = keys.count("rope.scaling.original_context_length")?;
    if let (Some(short), Some(long)) = (numbers(SHORT)?, numbers(LONG)?) {
        let factor = keys.number("rope.scaling.attn_factor")?;
        return Ok(json!({
            "rope_type": "longrope", "short_factor": short, "long_factor": long,
            "original_max_position_embeddings": original, "attention_factor": factor,
        }));
    }
    let rule = keys.gguf.str(&keys.key("rope.scaling.type")).map_err(|error| keys.damaged(&error))?;
    Ok(match rule {
        None | Some("none") => Json::Null,
        Some(rule) => json!({
            "rope_type": rule, "factor": keys.number("rope.scaling.factor")?,
            "original_max_position_embeddings": original,
        }),
    })
}

/// Metadata of one architecture.
struct Keys<'a> {
    gguf: &'a Gguf<'a>,
    bytes: &'a [u8],
    origin: &'a str,
    name: &'a str,
}

impl Keys<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    fn damaged(&self, error: &super::GgufError) -> CheckpointError {
        CheckpointError::damaged(format!("`{}`: {error}", self.origin))
    }

    /// A whole number; of a list that has one for each block: the one that all share.
    fn whole(&self, key: &str) -> Result<Option<u64>> {
        let key = self.key(key);
        let Some(value) = self.gguf.metadata(&key) else { return Ok(None) };
        let Some(list) = value.as_scalars() else {
            return self.gguf.u64(&key).map_err(|error| self.damaged(&error));
        };
        let mut numbers = list.iter().map(|value| value.as_u64());
        let first = numbers.next().flatten();
        if first.is_none() || numbers.any(|other| other != first) {
            let message = format!("`{}`: `{key}` differs between blocks, which is not run here", self.origin);
            return Err(CheckpointError::unsupported(message, "take a model whose blocks are alike"));
        }
        Ok(first)
    }

    fn count(&self, key: &str) -> Result<Json> {
        Ok(self.whole(key)?.into())
    }

    fn number(&self, key: &str) -> Result<Json> {
        let key = self.key(key);
        let number = self.gguf.f64(&key).map_err(|error| self.damaged(&error))?;
        if let Some(number) = number.filter(|number| !(*number as f32).is_finite()) {
            let message = format!("`{}`: `{key}` is {number}, expected a number", self.origin);
            return Err(CheckpointError::damaged(message));
        }
        // Stored in 32 bits: the decimal number that was meant is the shortest one with these bits.
        let shortest = |number: f64| (number as f32).to_string().parse::<f64>().ok();
        Ok(number.and_then(shortest).into())
    }

    fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.gguf.bool(&self.key(key)).map_err(|error| self.damaged(&error))
    }
}

/// The same blueprint with the file's names for its tensors, and with what its converter changed undone.
pub fn adapt(mut blueprint: Blueprint, gguf: &Gguf) -> Blueprint {
    let name = gguf.str("general.architecture").ok().flatten().unwrap_or_default();
    let converter = names::converter(name);
    let rename = |tensor: &mut String| *tensor = names::gguf(name, tensor);
    rename(&mut blueprint.embedding.tokens);
    if let Positions::Learned { tensor, .. } = &mut blueprint.embedding.positions {
        rename(tensor);
    }
    for norm in blueprint.norms_mut() {
        rename(&mut norm.weight);
        norm.bias.iter_mut().for_each(rename);
        if converter.adds_one && norm.rule == NormRule::RmsPlusOne {
            norm.rule = NormRule::Rms;
        }
    }
    let mut orders: BTreeMap<(i64, i64), Rows> = BTreeMap::new();
    for attention in blueprint.blocks.iter_mut().map(|block| &mut block.attention) {
        if converter.turns_pairs {
            let head_dim = attention.head_dim;
            let parts = [attention.heads, attention.kv_heads];
            let joined = &mut attention.query_key_value;
            let weights = joined.weights.iter_mut().zip(parts);
            for (piece, heads) in weights.chain(joined.biases.iter_mut().zip(parts)) {
                let rows = orders.entry((heads, head_dim)).or_insert_with(|| turned(heads, head_dim));
                piece.rows = Some(Arc::clone(rows));
            }
        }
    }
    for linear in blueprint.linears_mut() {
        for piece in linear.weights.iter_mut().chain(&mut linear.biases) {
            rename(&mut piece.tensor);
            piece.transposed = false;
            if converter.orders_heads {
                piece.rows = None;
            }
        }
    }
    blueprint
}

/// Where each row of a head's pairs (i, i + half) lies once its converter has put them beside one another.
fn turned(heads: i64, head_dim: i64) -> Rows {
    let half = head_dim / 2;
    let row = move |head: i64, row: i64| head * head_dim + 2 * (row % half) + row / half;
    (0..heads).flat_map(|head| (0..head_dim).map(move |at| row(head, at))).collect()
}
