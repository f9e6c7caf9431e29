//! Damaged files by the thousand: nothing may panic, and none may make the reader take much memory.
//!
//! `GGUF_FUZZ_INPUTS` sets how many files are tried, `GGUF_FUZZ_SEED` which ones.

use std::env;
use std::fs;
use std::thread;

use crate::common::Writer;
use harness_checkpoint::gguf::vocab::Vocab;
use harness_checkpoint::gguf::{Gguf, dequantize};
use tokenizers::Tokenizer;

const FILES: [&[u8]; 3] = [
    include_bytes!("golden/tiny.gguf"),
    include_bytes!("golden/pieces_prefix.gguf"),
    include_bytes!("golden/pieces_bare.gguf"),
];
/// How much more memory the process may reserve while it reads damaged files of 10 kB each.
const MOST_MEMORY: u64 = 16 << 20;

/// SplitMix64: small, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A place in a file, more often than not in its first part, where counts and names are.
    fn place(&mut self, length: usize) -> usize {
        let limit = [length, 1024.min(length), 64.min(length), length][self.below(4)];
        self.below(limit)
    }
}

/// One of the files with a few things changed.
fn damaged(random: &mut Random) -> Vec<u8> {
    let mut file = FILES[random.below(3)].to_vec();
    // Half of the files keep their structure, so that what lies behind it is reached too.
    let kinds = if random.below(2) == 0 { 3 } else { 9 };
    for _ in 0..=random.below(4) {
        let at = if kinds == 3 { random.below(file.len()) } else { random.place(file.len()) };
        match if kinds == 3 { 1 + random.below(3) } else { random.below(kinds) } {
            0 => file.truncate(at),
            1 | 2 if !file.is_empty() => file[at] ^= 1 << random.below(8),
            3 if !file.is_empty() => file[at] = random.next() as u8,
            4 => {
                let number =
                    [0, 1, 2, u64::MAX, 1 << 31, 1 << 32, 1 << 40, u64::MAX / 8, random.next() % 4096];
                write(&mut file, at, &number[random.below(9)].to_le_bytes());
            }
            5 => {
                let number = [0, 1, u32::MAX, 1 << 31, 9, 8, random.next() as u32 % 40];
                write(&mut file, at, &number[random.below(7)].to_le_bytes());
            }
            6 => {
                let other = FILES[random.below(3)];
                let from = random.below(other.len());
                let until = (from + random.below(256)).min(other.len());
                let at_end = (at + random.below(256)).min(file.len());
                file.splice(at..at_end, other[from..until].iter().copied());
            }
            7 => {
                let until = (at + random.below(512)).min(file.len());
                let copy = file[at..until].to_vec();
                let to = random.place(file.len());
                file.splice(to..to, copy);
            }
            _ => {
                let until = (at + random.below(64)).min(file.len());
                file.drain(at..until);
            }
        }
    }
    file
}

fn write(file: &mut [u8], at: usize, bytes: &[u8]) {
    for (old, new) in file.iter_mut().skip(at).zip(bytes) {
        *old = *new;
    }
}

/// Does all that a harness would do with a file. Returns how far it got: 0 to 3.
fn use_up(file: &[u8], load: bool) -> usize {
    let Ok(gguf) = Gguf::parse(file) else { return 0 };
    for tensor in gguf.tensors() {
        let stored = file.get(tensor.bytes.clone()).expect("a tensor lies inside the file");
        assert!(tensor.rows() > 0 && tensor.row_bytes() > 0);
        assert_eq!(tensor.rows() * tensor.row_bytes() as u64, stored.len() as u64);
        let mut values = vec![0.0; tensor.row_len() as usize];
        for row in stored.chunks(tensor.row_bytes()) {
            dequantize::row(tensor.format, row, &mut values).expect("rows are whole");
        }
    }
    let Ok(vocab) = Vocab::read(&gguf) else { return 1 };
    let ids = vocab.eos_ids().into_iter().chain(vocab.bos());
    assert!(ids.into_iter().all(|id| vocab.token(id).is_some()));
    let Ok(json) = vocab.tokenizer_json() else { return 2 };
    if load {
        // The library keeps a cache for each tokenizer until the thread that encoded ends.
        let loading = thread::spawn(move || {
            let tokenizer = Tokenizer::from_bytes(json.to_string())?;
            let ids = tokenizer.encode("int größe = 12;\n\t<|im_end|>  \u{1f600}", true)?;
            tokenizer.decode(ids.get_ids(), false)
        });
        if loading.join().expect("loading does not panic").is_err() {
            return 2;
        }
    }
    3
}

