//! SentencePiece vocabularies of the BPE kind: pieces of text in which `▁` is a blank, each with a score.
//!
//! They become what transformers makes of Llama's: the blank before the first word is put there by the
//! normalizer, and characters without a piece become bytes.

use serde_json::{Value, json};

use super::super::error::GgufError;
use super::json::{self, Parts};
use super::read::Vocab;
use super::token::Use;
use super::{merge, token};

const ADD_BLANK: &str = "tokenizer.ggml.add_space_prefix";
const SQUEEZE: &str = "tokenizer.ggml.remove_extra_whitespaces";
const CHARACTERS: &str = "tokenizer.ggml.precompiled_charsmap";
/// What stands for a blank in pieces.
const BLANK: &str = "\u{2581}";

/// The tokenizer's JSON.
pub(super) fn json(vocab: &Vocab) -> Result<Value, GgufError> {
    refuse_normalization(vocab)?;
    let add_blank = vocab.gguf().bool(ADD_BLANK)?.unwrap_or(true);
    let ids = token::ids(vocab.tokens())?;
    let merges = match merge::listed(vocab.gguf(), &ids)? {
        Some(listed) => listed,
        None => merge::scored(vocab.gguf(), vocab.tokens(), &ids)?,
    };

    let mut normalizers = vec![json!({ "type": "Replace", "pattern": { "String": " " }, "content": BLANK })];
    let mut decoders = vec![
        json!({ "type": "Replace", "pattern": { "String": BLANK }, "content": " " }),
        json!({ "type": "ByteFallback" }),
        json!({ "type": "Fuse" }),
    ];
    if add_blank {
        normalizers.insert(0, json!({ "type": "Prepend", "prepend": BLANK }));
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    let parts = Parts {
        normalizer: json!({ "type": "Sequence", "normalizers": normalizers }),
        pre_tokenizer: Value::Null,
        decoder: json!({ "type": "Sequence", "decoders": decoders }),
        model: json!({
            "dropout": null,
            "unk_token": vocab.unknown().map(|token| &token.text),
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": true,
            "byte_fallback": vocab.tokens().iter().any(|token| token.usage == Use::Byte),
            "ignore_merges": false,
        }),
    };
    json::tokenizer(vocab, merges, parts)
}

/// Refuses the changes to text that Llama's and Gemma's vocabularies do without.
fn refuse_normalization(vocab: &Vocab) -> Result<(), GgufError> {
    let squeezes = vocab.gguf().bool(SQUEEZE)?.unwrap_or(false);
    let key = if squeezes {
        SQUEEZE
    } else if vocab.gguf().metadata(CHARACTERS).is_some() {
        CHARACTERS
    } else {
        return Ok(());
    };
    Err(GgufError::unsupported(format!("the vocabulary changes text by `{key}`, which is not done here")))
}
