//! The parts of a tokenizer's JSON that all kinds of vocabularies share.

use serde_json::{Map, Value, json};

use super::super::error::GgufError;
use super::read::Vocab;
use super::token::{Token, Use};

/// The parts in which kinds of vocabularies differ.
pub(super) struct Parts {
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) decoder: Value,
    /// The members of `model` beside the vocabulary and the merges.
    pub(super) model: Value,
}

/// Puts a tokenizer's JSON together. Both parts of each merge, and the two joined, must be tokens.
pub(super) fn tokenizer(
    vocab: &Vocab,
    merges: Vec<(&str, &str)>,
    mut parts: Parts,
) -> Result<Value, GgufError> {
    let texts = vocab.tokens().iter().zip(0_u32..).map(|(token, id)| (token.text.to_string(), id.into()));
    let pair = |(left, right): (&str, &str)| Value::Array(vec![left.into(), right.into()]);
    if let Value::Object(model) = &mut parts.model {
        model.insert("type".to_owned(), "BPE".into());
        model.insert("vocab".to_owned(), Value::Object(texts.collect()));
        model.insert("merges".to_owned(), Value::Array(merges.into_iter().map(pair).collect()));
    }
    let members = [
        ("version", "1.0".into()),
        ("truncation", Value::Null),
        ("padding", Value::Null),
        ("added_tokens", added(vocab.tokens())),
        ("normalizer", parts.normalizer),
        ("pre_tokenizer", parts.pre_tokenizer),
        ("post_processor", post_processor(vocab)?),
        ("decoder", parts.decoder),
        ("model", parts.model),
    ];
    Ok(Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// The tokens that are looked for in the raw text; decoding can leave out the special ones among them.
fn added(tokens: &[Token]) -> Value {
    let added = tokens.iter().zip(0_u32..).filter(|(token, _)| token.is_added()).map(|(token, id)| {
        json!({
            "id": id,
            "content": token.text,
            "single_word": false,
            "lstrip": false,
            "rstrip": false,
            "normalized": false,
            "special": token.usage != Use::UserDefined,
        })
    });
    Value::Array(added.collect())
}

/// What is put before and behind a text; nothing where the vocabulary adds nothing.
fn post_processor(vocab: &Vocab) -> Result<Value, GgufError> {
    let around = vocab.around()?;
    if around.iter().all(Option::is_none) {
        return Ok(Value::Null);
    }
    let [before, behind] = around.map(|mark| mark.map(|(id, token)| (id, &*token.text)));
    let template = |sequence: &str, type_id: u32| {
        let mark = |(_, text): (u32, &str)| json!({ "SpecialToken": { "id": text, "type_id": type_id } });
        let text = json!({ "Sequence": { "id": sequence, "type_id": type_id } });
        before.map(mark).into_iter().chain([text]).chain(behind.map(mark)).collect::<Vec<_>>()
    };
    let mut marks = Map::new();
    for (id, text) in before.into_iter().chain(behind) {
        marks.insert(text.to_owned(), json!({ "id": text, "ids": [id], "tokens": [text] }));
    }
    let pair = [template("A", 0), template("B", 1)].concat();
    let single = template("A", 0);
    Ok(json!({ "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": marks }))
}
