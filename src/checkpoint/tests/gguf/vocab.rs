//! Tokenizers made of GGUF metadata, against encodings of the Python packages `tokenizers` and
//! `sentencepiece`.

use std::env;
use std::fs;

use crate::common::Writer;
use harness_checkpoint::gguf::Gguf;
use harness_checkpoint::gguf::vocab::Vocab;
use serde_json::Value;
use tokenizers::Tokenizer;

const TINY: &[u8] = include_bytes!("golden/tiny.gguf");
const PREFIX: &[u8] = include_bytes!("golden/pieces_prefix.gguf");
const BARE: &[u8] = include_bytes!("golden/pieces_bare.gguf");

fn tokenizer(file: &[u8]) -> Tokenizer {
    let gguf = Gguf::parse(file).unwrap();
    let vocab = Vocab::read(&gguf).unwrap();
    let tokenizer = Tokenizer::from_bytes(vocab.tokenizer_json().unwrap().to_string()).unwrap();
    assert_eq!(tokenizer.get_vocab_size(true), vocab.len());
    for id in 0..vocab.len() as u32 {
        assert_eq!(tokenizer.id_to_token(id).as_deref(), vocab.token(id));
    }
    tokenizer
}

fn refusal(file: &Writer) -> String {
    let file = file.finish();
    let gguf = Gguf::parse(&file).unwrap();
    let made = Vocab::read(&gguf).and_then(|vocab| vocab.tokenizer_json());
    made.unwrap_err().to_string()
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    tokenizer.encode(text, false).unwrap().get_ids().to_vec()
}

/// The texts of a golden file, each with the ids of one of its encodings.
fn golden(json: &str, name: &str) -> Vec<(String, Vec<u32>)> {
    let golden: Value = serde_json::from_str(json).unwrap();
    let texts = golden["texts"].as_array().unwrap().iter();
    let encodings = golden["encodings"][name].as_array().unwrap().iter();
    let ids = |ids: &Value| ids.as_str().unwrap().split_whitespace().map(|id| id.parse().unwrap()).collect();
    texts.zip(encodings).map(|(text, each)| (text.as_str().unwrap().to_owned(), ids(each))).collect()
}

/// The vocabulary of the tiny file with another splitter.
fn with_splitter(name: &str) -> Vec<u8> {
    let tiny = Gguf::parse(TINY).unwrap();
    let strings = |key: &str| tiny.strings(key).unwrap().unwrap();
    let types = tiny.scalars("tokenizer.ggml.token_type").unwrap().unwrap();
    let types: Vec<i32> = types.iter().map(|value| value.as_u64().unwrap() as i32).collect();
    let file = Writer::default()
        .str("tokenizer.ggml.model", "gpt2")
        .str("tokenizer.ggml.pre", name)
        .strings("tokenizer.ggml.tokens", strings("tokenizer.ggml.tokens"))
        .i32s("tokenizer.ggml.token_type", &types)
        .strings("tokenizer.ggml.merges", strings("tokenizer.ggml.merges"))
        .u32("tokenizer.ggml.bos_token_id", 1);
    file.finish()
}

#[test]
fn every_splitter_encodes_as_its_own_tokenizer_does() {
    for (names, reference) in [
        (["default", "gpt-2", "phi-2"].as_slice(), "gpt-2"),
        (&["smollm", "starcoder", "refact"], "smollm"),
        (&["llama-bpe", "llama3", "llama-v3"], "llama-bpe"),
        (&["qwen2"], "qwen2"),
        (&["tekken"], "tekken"),
        (&["deepseek-coder"], "deepseek-coder"),
    ] {
        for name in names {
            let tokenizer = tokenizer(&with_splitter(name));
            for (text, ids) in golden(include_str!("golden/byte_level.json"), reference) {
                assert_eq!(encode(&tokenizer, &text), ids, "{name}: {text:?}");
                // Qwen's composes accents, so that its text comes back composed.
                if reference != "qwen2" {
                    assert_eq!(tokenizer.decode(&ids, false).unwrap(), text, "{name}");
                }
            }
        }
    }
}

