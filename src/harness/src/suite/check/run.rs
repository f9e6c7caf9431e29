//! Checks `meters` and `[run]`.

use harness_meter::METERS;

use super::cursor::Cursor;
use super::quantity::{MANY, degrees, duration, integer, percent, positive_duration};
use super::words;
use crate::suite::checked::{ControlRule, ItemsPerBlock, RunSpec};
use crate::suite::error::SuiteError;
use crate::suite::file::RunFile;

pub(super) fn meters(names: &[String], at: &Cursor<'_>) -> Result<Vec<String>, SuiteError> {
    let mut known: Vec<&str> = METERS.iter().map(|meter| meter.name).collect();
    known.push("auto");
    for (index, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            return Err(words::unknown(name, &known, "meter", &at.element(index)));
        }
    }
    words::all_differ(names.iter().map(String::as_str), "meters", |index| at.element(index))?;
    match names.len() {
        0 => Err(at.error("no meter").expected("at least one name").help("write `meters = [\"auto\"]`")),
        1 => Ok(names.to_vec()),
        _ if names.iter().any(|name| name == "auto") => Err(at
            .error("`auto` beside other meters")
            .expected("`auto` alone, or names of meters, all of them required")
            .help("remove `auto`, or everything else")),
        _ => Ok(names.to_vec()),
    }
}

pub(super) fn run(file: &RunFile, at: &Cursor<'_>) -> Result<RunSpec, SuiteError> {
    let run = RunSpec {
        blocks: integer(file.blocks, 1..=u16::MAX, &at.key("blocks"))?,
        items_per_block: items_per_block(&file.items_per_block, &at.key("items-per-block"))?,
        min_window: positive_duration(&file.min_window, &at.key("min-window"))?,
        settle: duration(&file.settle, &at.key("settle"))?,
        idle: duration(&file.idle, &at.key("idle"))?,
        warm_up_items: integer(file.warm_up_items, 0..=MANY, &at.key("warm-up-items"))?,
        load_timeout: positive_duration(&file.load_timeout, &at.key("load-timeout"))?,
        cell_timeout: positive_duration(&file.cell_timeout, &at.key("cell-timeout"))?,
        domains: file.domains.clone(),
        max_steal: percent(&file.max_steal, &at.key("max-steal"))?,
        max_foreign_load: percent(&file.max_foreign_load, &at.key("max-foreign-load"))?,
        control: words::look_up(
            &file.control,
            ControlRule::WORDS,
            |(word, _)| word,
            "rule for the control workload",
            &at.key("control"),
        )?
        .1,
        temperature_band: degrees(&file.temperature_band, &at.key("temperature-band"))?,
        max_wait: duration(&file.max_wait, &at.key("max-wait"))?,
    };
    if run.cell_timeout <= run.settle + run.min_window {
        let at = at.key("cell-timeout");
        return Err(at
            .error(format!("{} is `{}`: every cell would fail", at.address(), file.cell_timeout))
            .expected("more than `settle` and `min-window` together")
            .help("write a longer time, for example `\"5m\"`"));
    }
    if run.domains.is_empty() || run.domains.iter().any(|name| name.trim().is_empty()) {
        return Err(at
            .key("domains")
            .error("a domain has no name")
            .expected("at least one name, none empty")
            .help("write `domains = [\"auto\"]`"));
    }
    Ok(run)
}

fn items_per_block(given: &serde_json::Value, at: &Cursor<'_>) -> Result<ItemsPerBlock, SuiteError> {
    match (given.as_str(), given.as_i64()) {
        (Some("auto"), _) => Ok(ItemsPerBlock::Auto),
        (Some("all"), _) => Ok(ItemsPerBlock::All),
        (_, Some(count)) => Ok(ItemsPerBlock::Count(integer(count, 1..=MANY, at)?)),
        _ => Err(at
            .error(format!("{} is {given}", at.address()))
            .expected(format!("`\"auto\"`, `\"all\"`, or a whole number from 1 to {MANY}"))
            .help("write `items-per-block = \"auto\"`")),
    }
}
