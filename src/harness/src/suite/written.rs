//! Forms in which a checked suite's values are written in a suite file: the checks read them back as they were.

use std::time::Duration;

use crate::limit::percentage;
use harness_protocol::{
    COMPRESSIONS, Compression, Decode, EXITS, Entry, Exit, MODELS, ModelSource, Sampling,
};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A length of time, to the nanosecond.
pub(super) fn duration<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_duration(*length))
}

/// A fraction as a percentage.
pub(super) fn percent<S: Serializer>(fraction: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&percentage(*fraction))
}

/// A command line whose words do not name the user.
pub(super) fn command<S: Serializer>(words: &Option<Vec<String>>, to: S) -> Result<S::Ok, S::Error> {
    let words = words.iter().flatten().map(|word| match home().and_then(|home| word.strip_prefix(&home)) {
        Some(inside) => format!("{FROM_HOME}{inside}"),
        None => word.clone(),
    });
    to.collect_seq(words)
}

/// What stands for the user's folder at the beginning of a command's word.
const FROM_HOME: &str = "~/";

/// A command's word with the user's folder in place of `~`.
pub(super) fn from_home(word: &str) -> String {
    match word.strip_prefix(FROM_HOME).zip(home()) {
        Some((inside, home)) => home + inside,
        None => word.to_owned(),
    }
}

/// The user's folder, with `/` at its end.
fn home() -> Option<String> {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1)?;
    Some(format!("{}/", home.trim_end_matches('/')))
}

/// A difference of temperatures.
pub(super) fn kelvins<S: Serializer>(kelvins: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{kelvins}C"))
}

/// `model` where prompts go through the model's chat template.
pub(super) fn chat_template<S: Serializer>(chat: &bool, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(if *chat { "model" } else { "none" })
}

/// Whether the kind of task decides how the next token is chosen: then there is no word for it.
pub(super) fn is_forced(decode: &Decode) -> bool {
    *decode == Decode::Forced
}

/// The table `decode`.
pub(super) fn decode<S: Serializer>(decode: &Decode, to: S) -> Result<S::Ok, S::Error> {
    let mut table = to.serialize_map(None)?;
    let Decode::Sample(Sampling { temperature, top_k, top_p, min_p, repetition_penalty }) = decode else {
        table.serialize_entry("method", "greedy")?;
        return table.end();
    };
    table.serialize_entry("method", "sample")?;
    table.serialize_entry("temperature", temperature)?;
    table.serialize_entry("repetition-penalty", repetition_penalty)?;
    if let Some(count) = top_k {
        table.serialize_entry("top-k", count)?;
    }
    for (key, value) in [("top-p", top_p), ("min-p", min_p)] {
        if let Some(value) = value {
            table.serialize_entry(key, value)?;
        }
    }
    table.end()
}

/// A count that says nothing.
pub(super) fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// One, as it is without a word.
pub(super) fn is_one(count: &u32) -> bool {
    *count == 1
}

/// The table `model`: the source under the key that chooses it.
pub(super) fn model<S: Serializer>(model: &ModelSource, to: S) -> Result<S::Ok, S::Error> {
    let entry = find::<S>(MODELS, &model.kind)?;
    let mut table = to.serialize_map(None)?;
    table.serialize_entry(entry.key, model.path.as_ref().or(model.hub.as_ref()).unwrap_or(&model.kind))?;
    if let Some(revision) = &model.revision {
        table.serialize_entry("revision", revision)?;
    }
    table.serialize_entry("dtype", &model.dtype)?;
    table.end()
}

/// The tables `compress`.
pub(super) fn compress<S: Serializer>(steps: &[Compression], to: S) -> Result<S::Ok, S::Error> {
    let table = |step: &Compression| table::<S>(COMPRESSIONS, &step.name, &step.parameters);
    to.collect_seq(steps.iter().map(table).collect::<Result<Vec<_>, _>>()?)
}

/// The table `exit`.
pub(super) fn exit<S: Serializer>(exit: &Option<Exit>, to: S) -> Result<S::Ok, S::Error> {
    let table = exit.as_ref().map(|exit| table::<S>(EXITS, &exit.policy, &exit.parameters));
    table.transpose()?.serialize(to)
}

/// An entry of a board under its key, beside its parameters.
fn table<S: Serializer>(
    board: &[Entry],
    name: &str,
    parameters: &Map<String, Json>,
) -> Result<Map<String, Json>, S::Error> {
    let mut table = parameters.clone();
    table.insert(find::<S>(board, name)?.key.to_owned(), Json::from(name));
    Ok(table)
}

fn find<'b, S: Serializer>(board: &'b [Entry], name: &str) -> Result<&'b Entry, S::Error> {
    let entry = board.iter().find(|entry| entry.name == name);
    entry.ok_or_else(|| S::Error::custom(format!("no board has `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_comes_back_to_the_last_bit_and_is_short() {
        for (fraction, text) in
            [(0.0, "0%"), (0.05, "5%"), (0.07, "7%"), (0.025, "2.5%"), (1.5, "150%"), (0.123, "12.3%")]
        {
            assert_eq!(percentage(fraction), text);
        }
        let read = |text: &str| text.strip_suffix('%').unwrap().parse::<f64>().unwrap() / 100.0;
        let mut percent = 1e-9_f64;
        while percent < 1e6 {
            for fraction in [percent / 100.0, percent.next_up() / 100.0, percent.round() / 100.0] {
                assert_eq!(read(&percentage(fraction)).to_bits(), fraction.to_bits(), "{fraction}");
            }
            percent *= 1.000_37;
        }
    }
}