#[test]
fn pieces_encode_as_sentencepiece_does() {
    for (name, file) in [("prefix", PREFIX), ("bare", BARE)] {
        let tokenizer = tokenizer(file);
        for (text, ids) in golden(include_str!("golden/pieces.json"), name) {
            assert_eq!(encode(&tokenizer, &text), ids, "{name}: {text:?}");
            // A blank's sign in the text itself cannot be told from a blank.
            let expected = text.replace('\u{2581}', " ");
            assert_eq!(tokenizer.decode(&ids, false).unwrap(), expected, "{name}");
        }
    }
}

#[test]
fn marks_stand_around_a_text_where_the_file_says_so() {
    let dressed = |file: &[u8]| {
        let tokenizer = tokenizer(file);
        let ids = tokenizer.encode("a", true).unwrap().get_ids().to_vec();
        let bare = encode(&tokenizer, "a");
        let at = ids.windows(bare.len()).position(|ids| ids == bare).unwrap();
        (ids[..at].to_vec(), ids[at + bare.len()..].to_vec())
    };
    assert_eq!(dressed(PREFIX), (vec![1], vec![]));
    assert_eq!(dressed(BARE), (vec![1], vec![2]));
    assert_eq!(dressed(TINY), (vec![], vec![]));
    assert_eq!(dressed(&with_splitter("llama-bpe")), (vec![1], vec![]));
    assert_eq!(dressed(&with_splitter("qwen2")), (vec![], vec![]));
}

#[test]
fn ends_and_the_chat_template_are_the_files() {
    let gguf = Gguf::parse(TINY).unwrap();
    let vocab = Vocab::read(&gguf).unwrap();
    assert_eq!((vocab.bos(), vocab.adds_bos(), vocab.eos_ids()), (Some(1), false, vec![2, 0]));
    assert_eq!((vocab.chat_template(), vocab.len(), vocab.is_empty()), (Some("{{ messages }}"), 422, false));
    let gguf = Gguf::parse(PREFIX).unwrap();
    let vocab = Vocab::read(&gguf).unwrap();
    assert_eq!((vocab.bos(), vocab.adds_bos(), vocab.eos_ids()), (Some(1), true, vec![2]));
    assert_eq!(vocab.chat_template(), None);
}

#[test]
fn special_tokens_can_be_left_out_and_user_defined_ones_stay() {
    let tokenizer = tokenizer(TINY);
    let ids = encode(&tokenizer, "<|im_start|>a<tool>b<|im_end|>");
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), "a<tool>b");
}

#[test]
fn a_file_without_token_types_still_knows_bytes_and_marks() {
    let file = Writer::default()
        .str("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", &["<unk>", "<s>", "</s>", "<0x41>", "\u{2581}", "b", "\u{2581}b"])
        .f32s("tokenizer.ggml.scores", &[0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -1.0]);
    let tokenizer = tokenizer(&file.finish());
    assert_eq!(encode(&tokenizer, "b"), [6]);
    assert_eq!(encode(&tokenizer, "bAb"), [6, 3, 5]);
    assert_eq!(encode(&tokenizer, "bCCb</s>"), [6, 0, 5, 2]);
    assert_eq!(tokenizer.encode("b", true).unwrap().get_ids(), [1, 6]);
}

#[test]
fn vocabularies_that_are_not_read_are_named() {
    let model = |name: &str| Writer::default().str("tokenizer.ggml.model", name);
    assert_eq!(refusal(&Writer::default()), "the file has no metadata key `tokenizer.ggml.model`");
    for name in ["t5", "bert", "rwkv", "no_vocab", ""] {
        let expected =
            format!("`tokenizer.ggml.model` is `{name}`, which is not read; expected `gpt2` or `llama`");
        assert_eq!(refusal(&model(name)), expected);
    }
    let error = refusal(&model("gpt2").str("tokenizer.ggml.pre", "viking"));
    assert!(
        error
            .starts_with("`tokenizer.ggml.pre` is `viking`, which is not known; expected one of `default`, ")
    );
    assert_eq!(refusal(&model("llama")), "the file has no metadata key `tokenizer.ggml.tokens`");
    let llama = model("llama").strings("tokenizer.ggml.tokens", &["<unk>", "<s>", "</s>", "a"]);
    assert_eq!(refusal(&llama), "the file has no metadata key `tokenizer.ggml.scores`");
    let gpt2 = model("gpt2").strings("tokenizer.ggml.tokens", &["a", "b"]);
    assert_eq!(refusal(&gpt2), "the file has no metadata key `tokenizer.ggml.merges`");
    let squeezes = llama.bool("tokenizer.ggml.remove_extra_whitespaces", true);
    assert!(refusal(&squeezes).contains("`tokenizer.ggml.remove_extra_whitespaces`"));
}

