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

use crate::damaged::damage;
use crate::kinds::{copy, golden};
use crate::random::{Random, number, peak};

/// Tried by default: a second or two.
const INPUTS: u64 = 1200;
/// Memory that all inputs together may add, bytes.
const MOST_MEMORY: u64 = 256 << 20;
/// Time of one input: a hang is longer, a busy machine is not.
const MOST_TIME: Duration = Duration::from_secs(20);

/// Keys that a config may say and that change what runs.
const KEYS: &[&str] = &[
    "quantization_config",
    "quantization",
    "compression_config",
    "rope_scaling",
    "rope_parameters",
    "rope_theta",
    "rotary_pct",
    "partial_rotary_factor",
    "rotary_dim",
    "sliding_window",
    "use_sliding_window",
    "max_window_layers",
    "sliding_window_pattern",
    "no_rope_layer_interval",
    "no_rope_layers",
    "layer_types",
    "exit_layers",
    "head_dim",
    "num_key_value_heads",
    "num_local_experts",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "query_pre_attn_scalar",
    "rms_norm_eps",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "norm_epsilon",
    "eos_token_id",
    "max_position_embeddings",
    "n_positions",
    "vocab_size",
    "tie_word_embeddings",
    "hidden_act",
    "multi_query",
    "n_inner",
];

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

/// Changes one value, or takes a key away, or puts one in.
fn change(json: &mut Json, random: &mut Random) {
    let paths = paths(json);
    let path = random.of(&paths).clone();
    let value = value(json, random);
    match random.below(8) {
        0 => {
            if let Some((parent, key)) = path.rsplit_once('/')
                && let Some(Json::Object(keys)) = json.pointer_mut(parent)
            {
                keys.remove(key);
            }
        }
        1 | 2 => {
            if let Json::Object(keys) = json {
                keys.insert((*random.of(KEYS)).to_owned(), value);
            }
        }
        _ => {
            if let Some(place) = json.pointer_mut(&path) {
                *place = value;
            }
        }
    }
}

/// A value that no model should have, or one that another key has.
fn value(json: &Json, random: &mut Random) -> Json {
    const WHOLE: &[i64] = &[
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        17,
        31,
        32,
        33,
        64,
        4096,
        1 << 20,
        1 << 24,
        (1 << 24) + 1,
        1 << 31,
        1 << 32,
        1 << 40,
        1 << 53,
        i64::MAX,
        i64::MIN,
        -1,
        -2,
    ];
    const REAL: &[f64] = &[
        0.0,
        -0.0,
        0.1,
        0.25,
        0.5,
        1.0,
        1.5,
        2.0,
        1e-5,
        -1e-5,
        1e-300,
        1e-40,
        1e40,
        1e300,
        -1.0,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    let kinds = ["default", "linear", "dynamic", "llama3", "yarn", "longrope", "spiral", ""];
    match random.below(12) {
        0..4 => Json::from(*random.of(WHOLE)),
        4..7 => Json::from(*random.of(REAL)),
        7 => Json::Null,
        8 => Json::from(random.below(2) == 0),
        9 => random
            .of(&[
                json!(""),
                json!("8"),
                json!("NaN"),
                json!("gelu"),
                json!("x".repeat(100_000)),
                json!("\u{202e}\u{1b}[2J"),
                json!(u64::MAX),
                json!([]),
                json!({}),
                json!([[1], {}]),
                json!([1, 2]),
                json!(["full_attention", "sliding_attention"]),
                json!(vec![1.0; 5000]),
                json!({ "quant_method": "awq" }),
            ])
            .clone(),
        10 => {
            let mut table = json!({ "rope_type": random.of(&kinds) });
            for key in [
                "factor",
                "rope_theta",
                "low_freq_factor",
                "high_freq_factor",
                "beta_fast",
                "beta_slow",
                "attention_factor",
                "mscale",
                "mscale_all_dim",
                "partial_rotary_factor",
                "original_max_position_embeddings",
                "short_factor",
                "long_factor",
                "truncate",
                "full_attention",
            ] {
                match random.below(6) {
                    0 => table[key] = Json::from(*random.of(WHOLE)),
                    1 => table[key] = Json::from(*random.of(REAL)),
                    2 => table[key] = json!([1.0, 2.0, 3.0, 4.0]),
                    _ => {}
                }
            }
            table
        }
        _ => {
            let paths = paths(json);
            json.pointer(random.of(&paths).as_str()).cloned().unwrap_or_default()
        }
    }
}

/// Pointers to the values of a document, a part of those of long lists.
fn paths(json: &Json) -> Vec<String> {
    fn note(json: &Json, path: &str, paths: &mut Vec<String>) {
        paths.push(path.to_owned());
        match json {
            Json::Object(keys) => {
                for (key, value) in keys {
                    note(value, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), paths);
                }
            }
            Json::Array(list) => {
                for (at, value) in list.iter().enumerate().take(20) {
                    note(value, &format!("{path}/{at}"), paths);
                }
            }
            _ => {}
        }
    }
    let mut paths = Vec::new();
    note(json, "", &mut paths);
    paths
}

/// A document as text; now and then with a key twice, or nested deeper than any parser should follow.
fn text(json: &Json, random: &mut Random) -> String {
    let text = json.to_string();
    match random.below(60) {
        0 => {
            let key = random.of(KEYS);
            text.replacen('{', &format!("{{\"{key}\":{},", value(json, random)), 1)
        }
        1 => {
            let depth = *random.of(&[100, 127, 128, 1000, 100_000]);
            let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            text.replacen('{', &format!("{{\"deep\":{nested},"), 1)
        }
        _ => text,
    }
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
