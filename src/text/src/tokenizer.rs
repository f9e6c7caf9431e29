//! Tokenizers: a model folder's own, the built-in one over bytes, and training of new ones.

use std::path::Path;

use harness_protocol::{END, START, START_ID};
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::Split;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, SplitDelimiterBehavior, Trainer};

use crate::atomic;
use crate::error::TextError;
use crate::guard::guarded;
use crate::hash;
use crate::regular;

const UNKNOWN: &str = "<unk>";
const FILE: &str = "tokenizer.json";
/// Most bytes of a `tokenizer.json`; published ones have some 30 MB. 1 GiB.
const MOST_BYTES: u64 = 1 << 30;
const HELP: &str =
    "a model folder needs the `tokenizer.json` that belongs to its weights: fetch or train the model again";

/// Turns text into token ids and back.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// What the tokenizer puts before a text, such as `<s>`.
    prefix: Vec<u32>,
    /// As it was read.
    json: String,
    sha256: String,
}

impl Tokenizer {
    /// Reads `tokenizer.json` of a model folder.
    pub fn open(model_folder: &Path) -> Result<Self, TextError> {
        let path = model_folder.join(FILE);
        let bytes = regular::read(&path, MOST_BYTES).map_err(|error| TextError::read(&path, error, HELP))?;
        Self::parse(&bytes)
            .map_err(|error| TextError::damaged(&path, format!("is no tokenizer: {error}"), HELP))
    }

    /// Reads the text of a `tokenizer.json`.
    pub fn from_json(json: &[u8]) -> Result<Self, TextError> {
        Self::parse(json).map_err(library_error)
    }

    /// The tokenizer of the built-in tiny model: every byte is a token, then `<s>`, `</s>` and `<unk>`.
    ///
    /// Ids 0 to 255 are the bytes, 256 to 258 the rest.
    pub fn bytes() -> Result<Self, TextError> {
        let vocabulary = (0..=255).zip(0..).map(|(byte, id)| (byte_char(byte).to_string(), id));
        let model = BPE::builder()
            .vocab_and_merges(vocabulary.collect::<tokenizers::models::bpe::Vocab>(), Vec::new())
            .build()
            .map_err(library_error)?;
        let mut inner = tokenizers::Tokenizer::new(model);
        // Without the leading blank that the trained tokenizers add: one byte in, one token out.
        inner.with_pre_tokenizer(Some(ByteLevel::new(false, false, false)));
        inner.with_decoder(Some(ByteLevel::default()));
        inner.add_special_tokens([START, END, UNKNOWN].map(special)).map_err(library_error)?;
        Self::parse(inner.to_string(false).map_err(library_error)?.as_bytes()).map_err(library_error)
    }

    fn parse(json: &[u8]) -> tokenizers::Result<Self> {
        // The library panics over some damaged files.
        guarded(|| Self::parse_whole(json)).unwrap_or_else(gave_up)
    }

    fn parse_whole(json: &[u8]) -> tokenizers::Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json)?;
        // Some published files cut or pad what they encode; items must be cut by the task set alone.
        inner.with_truncation(None)?;
        inner.with_padding(None);
        let sha256 = hash::bytes(json);
        let prefix = prefix(&inner)?;
        Ok(Self { inner, prefix, json: String::from_utf8_lossy(json).into_owned(), sha256 })
    }

    /// The ids of `text`, without the tokens that a model expects around it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let encoding = guarded(|| self.inner.encode_fast(text, false)).unwrap_or_else(gave_up);
        let encoding = encoding.map_err(library_error)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of the beginning of a document: what this tokenizer puts before a text, then the text's ids.
    ///
    /// What it may put behind a text is left out, because a beginning is not finished.
    pub fn encode_document(&self, text: &str) -> Result<Vec<u32>, TextError> {
        Ok([self.prefix.as_slice(), &self.encode(text)?].concat())
    }

    /// What [`Tokenizer::encode_document`] puts before a text.
    pub fn prefix(&self) -> &[u32] {
        &self.prefix
    }

    /// The text of `ids`; special tokens are kept, unknown ids left out.
    ///
    /// A tokenizer made by [`train_bpe`] puts one blank before the first word.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TextError> {
        guarded(|| self.inner.decode(ids, false)).unwrap_or_else(gave_up).map_err(library_error)
    }

    /// The id of one token, where the tokenizer has it.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// How many tokens there are, special ones included.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The largest id of any token but those that were added, such as marks for padding.
    pub fn largest_id(&self) -> u32 {
        self.inner.get_vocab(false).into_values().max().unwrap_or(0)
    }

    /// The text of its `tokenizer.json`.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// SHA-256 of the tokenizer's JSON, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// Learns a byte-level BPE over whitespace-separated tokens and writes it to `out` as JSON.