/// The most memory that this process ever reserved, in bytes; `None` where the system does not say.
fn most_reserved() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// A well-formed file that describes a vocabulary of odd tokens, scores, types and merges.
fn odd_vocabulary(random: &mut Random) -> Vec<u8> {
    const TOKENS: [&str; 32] = [
        "a",
        "b",
        "ab",
        "ba",
        "aba",
        "\u{2581}",
        "\u{2581}a",
        "\u{2581}\u{2581}",
        " ",
        "  ",
        "",
        "<unk>",
        "<s>",
        "</s>",
        "<0x00>",
        "<0x0A>",
        "<0xFF>",
        "<0xG1>",
        "\u{120}",
        "\u{120}a",
        "\u{e9}",
        "\u{1f600}",
        "\n",
        "1",
        "12",
        "int",
        "\u{0}",
        "[EMPTY_1]",
        "<|im_end|>",
        "aa",
        "aaa",
        "aaaa",
    ];
    const MODELS: [&str; 4] = ["gpt2", "llama", "gpt2", "t5"];
    const SPLITTERS: [&str; 8] =
        ["default", "smollm", "llama-bpe", "qwen2", "tekken", "deepseek-coder", "gpt-2", "other"];
    let mut tokens: Vec<String> = Vec::new();
    for _ in 0..1 + random.below(40) {
        let token = match random.below(12) {
            0 => TOKENS[random.below(32)].repeat(1 + random.below(200)),
            1 => TOKENS[random.below(32)].to_owned() + TOKENS[random.below(32)],
            _ => TOKENS[random.below(32)].to_owned(),
        };
        if random.below(40) == 0 || !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    let mut any = |most: usize| tokens[random.below(most.min(tokens.len()))].clone();
    let merges: Vec<String> = (0..12).map(|_| any(40) + " " + &any(40)).collect();
    let is_token = |text: String| tokens.contains(&text);
    let merges: Vec<&str> = merges.iter().map(String::as_str).collect();
    let mut merges: Vec<&str> =
        merges.into_iter().filter(|merge| is_token(merge.replacen(' ', "", 1))).collect();
    if random.below(20) == 0 {
        merges.push("a b");
    }
    let texts: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let types: Vec<i32> = texts.iter().map(|_| [1, 1, 1, 2, 3, 4, 5, 6][random.below(8)]).collect();
    let scores: Vec<f32> = texts
        .iter()
        .map(|_| [0.0, -1.0, f32::NAN, f32::INFINITY, random.below(99) as f32][random.below(5)])
        .collect();
    let mut file = Writer::default()
        .str("tokenizer.ggml.model", MODELS[random.below(4)])
        .str("tokenizer.ggml.pre", SPLITTERS[random.below(8)])
        .strings("tokenizer.ggml.tokens", &texts);
    for key in ["bos_token_id", "eos_token_id", "eot_token_id", "unknown_token_id"] {
        if random.below(3) > 0 {
            file = file.u32(&format!("tokenizer.ggml.{key}"), random.below(texts.len() + 1) as u32);
        }
    }
    for key in ["add_bos_token", "add_eos_token", "add_space_prefix"] {
        if random.below(2) > 0 {
            file = file.bool(&format!("tokenizer.ggml.{key}"), random.below(2) > 0);
        }
    }
    if random.below(4) > 0 {
        file = file.i32s("tokenizer.ggml.token_type", &types);
    }
    if random.below(4) > 0 {
        file = file.f32s("tokenizer.ggml.scores", &scores);
    }
    if random.below(4) > 1 {
        file = file.strings("tokenizer.ggml.merges", &merges);
    }
    file.finish()
}

#[test]
fn damaged_files_neither_panic_nor_take_much_memory() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let inputs = number("GGUF_FUZZ_INPUTS").unwrap_or(100_000);
    let mut random = Random(number("GGUF_FUZZ_SEED").unwrap_or(1));
    for file in FILES {
        assert_eq!(use_up(file, true), 3);
    }
    let before = most_reserved();
    let mut reached = [0_u64; 4];
    for input in 0..inputs {
        let file = if input % 4 == 0 { odd_vocabulary(&mut random) } else { damaged(&mut random) };
        // Loading is slow and mostly the library's work: a few are enough.
        reached[use_up(&file, input % 12 < 2)] += 1;
    }
    eprintln!("{inputs} files; refused, no vocabulary, no tokenizer, all well: {reached:?}");
    assert!(inputs < 1000 || reached.iter().all(|count| *count > 0), "each stage was reached: {reached:?}");
    match before.zip(most_reserved()) {
        Some((before, after)) => assert!(after - before < MOST_MEMORY, "{} bytes more", after - before),
        None => eprintln!("skipped: the system does not say how much memory was reserved"),
    }
}
