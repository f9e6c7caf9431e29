//! Folders with flipped, cut and spliced bytes: refused or read, never a panic, never gigabytes.
//!
//! `FOLDER_FUZZ_INPUTS` sets how many are tried, `FOLDER_FUZZ_SEED` which ones.

use std::fs;
use std::thread;

use harness_checkpoint::Checkpoint;
use harness_text::guard;

use crate::kinds::copy;
use crate::random::{Random, number, peak};

/// Tried by default: a few seconds.
const INPUTS: u64 = 3000;
/// Memory that reading damaged folders of 100 kB may add, bytes; the tokenizer library keeps some for each thread.
const MOST_MEMORY: u64 = 256 << 20;

/// Changes some bytes, mostly in the first kilobytes, where the structure is.
pub fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let most = if random.below(4) > 0 { bytes.len().min(3000) } else { bytes.len() };
        let at = random.below(most);
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes[at..].iter_mut().take(8).for_each(|byte| *byte = random.next() as u8),
            2 => {
                let piece: Vec<u8> = bytes[at..].iter().take(random.below(64)).copied().collect();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            3 => {
                let words: [&[u8]; 6] = [b"-1", b"1e999", b"18446744073709551615", b"null", b"[]", b"{}"];
                let word = words[random.below(words.len())];
                let end = (at + random.below(6)).min(bytes.len());
                bytes.splice(at..end, word.iter().copied());
            }
            _ => bytes[at] ^= 1 << random.below(8),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

#[test]
fn damaged_folders_are_refused_or_read() {
    const MODELS: &[&str] =
        &["llama", "qwen3", "gemma3", "phi3_longrope", "opt_350m", "gpt_neox", "codegen", "llama_yarn"];
    guard::keep_quiet(&[]);
    let mut random = Random(number("FOLDER_FUZZ_SEED", 1));
    let folders: Vec<_> = MODELS.iter().map(|name| copy(name)).collect();
    let before = peak();
    let mut read = 0;
    for _ in 0..number("FOLDER_FUZZ_INPUTS", INPUTS) {
        let folder = folders[random.below(folders.len())].path();
        let name = ["config.json", "config.json", "model.safetensors", "tokenizer.json"][random.below(4)];
        let path = folder.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, damage(&whole, &mut random)).unwrap();
        let look = || {
            Checkpoint::folder(folder).and_then(|checkpoint| {
                checkpoint.check()?;
                checkpoint.chat().map(drop)
            })
        };
        // A thread of its own: what the tokenizer library keeps for a thread goes with it.
        let outcome = thread::scope(|scope| scope.spawn(look).join()).unwrap();
        read += u64::from(outcome.is_ok());
        fs::write(&path, whole).unwrap();
    }
    assert!(read > 0, "nothing was read: the damage is too coarse to show anything");
    assert!(peak() - before < MOST_MEMORY, "{} bytes", peak() - before);
}