///
/// Every code token is a word with its leading blank, and no merge crosses a blank. `vocabulary`
/// includes the 256 bytes, `<s>` and `</s>`; a corpus too small for it gives fewer tokens. The same
/// texts give the same file.
pub fn train_bpe(
    texts: impl Iterator<Item = String> + Send,
    vocabulary: usize,
    out: &Path,
) -> Result<(), TextError> {
    let words = |text: &str| {
        let word = |word: &str| format!(" {word}").bytes().map(byte_char).collect();
        Ok(text.split(' ').map(word).collect())
    };
    let mut trainer = BpeTrainer::builder()
        .vocab_size(vocabulary)
        .min_frequency(2)
        .show_progress(false)
        .special_tokens([START, END].map(special).to_vec())
        .initial_alphabet((0..=255).map(byte_char).collect())
        .build();
    trainer.feed(texts, words).map_err(library_error)?;
    let mut model = BPE::default();
    let specials = trainer.train(&mut model).map_err(library_error)?;

    let mut tokenizer = tokenizers::Tokenizer::new(model);
    let at_blanks = Split::new(" ", SplitDelimiterBehavior::MergedWithNext, false).map_err(library_error)?;
    tokenizer.with_pre_tokenizer(Some(Sequence::new(vec![
        PreTokenizerWrapper::Split(at_blanks),
        PreTokenizerWrapper::ByteLevel(ByteLevel::new(true, false, false)),
    ])));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    // A model trained on streams has seen every document behind `<s>`.
    let start = TemplateProcessing::builder()
        .try_single(format!("{START} $A"))
        .map_err(|error| library_error(error.into()))?
        .special_tokens(vec![(START, START_ID.into())])
        .build()
        .map_err(|error| library_error(error.into()))?;
    tokenizer.with_post_processor(Some(start));
    tokenizer.add_special_tokens(specials).map_err(library_error)?;
    atomic::write(out, tokenizer.to_string(false).map_err(library_error)?.as_bytes())
}

/// Learns by a probe what a tokenizer puts before a text: its rules for that come in many shapes.
fn prefix(tokenizer: &tokenizers::Tokenizer) -> tokenizers::Result<Vec<u32>> {
    const PROBE: &str = "a";
    let bare = tokenizer.encode_fast(PROBE, false)?;
    let dressed = tokenizer.encode_fast(PROBE, true)?;
    let at = dressed.get_ids().windows(bare.len().max(1)).position(|ids| ids == bare.get_ids());
    Ok(dressed.get_ids()[..at.unwrap_or(0)].to_vec())
}

/// What stands for a panic of the library.
fn gave_up<T>() -> tokenizers::Result<T> {
    Err("the library gave up".into())
}

fn special(content: &str) -> AddedToken {
    AddedToken::from(content, true)
}

