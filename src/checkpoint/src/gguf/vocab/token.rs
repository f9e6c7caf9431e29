//! The tokens of a vocabulary: their texts and what each of them is for.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::error::GgufError;
use super::super::file::Gguf;
use super::super::value::Scalars;

const TEXTS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";

/// The most tokens of a vocabulary; the largest published ones have a quarter of it.
const MOST_TOKENS: usize = 1 << 20;
/// The longest token in bytes; the longest published ones, 128 blanks spelled in two bytes each, have 256.
const LONGEST_TOKEN: usize = 1024;
/// The longest token in bytes that is looked for in the raw text.
const LONGEST_ADDED: usize = 256;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A piece of text.
    Normal,
    /// Stands for what no other token spells.
    Unknown,
    /// Steers the model and spells nothing, such as `</s>`.
    Control,
    /// A text that is always one token.
    UserDefined,
    /// Fills a gap in the numbering.
    Unused,
    /// One byte, for text that no other token spells.
    Byte,
}

impl Use {
    fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 | 1 => Self::Normal,
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => return None,
        })
    }
}

/// A token: its id is its place in the list.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) usage: Use,
}

/// Reads the tokens. No two have the same text, and none is empty.
///
/// `marks` are the ids that the file names as beginnings and ends; they count as control tokens where the
/// file does not say what its tokens are for.
pub(super) fn read<'a>(gguf: &Gguf<'a>, marks: &[u32]) -> Result<Vec<Token<'a>>, GgufError> {
    let texts = gguf.strings(TEXTS)?.ok_or_else(|| GgufError::Missing(TEXTS.to_owned()))?;
    if texts.len() > MOST_TOKENS {
        let count = texts.len();
        return Err(GgufError::unsupported(format!(
            "the vocabulary has {count} tokens; at most {MOST_TOKENS} are read"
        )));
    }
    let usages = match gguf.scalars(TYPES)? {
        Some(types) => stated(types, texts.len())?,
        None => guessed(texts, marks),
    };
    let mut tokens = Vec::with_capacity(texts.len());
    for (id, (&text, usage)) in texts.iter().zip(usages).enumerate() {
        let text = match text {
            // No text can become such a token, so any name will do that keeps it apart from others.
            "" => Cow::Owned(format!("[EMPTY_{id}]")),
            _ => Cow::Borrowed(text),
        };
        let token = Token { text, usage };
        let most = if token.is_added() { LONGEST_ADDED } else { LONGEST_TOKEN };
        if token.text.len() > most {
            let length = token.text.len();
            return Err(GgufError::unsupported(format!(
                "token {id} has {length} bytes; at most {most} are read"
            )));
        }
        tokens.push(token);
    }
    Ok(tokens)
}

impl Token<'_> {
    /// Whether the token is looked for in the raw text, before anything else is done to it.
    pub(super) fn is_added(&self) -> bool {
        matches!(self.usage, Use::Unknown | Use::Control | Use::UserDefined)
    }
}

/// The ids of the tokens' texts; refuses two tokens with the same text.
pub(super) fn ids<'t>(tokens: &'t [Token]) -> Result<HashMap<&'t str, u32>, GgufError> {
    let mut ids = HashMap::with_capacity(tokens.len());
    for (token, id) in tokens.iter().zip(0..) {
        if let Some(first) = ids.insert(&*token.text, id) {
            let text = &token.text;
            return Err(GgufError::damaged(format!("tokens {first} and {id} have the same text `{text}`")));
        }
    }
    Ok(ids)
}

fn stated(types: &Scalars, tokens: usize) -> Result<Vec<Use>, GgufError> {
    if types.len() != tokens {
        return Err(GgufError::damaged(format!(
            "metadata key `{TYPES}` has {} elements for {tokens} tokens",
            types.len()
        )));
    }
    let each = types.iter().enumerate().map(|(id, number)| {
        number.as_u64().and_then(Use::from_number).ok_or_else(|| {
            GgufError::damaged(format!("element {id} of `{TYPES}` is no token type; expected 0 to 6"))
        })
    });
    each.collect()
}

/// What files from before token types leave to be seen from the tokens themselves.
fn guessed(texts: &[&str], marks: &[u32]) -> Vec<Use> {
    let usage = |(text, id): (&&str, u32)| {
        if marks.contains(&id) {
            Use::Control
        } else if is_byte(text) {
            Use::Byte
        } else {
            Use::Normal
        }
    };
    texts.iter().zip(0..).map(usage).collect()
}

/// Whether this is a byte as SentencePiece writes it, such as `<0x0A>`.
fn is_byte(text: &str) -> bool {
    let digits = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    digits.is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
