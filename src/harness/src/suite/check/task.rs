//! Checks a `[[task]]`.

use harness_task::{CUTS, LANGUAGES, Language, ORDERS, POSTS, ReadOptions, SPLITS, Split, TASKS, TaskKind};

use super::cursor::Cursor;
use super::decode;
use super::quantity::{MANY, integer, share};
use super::scorers::{primary_score, scorers};
use super::words;
use crate::suite::checked::{PromptingSpec, TaskSpec};
use crate::suite::error::SuiteError;
use crate::suite::file::TaskFile;

pub(super) fn task(file: &TaskFile, at: &Cursor<'_>) -> Result<TaskSpec, SuiteError> {
    let name = words::name(&file.name, &at.key("name"))?;
    let kind = words::look_up(&file.kind, TASKS, |kind| kind.name, "task kind", &at.key("kind"))?;
    check_keys(file, kind, at)?;
    let limit = file.limit.map(|limit| integer(limit, 1..=MANY, &at.key("limit"))).transpose()?;
    let decode = decode::decode(&file.decode, kind, &at.key("decode"))?;
    let language = match &file.language {
        Some(name) => {
            Some(words::look_up(name, LANGUAGES, |entry| entry.0, "language", &at.key("language"))?.1)
        }
        None => kind.language,
    };
    let post_at = at.key("post-process");
    let post_process = file.post_process.as_deref().unwrap_or(kind.post_process);
    words::look_up(post_process, POSTS, |post| post.name, "post-process", &post_at)?;
    let new_tokens = integer(file.new_tokens, 1..=MANY, &at.key("new-tokens"))?;
    let context = context(&file.context, &at.key("context"))?;
    let cut = words::look_up(&file.cut, CUTS, |cut| cut.0, "cut", &at.key("cut"))?.1;
    let scorers = scorers(file, kind, language, at)?;
    let primary_score = primary_score(file, &scorers, at)?;
    Ok(TaskSpec {
        name,
        kind,
        path: at.key("path").folder().join(words::not_empty(&file.path, &at.key("path"))?),
        sha256: sha256(file.sha256.as_deref(), &at.key("sha256"))?,
        read: read_options(file, kind, at)?,
        limit: limit.map(|limit| limit as usize),
        paper_count: file.paper_count,
        order: words::look_up(&file.order, ORDERS, |order| order.0, "order", &at.key("order"))?.1,
        context: if kind.cuts_documents() { context } else { Vec::new() },
        cut: kind.cuts_documents().then_some(cut),
        prompting: prompting(file, kind, at)?,
        new_tokens,
        max_context: max_context(file.max_context, new_tokens, &at.key("max-context"))?,
        min_new_tokens: decode::min_new_tokens(
            file.min_new_tokens,
            new_tokens,
            kind,
            &at.key("min-new-tokens"),
        )?,
        samples: decode::samples(file.samples, &decode, &at.key("samples"))?,
        decode,
        stop: stop(file.stop.as_deref(), kind, &at.key("stop"))?,
        post_process: post_process.to_owned(),
        language,
        scorers,
        primary_score,
    })
}

/// Keys that only cutting documents knows.
const OF_DOCUMENTS: &[&str] = &["context", "cut", "paper-count"];
/// Keys that only reading questions knows.
const OF_QUESTIONS: &[&str] = &["columns", "split", "families", "recipes", "seeds", "samples"];

/// A key without effect would make a suite look different from what it is.
fn check_keys(file: &TaskFile, kind: &TaskKind, at: &Cursor<'_>) -> Result<(), SuiteError> {
    let idle = if kind.cuts_documents() { OF_QUESTIONS } else { OF_DOCUMENTS };
    let reads_context = |key: &str| kind.forced && key == "context";
    let written = at.keys().into_iter().map(|(key, _)| key);
    if let Some(key) = written.into_iter().find(|key| idle.contains(key) && !reads_context(key)) {
        return Err(at
            .key(key)
            .error(format!("`{key}` has no effect on `{}` tasks", kind.name))
            .help("remove the key, or choose another kind"));
    }
    if kind.forced && file.context.len() > 1 && at.keys().iter().any(|(key, _)| *key == "context") {
        return Err(at
            .key("context")
            .error(format!("`{}` takes one share", kind.name))
            .expected("for example `context = [0.5]`")
            .help("remove the others"));
    }
    if file.few_shot == 0 && file.few_shot_path.is_some() {
        return Err(at
            .key("few-shot-path")
            .error("`few-shot-path` has no effect without `few-shot`")
            .expected("a number of examples")
            .help("add for example `few-shot = 3`"));
    }
    Ok(())
}

