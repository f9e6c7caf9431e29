//! Checks a `[[task]]`.

use harness_protocol::Decode;
use harness_task::{Cut, Order, SCORERS, TASKS};

use super::cursor::Cursor;
use super::quantity::{MANY, integer, share};
use super::words;
use crate::suite::checked::TaskSpec;
use crate::suite::error::SuiteError;
use crate::suite::file::TaskFile;

pub(super) fn task(file: &TaskFile, at: &Cursor<'_>) -> Result<TaskSpec, SuiteError> {
    const ORDERS: &[(&str, Order)] = &[("shuffled", Order::Shuffled), ("file", Order::File)];
    const CUTS: &[(&str, Cut)] =
        &[("model-tokens", Cut::ModelTokens), ("whitespace-tokens", Cut::WhitespaceTokens)];
    const DECODES: &[(&str, Decode)] = &[("greedy", Decode::Greedy)];
    let decode_at = at.key("decode").key("method");

    let name = words::name(&file.name, &at.key("name"))?;
    words::look_up(&file.kind, TASKS, |kind| kind.name, "task kind", &at.key("kind"))?;
    let limit = file.limit.map(|limit| integer(limit, 1..=MANY, &at.key("limit"))).transpose()?;
    let scorers = scorers(file, at)?;
    let primary_score = primary_score(file, &scorers, at)?;
    Ok(TaskSpec {
        name,
        kind: file.kind.clone(),
        path: at.key("path").folder().join(words::not_empty(&file.path, &at.key("path"))?),
        sha256: sha256(file.sha256.as_deref(), &at.key("sha256"))?,
        limit: limit.map(|limit| limit as usize),
        order: words::look_up(&file.order, ORDERS, |order| order.0, "order", &at.key("order"))?.1,
        context: context(&file.context, &at.key("context"))?,
        cut: words::look_up(&file.cut, CUTS, |cut| cut.0, "cut", &at.key("cut"))?.1,
        new_tokens: integer(file.new_tokens, 1..=MANY, &at.key("new-tokens"))?,
        decode: words::look_up(
            &file.decode.method,
            DECODES,
            |decode| decode.0,
            "decoding method",
            &decode_at,
        )?
        .1
        .clone(),
        scorers,
        primary_score,
    })
}

fn scorers(file: &TaskFile, at: &Cursor<'_>) -> Result<Vec<String>, SuiteError> {
    let at = at.key("scorers");
    for (index, name) in file.scorers.iter().enumerate() {
        words::look_up(name, SCORERS, |entry| entry.scorer.name(), "scorer", &at.element(index))?;
    }
    let names = file.scorers.iter().map(String::as_str);
    words::all_differ(names, "scorers", |index| at.element(index))?;
    Ok(file.scorers.clone())
}

fn primary_score(file: &TaskFile, scorers: &[String], at: &Cursor<'_>) -> Result<String, SuiteError> {
    let Some(first) = scorers.first() else {
        return Err(at
            .key("scorers")
            .error("no scorer")
            .expected("at least one")
            .help("see `harness list scorers`"));
    };
    let Some(primary) = &file.primary_score else { return Ok(first.clone()) };
    if scorers.contains(primary) {
        return Ok(primary.clone());
    }
    let names: Vec<&str> = scorers.iter().map(String::as_str).collect();
    let at = at.key("primary-score");
    Err(at
        .error(format!("`{primary}` is not among the scorers of this task"))
        .help(format!("choose one of them, or add `{primary}` to `scorers`"))
        .one_of(primary, &names))
}

fn context(given: &[f64], at: &Cursor<'_>) -> Result<Vec<f64>, SuiteError> {
    for (index, fraction) in given.iter().enumerate() {
        let at = at.element(index);
        share(*fraction, &at)?;
        if given[..index].contains(fraction) {
            return Err(at
                .error(format!("{fraction} stands twice in `context`"))
                .expected("every share once")
                .help("remove one of them"));
        }
    }
    if given.is_empty() {
        return Err(at
            .error("no context")
            .expected("at least one share")
            .help("write `context = [0.2, 0.35, 0.5]`"));
    }
    Ok(given.to_vec())
}

fn sha256(given: Option<&str>, at: &Cursor<'_>) -> Result<Option<String>, SuiteError> {
    const DIGITS: usize = 64;
    let Some(given) = given else { return Ok(None) };
    if given.len() == DIGITS && given.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(Some(given.to_lowercase()));
    }
    Err(at
        .error(format!("{} is not a SHA-256", at.address()))
        .expected(format!("{DIGITS} hexadecimal digits"))
        .help("take the first word that `sha256sum FILE` prints, or remove the key"))
}
