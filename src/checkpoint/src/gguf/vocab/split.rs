//! How byte-level tokenizers cut text into words before merging: a board of the ways that are known.

use serde_json::{Value, json};

/// A way to cut text into words, and what else goes with its name.
#[derive(Debug)]
pub(super) struct Splitter {
    /// The values of `tokenizer.ggml.pre` that mean it.
    names: &'static [&'static str],
    cuts: &'static [Cut],
    /// Whether text is brought to Unicode's composed form first.
    composes: bool,
    /// Whether a word that is a token is taken whole, even where merges would not lead there.
    pub(super) whole_words: bool,
    /// Whether a text begins with the beginning mark where the file does not say.
    pub(super) adds_bos: bool,
}

/// One step of cutting.
#[derive(Debug)]
enum Cut {
    /// Every match is a word, and so is what lies between two.
    At(&'static str),
    /// Every digit is a word.
    Digits,
    /// GPT-2's words.
    Gpt2,
}

const LLAMA3: Cut = Cut::At(concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
));
const QWEN2: Cut = Cut::At(concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
));
const TEKKEN: Cut = Cut::At(concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
));

const SPLITTERS: &[Splitter] = &[
    // `default` is what files from before this key get; as transformers does, they are read as GPT-2's.
    Splitter { names: &["default", "gpt-2", "phi-2"], cuts: &[Cut::Gpt2], ..PLAIN },
    Splitter { names: &["smollm", "starcoder", "refact"], cuts: &[Cut::Digits, Cut::Gpt2], ..PLAIN },
    Splitter {
        names: &["llama-bpe", "llama3", "llama-v3"],
        cuts: &[LLAMA3],
        whole_words: true,
        adds_bos: true,
        ..PLAIN
    },
    Splitter { names: &["qwen2"], cuts: &[QWEN2], composes: true, ..PLAIN },
    Splitter { names: &["deepseek-r1-qwen"], cuts: &[QWEN2], ..PLAIN },
    Splitter { names: &["tekken"], cuts: &[TEKKEN], whole_words: true, adds_bos: true, ..PLAIN },
    Splitter {
        names: &["deepseek-coder"],
        cuts: &[
            Cut::At(r"[\r\n]"),
            Cut::At(r"\s?\p{L}+"),
            Cut::At(r"\s?\p{P}+"),
            Cut::At("[\u{4e00}-\u{9fa5}\u{800}-\u{4e00}\u{ac00}-\u{d7ff}]+"),
            Cut::Digits,
        ],
        ..PLAIN
    },
];

const PLAIN: Splitter =
    Splitter { names: &[], cuts: &[], composes: false, whole_words: false, adds_bos: false };

/// The splitter that a value of `tokenizer.ggml.pre` means, where it is known.
pub(super) fn find(name: &str) -> Option<&'static Splitter> {
    SPLITTERS.iter().find(|splitter| splitter.names.contains(&name))
}

/// The names of all splitters, for messages.
pub(super) fn names() -> String {
    let names: Vec<String> =
        SPLITTERS.iter().flat_map(|splitter| splitter.names).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

impl Splitter {
    /// The `normalizer` of a tokenizer's JSON.
    pub(super) fn normalizer(&self) -> Value {
        if self.composes { json!({ "type": "NFC" }) } else { Value::Null }
    }

    /// The `pre_tokenizer` of a tokenizer's JSON: the cuts, then the spelling of bytes as characters.
    pub(super) fn pre_tokenizer(&self) -> Value {
        let gpt2 = self.cuts.iter().any(|cut| matches!(cut, Cut::Gpt2));
        let steps = self.cuts.iter().filter_map(|cut| match cut {
            Cut::At(regex) => Some(json!({
                "type": "Split", "pattern": { "Regex": regex }, "behavior": "Isolated", "invert": false
            })),
            Cut::Digits => Some(json!({ "type": "Digits", "individual_digits": true })),
            Cut::Gpt2 => None,
        });
        let spelling = json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": gpt2
        });
        let steps: Vec<Value> = steps.chain([spelling]).collect();
        json!({ "type": "Sequence", "pretokenizers": steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_means_one_splitter() {
        let mut names: Vec<&str> = SPLITTERS.iter().flat_map(|splitter| splitter.names).copied().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(find("llama").is_none());
    }
}