fn read_options(file: &TaskFile, kind: &TaskKind, at: &Cursor<'_>) -> Result<ReadOptions, SuiteError> {
    let split = words::look_up(&file.split, SPLITS, |split| split.0, "split", &at.key("split"))?.1;
    let seeds = file.seeds.iter().enumerate();
    let seeds = seeds.map(|(index, seed)| integer(*seed, 0..=MANY, &at.key("seeds").element(index)));
    Ok(ReadOptions {
        columns: file.columns.iter().map(|(ours, theirs)| (ours.clone(), theirs.clone())).collect(),
        language: file.language.as_deref().and_then(Language::find),
        split: (split != Split::All).then_some(split),
        families: file.families.clone(),
        recipes: file.recipes.clone(),
        seeds: seeds.collect::<Result<_, _>>()?,
        context: file.context.first().copied().filter(|_| kind.forced),
        first: None,
    })
}

fn prompting(file: &TaskFile, kind: &TaskKind, at: &Cursor<'_>) -> Result<PromptingSpec, SuiteError> {
    const TEMPLATES: &[&str] = &["none", "model"];
    let few_shot: u32 = integer(file.few_shot, 0..=MANY, &at.key("few-shot"))?;
    let template_at = at.key("chat-template");
    words::look_up(&file.chat_template, TEMPLATES, |name| name, "chat template", &template_at)?;
    let path = file.few_shot_path.as_ref().map(|path| at.key("few-shot-path").folder().join(path));
    if few_shot > 0 && path.is_none() {
        return Err(at
            .key("few-shot")
            .error(format!("{few_shot} examples, and no `few-shot-path` to take them from"))
            .expected("the path of a file in the task's form")
            .help("name a file whose questions are not asked, or remove `few-shot`"));
    }
    let prompting = PromptingSpec {
        system: file.system.clone(),
        few_shot: few_shot as usize,
        few_shot_path: path.filter(|_| few_shot > 0),
        chat: file.chat_template == "model",
    };
    if kind.cuts_documents() && prompting != PromptingSpec::default() {
        return Err(at
            .key("kind")
            .error(format!("`{}` continues files as they are", kind.name))
            .expected("no `system`, `few-shot` or `chat-template`")
            .help("remove these keys, or choose a kind that asks questions"));
    }
    Ok(prompting)
}

fn max_context(given: Option<i64>, new_tokens: u32, at: &Cursor<'_>) -> Result<Option<u32>, SuiteError> {
    let Some(given) = given else { return Ok(None) };
    let context: u32 = integer(given, 1..=MANY, at)?;
    // A token of the prompt, and the one that a shortened prompt leaves free.
    let least = new_tokens + 2;
    if context < least {
        return Err(at
            .error(format!("{context} tokens are no room for a prompt beside {new_tokens} new tokens"))
            .expected(format!("at least {least}"))
            .help("raise it, or lower `new-tokens`"));
    }
    Ok(Some(context))
}

fn stop(given: Option<&[String]>, kind: &TaskKind, at: &Cursor<'_>) -> Result<Vec<String>, SuiteError> {
    let Some(given) = given else {
        return Ok(kind.stop.iter().map(|text| (*text).to_owned()).collect());
    };
    if given.is_empty() && !kind.stop.is_empty() {
        let usual: Vec<String> = kind.stop.iter().map(|text| format!("{text:?}")).collect();
        return Err(at
            .error(format!("`{}` needs a text that ends a completion", kind.name))
            .expected("at least one")
            .help(format!("remove the key, which then is `stop = [{}]`", usual.join(", "))));
    }
    match given.iter().position(String::is_empty) {
        Some(index) => Err(at
            .element(index)
            .error("an empty stop text would end every completion at once")
            .expected("texts of at least one character")
            .help("remove it")),
        None => Ok(given.to_vec()),
    }
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
