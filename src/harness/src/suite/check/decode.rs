//! Checks how tokens are chosen: `[task.decode]`, `samples`, `min-new-tokens`.

use harness_protocol::{Decode, Sampling};
use harness_task::TaskKind;

use super::cursor::Cursor;
use super::quantity::{MANY, integer};
use super::words;
use crate::suite::error::SuiteError;
use crate::suite::file::DecodeFile;

const METHODS: &[&str] = &["greedy", "sample"];

/// More answers to a question than anybody draws; a larger number is a slip.
const MOST_SAMPLES: u32 = 10_000;

/// How the next token is chosen.
pub(super) fn decode(file: &DecodeFile, kind: &TaskKind, at: &Cursor<'_>) -> Result<Decode, SuiteError> {
    let method_at = at.key("method");
    let method = words::look_up(&file.method, METHODS, |method| method, "decoding method", &method_at)?;
    if *method == "greedy" {
        if let Some((key, _)) = at.keys().into_iter().find(|(key, _)| *key != "method") {
            return Err(at
                .key(key)
                .error(format!("`{key}` has no effect where the most probable token is taken"))
                .expected("no key but `method`")
                .help("write `method = \"sample\"`, or remove the key"));
        }
        return Ok(if kind.forced { Decode::Forced } else { Decode::Greedy });
    }
    if kind.forced {
        return Err(method_at
            .error(format!("`{}` asks how probable given texts are, and draws none", kind.name))
            .expected("`method = \"greedy\"`")
            .help("remove the table"));
    }
    let number = |key: &str, given: Option<f64>, most: f64, words: &str| match given {
        Some(value) if value.is_finite() && value > 0.0 && value <= most => Ok(Some(value)),
        None => Ok(None),
        Some(value) => {
            let at = at.key(key);
            Err(at.error(format!("{} is {value}", at.address())).expected(words).help("change the number"))
        }
    };
    let above = "a number above 0";
    let share = "a number above 0 and at most 1";
    let plain = Sampling::default();
    Ok(Decode::Sample(Sampling {
        temperature: number("temperature", file.temperature, f64::MAX, above)?.unwrap_or(plain.temperature),
        top_k: file.top_k.map(|count| integer(count, 1..=MANY, &at.key("top-k"))).transpose()?,
        top_p: number("top-p", file.top_p, 1.0, share)?,
        min_p: number("min-p", file.min_p, 1.0, share)?,
        repetition_penalty: number("repetition-penalty", file.repetition_penalty, f64::MAX, above)?
            .unwrap_or(plain.repetition_penalty),
    }))
}

/// Answers to each question: more than one differ only where they are drawn.
pub(super) fn samples(given: i64, decode: &Decode, at: &Cursor<'_>) -> Result<u32, SuiteError> {
    let samples = integer(given, 1..=MOST_SAMPLES, at)?;
    if samples > 1 && !matches!(decode, Decode::Sample(_)) {
        return Err(at
            .error(format!("{samples} samples, and every one would be the same answer"))
            .expected("`decode = { method = \"sample\", … }`")
            .help("let `decode` sample, or remove the key"));
    }
    Ok(samples)
}

/// Tokens before which no answer ends.
pub(super) fn min_new_tokens(
    given: i64,
    new_tokens: u32,
    kind: &TaskKind,
    at: &Cursor<'_>,
) -> Result<u32, SuiteError> {
    if given > 0 && kind.forced {
        return Err(at
            .error(format!("`min-new-tokens` has no effect on `{}` tasks", kind.name))
            .help("remove the key, or choose another kind"));
    }
    integer(given, 0..=new_tokens, at)
}
