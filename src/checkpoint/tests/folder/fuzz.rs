//! Folders whose files keep their structure and say nonsense: refused, or of numbers that a model can have.
//!
//! `MODEL_FUZZ_INPUTS` sets how many are tried, `MODEL_FUZZ_SEED` which ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use harness_checkpoint::blueprint::{Blueprint, Positions};
use harness_checkpoint::{Checkpoint, Format, Tensors, fit};
use harness_text::guard;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::changes::{change, text};
use crate::damaged::damage;
use crate::kinds::{copy, golden};
use crate::random::{Random, number, peak};

/// Tried by default: a second or two.
const INPUTS: u64 = 1200;
/// Memory that all inputs together may add, bytes.
const MOST_MEMORY: u64 = 256 << 20;
/// Time of one input: a hang is longer, a busy machine is not.
const MOST_TIME: Duration = Duration::from_secs(20);

/// A folder's files as they were.
struct Whole {
    folder: TempDir,
    config: Json,
    header: Json,
    data: Vec<u8>,
    tokenizer: Json,
}

impl Whole {
    fn of(name: &str) -> Self {
        let folder = copy(name);
        let read = |file: &str| fs::read(folder.path().join(file)).unwrap();
        let weights = read("model.safetensors");
        let length = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        Self {
            config: serde_json::from_slice(&read("config.json")).unwrap(),
            header: serde_json::from_slice(&weights[8..8 + length]).unwrap(),
            data: weights[8 + length..].to_vec(),
            tokenizer: if name.len().is_multiple_of(2) {
                pieces()
            } else {
                serde_json::from_slice(&read("tokenizer.json")).unwrap()
            },
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).unwrap();
    }

    fn write_weights(&self, name: &str, header: &[u8]) {
        let length = (header.len() as u64).to_le_bytes();
        self.write(name, &[&length, header, &self.data].concat());
    }

    /// Writes all files, some of them changed.
    fn damaged(&self, random: &mut Random) {
        for name in ["generation_config.json", "model.safetensors.index.json"] {
            let _ = fs::remove_file(self.path().join(name));
        }
        let generation = json!({ "eos_token_id": [1, 2], "temperature": 0.7, "do_sample": true });
        let index = json!({ "metadata": { "total_size": 1 }, "weight_map": self.map() });
        let mut files = [
            ("config.json", self.config.clone()),
            ("header", self.header.clone()),
            ("tokenizer.json", self.tokenizer.clone()),
            ("generation_config.json", generation),
            ("model.safetensors.index.json", index),
        ];
        for _ in 0..=random.below(3) {
            let at = *random.of(&[0, 0, 0, 0, 1, 2, 3, 4]);
            change(&mut files[at].1, random);
        }
        let spread = random.below(4) == 0;
        for (name, json) in &files {
            let mut bytes = text(json, random).into_bytes();
            if random.below(40) == 0 {
                bytes = damage(&bytes, random);
            }
            match (*name, spread) {
                ("header", true) => {
                    let _ = fs::remove_file(self.path().join("model.safetensors"));
                    self.write_weights("part.safetensors", &bytes);
                }
                ("header", false) => self.write_weights("model.safetensors", &bytes),
                ("model.safetensors.index.json", false) => {}
                (name, _) => self.write(name, &bytes),
            }
        }
    }

    fn map(&self) -> Json {
        let names = self.header.as_object().unwrap().keys();
        names.map(|name| (name.clone(), Json::from("part.safetensors"))).collect()
    }
}

/// A tokenizer of pieces with all kinds of parts.
fn pieces() -> Json {
    let letters = ('a'..='z').map(|letter| letter.to_string());
    let pieces = letters.chain(["ab", "abc", "<s>"].map(str::to_owned));
    let vocabulary: serde_json::Map<String, Json> =
        pieces.enumerate().map(|(id, piece)| (piece, Json::from(id))).collect();
    json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0 },
        "padding": null,
        "added_tokens": [{ "id": 28, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true }],
        "normalizer": { "type": "Sequence", "normalizers": [{ "type": "NFC" }, { "type": "Replace", "pattern": { "String": " " }, "content": "a" }] },
        "pre_tokenizer": { "type": "Split", "pattern": { "Regex": "[a-c]+" }, "behavior": "Isolated", "invert": false },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "<s>": { "id": "<s>", "ids": [28], "tokens": ["<s>"] } }
        },
        "decoder": { "type": "Fuse" },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": "a", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary, "merges": [["a", "b"], ["ab", "c"]]
        }
    })
}

