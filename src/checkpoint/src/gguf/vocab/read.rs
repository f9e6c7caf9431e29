//! A vocabulary: its tokens, the rules around them, and the ids that begin and end texts.

use std::fmt;

use super::super::error::GgufError;
use super::super::file::Gguf;
use super::split::{self, Splitter};
use super::token::{self, Token, Use};

const MODEL: &str = "tokenizer.ggml.model";
const SPLITTER: &str = "tokenizer.ggml.pre";
const BOS: &str = "tokenizer.ggml.bos_token_id";
const EOS: &str = "tokenizer.ggml.eos_token_id";
const EOT: &str = "tokenizer.ggml.eot_token_id";
const UNKNOWN: &str = "tokenizer.ggml.unknown_token_id";
const ADD_BOS: &str = "tokenizer.ggml.add_bos_token";
const ADD_EOS: &str = "tokenizer.ggml.add_eos_token";
const CHAT_TEMPLATE: &str = "tokenizer.chat_template";

/// The tokenizer that a GGUF file's metadata describe.
#[derive(Clone)]
pub struct Vocab<'a> {
    gguf: &'a Gguf<'a>,
    tokens: Vec<Token<'a>>,
    pub(super) kind: Kind,
    bos: Option<u32>,
    eos: Option<u32>,
    eot: Option<u32>,
    unknown: Option<u32>,
    add_bos: bool,
    add_eos: bool,
    chat_template: Option<&'a str>,
}

/// How text becomes tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Pairs of byte sequences are merged, within the words that a splitter makes.
    ByteLevel(&'static Splitter),
    /// Pairs of characters are merged, the best score first, in the whole text.
    Pieces,
}

impl<'a> Vocab<'a> {
    /// Reads the vocabulary.
    ///
    /// Fails where the file has none, where its kind or its splitter is not known, or where ids lie outside
    /// of it.
    pub fn read(gguf: &'a Gguf<'a>) -> Result<Self, GgufError> {
        let kind = kind(gguf)?;
        let (default_bos, default_eos, default_unknown) = match kind {
            Kind::ByteLevel(_) => (None, None, None),
            // SentencePiece's own numbers, which old files leave out.
            Kind::Pieces => (Some(1), Some(2), Some(0)),
        };
        let mut vocab = Self {
            gguf,
            tokens: Vec::new(),
            kind,
            bos: id(gguf, BOS)?.or(default_bos),
            eos: id(gguf, EOS)?.or(default_eos),
            eot: id(gguf, EOT)?,
            unknown: id(gguf, UNKNOWN)?.or(default_unknown),
            add_bos: gguf.bool(ADD_BOS)?.unwrap_or(match kind {
                Kind::ByteLevel(splitter) => splitter.adds_bos,
                Kind::Pieces => true,
            }),
            add_eos: gguf.bool(ADD_EOS)?.unwrap_or(false),
            chat_template: gguf.str(CHAT_TEMPLATE)?,
        };
        let named = [(BOS, vocab.bos), (EOS, vocab.eos), (EOT, vocab.eot), (UNKNOWN, vocab.unknown)];
        let marks: Vec<u32> = named.iter().filter_map(|(_, id)| *id).collect();
        vocab.tokens = token::read(gguf, &marks)?;
        for (key, id) in named {
            if let Some(id) = id.filter(|id| *id as usize >= vocab.tokens.len()) {
                let count = vocab.tokens.len();
                return Err(GgufError::damaged(format!(
                    "`{key}` is {id}; the vocabulary has {count} tokens"
                )));
            }
        }
        Ok(vocab)
    }

    /// How many tokens there are: ids go from 0 up to this.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The text of a token as the file spells it, where the id exists.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(usize::try_from(id).ok()?).map(|token| &*token.text)
    }

    /// The id that begins a text, where there is one; [`Vocab::adds_bos`] says whether the tokenizer adds it.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// Whether the tokenizer puts [`Vocab::bos`] before a text that is encoded with special tokens.
    pub fn adds_bos(&self) -> bool {
        self.add_bos
    }

    /// The ids that end an answer: of the end of a text, then of the end of a turn where that is another one.
    pub fn eos_ids(&self) -> Vec<u32> {
        let turn = self.eot.filter(|_| self.eot != self.eos);
        self.eos.into_iter().chain(turn).collect()
    }

    /// The template, written in Jinja, that makes a prompt of a conversation, where the file has one.
    pub fn chat_template(&self) -> Option<&'a str> {
        self.chat_template
    }

    pub(super) fn gguf(&self) -> &'a Gguf<'a> {
        self.gguf
    }

    pub(super) fn tokens(&self) -> &[Token<'a>] {
        &self.tokens
    }

    /// The token for text that no other token spells.
    pub(super) fn unknown(&self) -> Option<&Token<'a>> {
        let stated = self.tokens.iter().find(|token| token.usage == Use::Unknown);
        stated.or_else(|| self.tokens.get(usize::try_from(self.unknown?).ok()?))
    }

    /// What the tokenizer puts before and behind a text: an id with its token, each where it does.
    pub(super) fn around(&self) -> Result<[Option<(u32, &Token<'a>)>; 2], GgufError> {
        let wanted = |wanted: bool, id: Option<u32>, key: &str| match (wanted, id) {
            (false, _) => Ok(None),
            (true, Some(id)) => Ok(self.tokens.get(id as usize).map(|token| (id, token))),
            (true, None) => Err(GgufError::Missing(key.to_owned())),
        };
        Ok([wanted(self.add_bos, self.bos, BOS)?, wanted(self.add_eos, self.eos, EOS)?])
    }
}

impl fmt::Debug for Vocab<'_> {
    /// Leaves out the tokens.
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Vocab {{ tokens: {}, kind: {:?} }}", self.tokens.len(), self.kind)
    }
}

fn kind(gguf: &Gguf) -> Result<Kind, GgufError> {
    match gguf.str(MODEL)?.ok_or_else(|| GgufError::Missing(MODEL.to_owned()))? {
        "gpt2" => {
            let name = gguf.str(SPLITTER)?.unwrap_or("default");
            let splitter = split::find(name).ok_or_else(|| {
                let known = split::names();
                GgufError::unsupported(format!(
                    "`{SPLITTER}` is `{name}`, which is not known; expected one of {known}"
                ))
            })?;
            Ok(Kind::ByteLevel(splitter))
        }
        "llama" => Ok(Kind::Pieces),
        other => Err(GgufError::unsupported(format!(
            "`{MODEL}` is `{other}`, which is not read; expected `gpt2` or `llama`"
        ))),
    }
}

fn id(gguf: &Gguf, key: &str) -> Result<Option<u32>, GgufError> {
    let Some(id) = gguf.u64(key)? else { return Ok(None) };
    let id = u32::try_from(id)
        .map_err(|_| GgufError::damaged(format!("`{key}` is {id}, which is no token id")))?;
    Ok(Some(id))
}
