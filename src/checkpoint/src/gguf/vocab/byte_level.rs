//! Byte-level vocabularies, GPT-2's kind: every byte is a character, and merges are listed in the file.

use serde_json::{Value, json};

use super::super::error::GgufError;
use super::json::{self, Parts};
use super::read::Vocab;
use super::split::Splitter;
use super::{merge, token};

/// The tokenizer's JSON.
pub(super) fn json(vocab: &Vocab, splitter: &Splitter) -> Result<Value, GgufError> {
    let ids = token::ids(vocab.tokens())?;
    let merges =
        merge::listed(vocab.gguf(), &ids)?.ok_or_else(|| GgufError::Missing(merge::MERGES.to_owned()))?;
    let parts = Parts {
        normalizer: splitter.normalizer(),
        pre_tokenizer: splitter.pre_tokenizer(),
        decoder: json!({
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true
        }),
        model: json!({
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": splitter.whole_words,
        }),
    };
    json::tokenizer(vocab, merges, parts)
}