#[test]
fn vocabularies_that_contradict_themselves_are_named() {
    let tokens = |model: &str, tokens: &[&str]| {
        Writer::default().str("tokenizer.ggml.model", model).strings("tokenizer.ggml.tokens", tokens)
    };
    let gpt2 =
        |merges: &[&str]| tokens("gpt2", &["a", "b", "ab", "abc"]).strings("tokenizer.ggml.merges", merges);
    for merge in ["a", "", " ", "a b c", "ab abc", "abc abc", "x y", "a  b"] {
        let expected = format!("merge 1, `{merge}`, names no two tokens that make a third");
        assert_eq!(refusal(&gpt2(&["a b", merge])), expected);
    }
    let twice = tokens("gpt2", &["a", "b", "a"]).strings("tokenizer.ggml.merges", &[]);
    assert_eq!(refusal(&twice), "tokens 0 and 2 have the same text `a`");
    let outside = gpt2(&[]).u32("tokenizer.ggml.eos_token_id", 4);
    assert_eq!(refusal(&outside), "`tokenizer.ggml.eos_token_id` is 4; the vocabulary has 4 tokens");
    let types = gpt2(&[]).i32s("tokenizer.ggml.token_type", &[1, 1]);
    assert_eq!(refusal(&types), "metadata key `tokenizer.ggml.token_type` has 2 elements for 4 tokens");
    let types = gpt2(&[]).i32s("tokenizer.ggml.token_type", &[1, 1, 1, 7]);
    assert_eq!(refusal(&types), "element 3 of `tokenizer.ggml.token_type` is no token type; expected 0 to 6");
    let no_bos = gpt2(&[]).bool("tokenizer.ggml.add_bos_token", true);
    assert_eq!(refusal(&no_bos), "the file has no metadata key `tokenizer.ggml.bos_token_id`");
    let long = tokens("gpt2", &[&"x".repeat(1025)]);
    assert_eq!(refusal(&long), "token 0 has 1025 bytes; at most 1024 are read");
    let scores = tokens("llama", &["a", "b", "c"]).f32s("tokenizer.ggml.scores", &[0.0]);
    assert_eq!(refusal(&scores), "metadata key `tokenizer.ggml.scores` has 1 elements for 3 tokens");
}

#[test]
fn a_vocabulary_made_to_give_endless_merges_is_refused() {
    let texts: Vec<String> = (1..1000).map(|length| "a".repeat(length)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let file = Writer::default()
        .str("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", &texts)
        .f32s("tokenizer.ggml.scores", &vec![0.0; texts.len()]);
    let error = refusal(&file);
    assert_eq!(error, "the scores of the vocabulary give more than 15984 merges for 999 tokens");
}

#[test]
fn an_empty_token_keeps_its_id() {
    let file = Writer::default()
        .str("tokenizer.ggml.model", "gpt2")
        .strings("tokenizer.ggml.tokens", &["a", "", "b"])
        .strings("tokenizer.ggml.merges", &[]);
    assert_eq!(encode(&tokenizer(&file.finish()), "ab"), [0, 2]);
}

/// `SMOLLM2_GGUF` names a file with the vocabulary of SmolLM2, such as SmolLM2-135M-Instruct.
#[test]
fn a_published_vocabulary_encodes_as_its_own_tokenizer_does() {
    let Some(file) = env::var_os("SMOLLM2_GGUF").and_then(|path| fs::read(path).ok()) else {
        eprintln!("skipped: `SMOLLM2_GGUF` names no file");
        return;
    };
    let tokenizer = tokenizer(&file);
    for (text, ids) in golden(include_str!("golden/smollm.json"), "smollm") {
        assert_eq!(encode(&tokenizer, &text), ids, "{text:?}");
        assert_eq!(tokenizer.decode(&ids, false).unwrap(), text);
    }
}