/// The printable character that stands for a byte in byte-level vocabularies: itself where it
/// prints, otherwise the next one from U+0100 on (GPT-2's table).
fn byte_char(byte: u8) -> char {
    let prints = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..);
    if prints(byte) {
        return char::from(byte);
    }
    let earlier = (0..byte).filter(|&byte| !prints(byte)).count() as u32;
    char::from_u32(0x100 + earlier).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn library_error(error: tokenizers::Error) -> TextError {
    TextError::Tokenizer(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use harness_protocol::END_ID;

    use super::*;

    const TEXTS: [&str; 2] = [
        "package a . b ; class A { int value = <NUM_LIT:0> ; String name = \"<STR_LIT:x>\" ; }",
        "class B { int value ( ) { return value + <NUM_LIT> ; } String näme ; }",
    ];

    fn trained() -> (tempfile::TempDir, Tokenizer) {
        let folder = tempfile::tempdir().unwrap();
        train_bpe(TEXTS.map(str::to_owned).into_iter(), 280, &folder.path().join(FILE)).unwrap();
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        (folder, tokenizer)
    }

    #[test]
    fn a_trained_tokenizer_returns_the_text_behind_one_blank() {
        let (_folder, tokenizer) = trained();
        for text in
            ["class A { }", "never seen 日本 \u{1f600} ;", "two  blanks", "a\nb", "\"<STR_LIT:U+0020>\""]
        {
            let ids = tokenizer.encode(text).unwrap();
            assert_eq!(tokenizer.decode(&ids).unwrap(), format!(" {text}"));
        }
    }

    #[test]
    fn merges_never_cross_a_blank() {
        let (_folder, tokenizer) = trained();
        assert_eq!(tokenizer.vocabulary(), 280);
        let text = TEXTS[0];
        let word_by_word: Vec<u32> =
            text.split(' ').flat_map(|word| tokenizer.encode(&format!(" {word}")).unwrap()).collect();
        assert_eq!(tokenizer.encode(text).unwrap(), word_by_word);
        assert!(word_by_word.len() < text.len(), "some merges were learned");
    }

    #[test]
    fn the_same_texts_give_the_same_tokenizer() {
        let (_first, a) = trained();
        let (_second, b) = trained();
        assert_eq!(a.sha256(), b.sha256());
        assert_eq!(a.sha256().len(), 64);
    }

    #[test]
    fn a_document_begins_with_its_mark() {
        let (_folder, tokenizer) = trained();
        let start = tokenizer.id(START).unwrap();
        assert_eq!((start, tokenizer.id(END)), (START_ID.into(), Some(END_ID.into())));
        let ids = tokenizer.encode_document("class A").unwrap();
        assert_eq!((tokenizer.prefix(), ids[0]), ([start].as_slice(), start));
        assert_eq!(ids[1..], tokenizer.encode("class A").unwrap());
        assert_eq!(tokenizer.decode(&ids).unwrap(), "<s> class A");
    }

    #[test]
    fn the_built_in_tokenizer_is_one_id_a_byte() {
        let tokenizer = Tokenizer::bytes().unwrap();
        let text = "int ä = \u{0}\n;";
        let ids = tokenizer.encode(text).unwrap();
        assert_eq!(ids, text.bytes().map(u32::from).collect::<Vec<_>>());
        assert_eq!(tokenizer.decode(&ids).unwrap(), text);
        assert_eq!([START, END, UNKNOWN].map(|token| tokenizer.id(token)), [Some(256), Some(257), Some(258)]);
        assert_eq!((tokenizer.vocabulary(), tokenizer.prefix().len()), (259, 0));
    }

    #[test]
    fn ids_that_do_not_exist_are_left_out_of_the_text() {
        let tokenizer = Tokenizer::bytes().unwrap();
        assert_eq!(tokenizer.decode(&[97, 100_000, 98]).unwrap(), "ab");
    }

    #[test]
    fn a_missing_or_damaged_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for content in [None, Some("{"), Some("{}"), Some("\u{0}")] {
            if let Some(content) = content {
                fs::write(folder.path().join(FILE), content).unwrap();
            }
            let error = Tokenizer::open(folder.path()).err().unwrap();
            assert!(error.to_string().contains("\nhelp: a model folder needs"), "{error}");
        }
    }
}
