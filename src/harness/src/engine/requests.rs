//! What is asked of an engine: load, prepare, warm up, a window, collect.

use std::collections::BTreeMap;
use std::time::Instant;

use harness_meter::now_ns;
use harness_protocol::{Completion, Decode, Load, Loaded, Prepare, PromptItem, Reply, Request};
use harness_task::Item;

use super::asked::{Asked, check_stretch};
use super::completions::Completions;
use super::failure::{CellFailure, Scope};
use super::loaded;
use super::passes::{Passes, Window};
use super::process::Engine;
use crate::hash;
use crate::record::CellRecord;
use crate::suite::{Suite, TaskSpec, Variant};

/// What an engine has made ready.
pub struct Prepared {
    /// Prompt tokens by item, as the engine counts them.
    pub tokens_in: BTreeMap<u32, u32>,
    /// What its replies are held against.
    pub asked: Asked,
}

/// The load request of a variant.
fn load_request(suite: &Suite, variant: &Variant) -> Request {
    Request::Load(Load {
        model: variant.model.clone(),
        compress: variant.compress.clone(),
        exit: variant.exit.clone(),
        device: variant.engine.device.clone(),
        threads: variant.engine.threads,
        seed: suite.seed,
    })
}

/// Loads the variant's model.
pub fn load(engine: &mut Engine, suite: &Suite, variant: &Variant) -> Result<Loaded, CellFailure> {
    for (wanted, word) in [(variant.exit.is_some(), "exit"), (!variant.compress.is_empty(), "compress")] {
        if wanted && !engine.capabilities.iter().any(|capability| capability == word) {
            let message = format!("engine `{}` cannot `{word}`", engine.name);
            return Err(CellFailure::failed(message).of(Scope::Variant));
        }
    }
    let sent_ns = now_ns();
    engine.send(&load_request(suite, variant))?;
    let answer = engine.receive(Instant::now() + suite.run.load_timeout, "load");
    match answer.map_err(|failure| failure.refused(Scope::Variant))? {
        Reply::Loaded(loaded) => {
            loaded::check(&loaded, (sent_ns, now_ns()))?;
            Ok(loaded)
        }
        _ => Err(CellFailure::failed("`load` was not answered with `loaded`")),
    }
}

/// Hands over the items of a model that was loaded; `vocabulary`: entries of its vocabulary, where they are known.
pub fn prepare(
    engine: &mut Engine,
    suite: &Suite,
    (task, variant): (&TaskSpec, &Variant),
    items: &[&Item],
    (loaded, vocabulary): (&Loaded, Option<u32>),
    deadline: Instant,
) -> Result<Prepared, CellFailure> {
    let prompt = |item: &&Item| PromptItem {
        id: item.id,
        prompt: item.prompt.clone(),
        prompt_ids: Some(item.prompt_ids.clone()),
        forced_ids: (task.decode == Decode::Forced).then(|| item.reference_ids.clone()),
        seed: matches!(task.decode, Decode::Sample(_)).then(|| draw_seed(suite.seed, item)),
    };
    if task.decode == Decode::Forced && !engine.capabilities.iter().any(|word| word == "forced") {
        let message = format!("engine `{}` cannot tell how probable a given text is", engine.name);
        return Err(CellFailure::failed(message).of(Scope::Task));
    }
    if matches!(task.decode, Decode::Sample(_)) && !engine.capabilities.iter().any(|word| word == "sample") {
        let message = format!("engine `{}` cannot `sample`", engine.name);
        return Err(CellFailure::failed(message).of(Scope::Task));
    }
    let request = Prepare {
        items: items.iter().map(prompt).collect(),
        new_tokens: task.new_tokens,
        min_new_tokens: Some(task.min_new_tokens).filter(|least| *least > 0),
        stop: task.stop.clone(),
        decode: task.decode,
        batch_size: variant.batch_size,
        logprobs: task.decode == Decode::Forced,
        top_logprobs: 0,
        stream: false,
    };
    let asked = Asked::of(&request, loaded, vocabulary);
    engine.send(&Request::Prepare(request))?;
    let answer = engine.receive(deadline, "prepare");
    match answer.map_err(|failure| failure.refused(Scope::Task))? {
        Reply::Prepared { tokens_in } if tokens_in.len() == items.len() => {
            if let Some(most) = tokens_in.iter().find(|count| **count > loaded.context) {
                let context = loaded.context;
                return Err(CellFailure::failed(format!(
                    "`prepared` cannot be true: a prompt of {most} tokens in a context of {context}"
                )));
            }
            Ok(Prepared { tokens_in: items.iter().map(|item| item.id).zip(tokens_in).collect(), asked })
        }
        _ => Err(CellFailure::failed("`prepare` was not answered with one length an item")),
    }
}

/// Seeds an item's draws: the same in every pass, block and variant, so that variants differ by nothing else.
fn draw_seed(seed: u64, item: &Item) -> u64 {
    let digest = hash::text(&format!("{seed} {} {}", item.name, item.draw));
    u64::from_str_radix(&digest[..16], 16).unwrap_or(seed)
}

/// Generates `items` items unmeasured; start and end, ns.
pub fn warm_up(engine: &mut Engine, items: u32, deadline: Instant) -> Result<(i64, i64), CellFailure> {
    let sent_ns = now_ns();
    engine.send(&Request::WarmUp { items })?;
    match engine.receive(deadline, "warm-up")? {
        Reply::Warmed { t_start_ns, t_end_ns } => {
            check_stretch("the warm-up", (t_start_ns, t_end_ns), (sent_ns, now_ns()))?;
            Ok((t_start_ns, t_end_ns))
        }
        _ => Err(CellFailure::failed("`warm-up` was not answered with `warmed`")),
    }
}

/// Whole passes over the items for at least `min_ns`; `opened` is called when the engine begins.
pub fn window(
    engine: &mut Engine,
    asked: &Asked,
    min_ns: i64,
    deadline: Instant,
    opened: impl FnOnce(),
) -> Result<Window, CellFailure> {
    let left = deadline.saturating_duration_since(Instant::now()).as_nanos();
    let max_ns = i64::try_from(left).unwrap_or(i64::MAX).max(min_ns);
    let sent_ns = now_ns();
    engine.send(&Request::Window { min_ns, max_ns })?;
    let Reply::WindowStart { t_ns } = engine.receive(deadline, "window")? else {
        return Err(CellFailure::failed("`window` was not answered with `window-start`"));
    };
    opened();
    let mut passes = Passes::open(asked, t_ns, min_ns, (sent_ns, now_ns()))?;
    loop {
        let reply = engine.receive(deadline, "window")?;
        if let Some(window) = passes.take(&reply, now_ns())? {
            return Ok(window);
        }
    }
}

/// Every item's completion; notes the engine's peaks in the cell.
pub fn collect(
    engine: &mut Engine,
    (asked, window): (&Asked, &Window),
    deadline: Instant,
    cell: &mut CellRecord,
) -> Result<Vec<Completion>, CellFailure> {
    engine.send(&Request::Collect)?;
    let mut completions = Completions::of(asked, window);
    loop {
        match engine.receive(deadline, "collect")? {
            Reply::Completion(completion) => completions.take(completion)?,
            Reply::Collected { peak_rss_bytes, peak_device_bytes } => {
                cell.peak_rss_bytes = Some(peak_rss_bytes);
                cell.peak_device_bytes = peak_device_bytes;
                return completions.whole();
            }
            _ => return Err(CellFailure::failed("something other than completions came after `collect`")),
        }
    }
}
