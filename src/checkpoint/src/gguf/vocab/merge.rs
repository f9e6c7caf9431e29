//! Which pairs of tokens become one, the most urgent pair first.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::super::error::GgufError;
use super::super::file::Gguf;
use super::token::{Token, Use};

pub(super) const MERGES: &str = "tokenizer.ggml.merges";
const SCORES: &str = "tokenizer.ggml.scores";

/// The most merges for each token that scores may give; Llama's vocabularies give two. More would come only
/// of a file that is made to fill memory.
const MOST_FOR_EACH: usize = 16;

/// The merges that the file lists, each as its two parts; `None` where it lists none.
///
/// Refuses a merge that names no two tokens or whose result is no token: the library that gets them panics
/// at some of those.
pub(super) fn listed<'a>(
    gguf: &'a Gguf<'a>,
    ids: &HashMap<&str, u32>,
) -> Result<Option<Vec<(&'a str, &'a str)>>, GgufError> {
    let Some(texts) = gguf.strings(MERGES)? else { return Ok(None) };
    let mut joined = String::new();
    let each = texts.iter().enumerate().map(|(at, text)| {
        // A first part may begin with a blank itself.
        let blank = text.char_indices().skip(1).find(|(_, character)| *character == ' ');
        let (left, right) =
            blank.and_then(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?))).unwrap_or((text, ""));
        joined.clear();
        joined.extend([left, right]);
        if [left, right, &joined].iter().all(|part| ids.contains_key(part)) {
            Ok((left, right))
        } else {
            Err(GgufError::damaged(format!("merge {at}, `{text}`, names no two tokens that make a third")))
        }
    });
    each.collect::<Result<_, _>>().map(Some)
}

/// The merges that SentencePiece does: any two pieces that make a third, the piece with the highest score
/// first, and of one piece's pairs the one with the longest left part.
pub(super) fn scored<'t>(
    gguf: &Gguf,
    tokens: &'t [Token],
    ids: &HashMap<&str, u32>,
) -> Result<Vec<(&'t str, &'t str)>, GgufError> {
    let scores = gguf.scalars(SCORES)?.ok_or_else(|| GgufError::Missing(SCORES.to_owned()))?;
    if scores.len() != tokens.len() {
        let (scores, tokens) = (scores.len(), tokens.len());
        return Err(GgufError::damaged(format!(
            "metadata key `{SCORES}` has {scores} elements for {tokens} tokens"
        )));
    }
    let merges = |token: &Token| matches!(token.usage, Use::Normal | Use::Unused);
    let is_piece =
        |text: &str| ids.get(text).and_then(|&id| tokens.get(usize::try_from(id).ok()?)).is_some_and(merges);
    let most = tokens.len().saturating_mul(MOST_FOR_EACH);
    let mut found = Vec::new();
    for ((id, token), score) in
        tokens.iter().enumerate().zip(scores.iter()).filter(|((_, token), _)| merges(token))
    {
        let score = score.as_f64().ok_or_else(|| {
            GgufError::damaged(format!("element {id} of `{SCORES}` is {}; expected a number", score.kind()))
        })?;
        let splits = token.text.char_indices().skip(1).filter_map(|(at, _)| token.text.split_at_checked(at));
        for (left, right) in splits.filter(|(left, right)| is_piece(left) && is_piece(right)) {
            if found.len() >= most {
                return Err(GgufError::unsupported(format!(
                    "the scores of the vocabulary give more than {most} merges for {} tokens",
                    tokens.len()
                )));
            }
            found.push((score, id, left, right));
        }
    }
    found.sort_by(|(score, id, left, _), (other_score, other_id, other_left, _)| {
        let longer = Reverse(left.len()).cmp(&Reverse(other_left.len()));
        other_score.total_cmp(score).then(id.cmp(other_id)).then(longer)
    });
    Ok(found.into_iter().map(|(_, _, left, right)| (left, right)).collect())
}