/// That what was accepted can be computed with.
fn assert_sound(checkpoint: &Checkpoint) {
    let blueprint = checkpoint.blueprint().unwrap();
    let vocabulary = blueprint.shape.vocabulary;
    let whole = |number: i64, most: i64| assert!((1..=most).contains(&number), "{number}");
    whole(blueprint.shape.width, 1 << 20);
    whole(vocabulary, 1 << 24);
    whole(blueprint.shape.context, 1 << 24);
    assert_eq!(i64::from(checkpoint.context().unwrap()), blueprint.shape.context);
    assert!(checkpoint.eos().unwrap().iter().all(|id| i64::from(*id) < vocabulary));
    let tokenizer = checkpoint.needed_tokenizer().unwrap();
    assert!(i64::from(tokenizer.largest_id()) < vocabulary);
    assert!(tokenizer.prefix().iter().all(|id| i64::from(*id) < vocabulary));
    for key in ["quantization_config", "quantization", "compression_config"] {
        assert!(checkpoint.config().json.get(key).is_none_or(Json::is_null), "{key} is ignored");
    }
    assert_numbers(&blueprint);
    let tensors = checkpoint.tensors(&blueprint).unwrap().unwrap();
    assert_tensors(&blueprint, &tensors);
    if let Ok(ids) = tokenizer.encode("abc bca \u{e9}") {
        let _ = tokenizer.decode(&ids);
    }
}

fn assert_numbers(blueprint: &Blueprint) {
    let positive = |number: f64| assert!(number as f32 > 0.0 && (number as f32).is_finite(), "{number}");
    for norm in blueprint.norms() {
        positive(norm.eps);
        assert!(norm.eps <= 1.0, "{}", norm.eps);
    }
    for rotary in &blueprint.rotaries {
        positive(rotary.magnitude);
        rotary.frequencies.iter().for_each(|frequency| positive(*frequency));
        assert!(!rotary.frequencies.is_empty());
    }
    for block in &blueprint.blocks {
        let attention = &block.attention;
        assert!(attention.kv_heads > 0 && attention.heads % attention.kv_heads == 0);
        assert!(attention.window.is_none_or(|window| (1..=1 << 24).contains(&window)));
        positive(attention.scale);
        attention.softcap.into_iter().for_each(positive);
        assert_eq!(
            attention.query_key_value.outputs,
            (attention.heads + 2 * attention.kv_heads) * attention.head_dim
        );
    }
    blueprint.head.softcap.into_iter().chain(blueprint.embedding.scale).for_each(positive);
    if let Positions::Learned { rows, offset, .. } = &blueprint.embedding.positions {
        assert!(blueprint.shape.context + offset <= *rows);
    }
}

fn assert_tensors(blueprint: &Blueprint, tensors: &Tensors) {
    for (name, size) in fit::needed(blueprint) {
        let entry = tensors.get(&name).unwrap();
        assert_eq!(entry.shape, size);
        let width = if entry.format == Format::F32 { 4 } else { 2 };
        assert_eq!(tensors.bytes(entry).len() as i64, width * size.iter().product::<i64>());
    }
}

#[test]
fn folders_that_say_nonsense_are_refused_or_run_as_they_say() {
    guard::keep_quiet(&[]);
    let mut random = Random(number("MODEL_FUZZ_SEED", 1));
    let names: Vec<PathBuf> = fs::read_dir(golden(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    let mut names: Vec<String> = names
        .iter()
        .filter(|path| path.join("config.json").is_file() && path.join("model.safetensors").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    let folders: Vec<Whole> = names.iter().map(|name| Whole::of(name)).collect();
    assert!(folders.len() > 10, "{names:?}");
    let before = peak();
    let inputs = number("MODEL_FUZZ_INPUTS", INPUTS);
    let mut accepted = 0;
    for input in 0..inputs {
        let whole = random.of(&folders);
        whole.damaged(&mut random);
        let begun = Instant::now();
        let look = || {
            let opened = Checkpoint::folder(whole.path());
            let outcome = opened.and_then(|checkpoint| checkpoint.check().map(|()| checkpoint));
            match &outcome {
                Ok(checkpoint) => assert_sound(checkpoint),
                Err(error) => {
                    assert!(!error.help.is_empty() && !error.message.is_empty());
                    assert!(
                        error.message.len() < 4000,
                        "{} bytes: {:.300}",
                        error.message.len(),
                        error.message
                    );
                }
            }
            outcome.is_ok()
        };
        let outcome = thread::scope(|scope| scope.spawn(look).join());
        let files = || fs::read_to_string(whole.path().join("config.json")).unwrap_or_default();
        let ok = outcome.unwrap_or_else(|_| panic!("input {input} of {:?}: {}", whole.path(), files()));
        assert!(begun.elapsed() < MOST_TIME, "input {input} took {:?}: {}", begun.elapsed(), files());
        accepted += u64::from(ok);
    }
    eprintln!("{inputs} folders, {accepted} accepted");
    assert!(
        inputs < 1000 || (accepted > inputs / 100 && accepted < inputs),
        "{accepted} of {inputs} accepted"
    );
    assert!(peak() - before < MOST_MEMORY, "{} bytes", peak() - before);
}
