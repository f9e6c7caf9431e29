//! Checks `[engine]`, the suite's and each variant's.

use harness_protocol::Device;

use super::cursor::Cursor;
use super::quantity::integer;
use crate::suite::checked::{EngineSpec, Variant};
use crate::suite::error::SuiteError;
use crate::suite::file::EngineFile;
use crate::suite::written::from_home;

/// More than any machine has; a larger number is a slip.
const MOST_THREADS: u32 = 1024;

pub(super) fn engine(file: &EngineFile, at: &Cursor<'_>) -> Result<EngineSpec, SuiteError> {
    if file.command.as_ref().is_some_and(|command| command.first().is_none_or(String::is_empty)) {
        return Err(at
            .key("command")
            .error("the engine's command is empty")
            .expected("a program and its arguments")
            .help("remove `command` to use `harness-engine`"));
    }
    // Written in one way only, since variants are compared and hashed by the text.
    if file.device.parse().map(|device: Device| device.to_string()).as_ref() != Ok(&file.device) {
        let at = at.key("device");
        return Err(at
            .error(format!("unknown device `{}`", file.device))
            .expected("`cpu` or `cuda:N`")
            .help(if file.device == "cuda" {
                "did you mean `cuda:0`?"
            } else {
                "write `device = \"cpu\"`"
            }));
    }
    let threads = integer(file.threads, 1..=MOST_THREADS, &at.key("threads"))?;
    let command = file.command.as_ref().map(|words| words.iter().map(|word| from_home(word)).collect());
    Ok(EngineSpec { command, device: file.device.clone(), threads })
}

/// The energy domains that a run counts belong to one computing device.
pub(super) fn one_device<'t>(
    variants: &[Variant],
    at: impl Fn(usize) -> Cursor<'t>,
) -> Result<(), SuiteError> {
    let device = |index: usize| variants[index].engine.device.as_str();
    let Some(other) = (1..variants.len()).find(|index| device(*index) != device(0)) else { return Ok(()) };
    let (first, second) = (&variants[0].name, &variants[other].name);
    Err(at(other)
        .key("engine")
        .key("device")
        .error(format!(
            "variant `{first}` computes on `{}`, and `{second}` on `{}`",
            device(0),
            device(other)
        ))
        .expected("one device: the energy domains of a run belong to one")
        .help("write `device` in `[engine]` only, and give the other device a suite of its own"))
}
