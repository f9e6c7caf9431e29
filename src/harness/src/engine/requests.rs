//! What is asked of an engine around the window: load, prepare, warm up, collect.

use std::collections::BTreeMap;
use std::time::Instant;

use harness_protocol::{Completion, Decode, Load, Loaded, Prepare, PromptItem, Reply, Request};
use harness_task::Item;

use super::failure::{CellFailure, Scope};
use super::process::Engine;
use crate::hash;
use crate::record::CellRecord;
use crate::suite::{Suite, TaskSpec, Variant};

/// The load request of a variant.
pub fn load_request(suite: &Suite, variant: &Variant) -> Request {
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
    engine.send(&load_request(suite, variant))?;
    let answer = engine.receive(Instant::now() + suite.run.load_timeout, "load");
    match answer.map_err(|failure| failure.refused(Scope::Variant))? {
        Reply::Loaded(loaded) => Ok(loaded),
        _ => Err(CellFailure::failed("`load` was not answered with `loaded`")),
    }
}

/// Hands over the items; prompt tokens by item.
pub fn prepare(
    engine: &mut Engine,
    suite: &Suite,
    task: &TaskSpec,
    variant: &Variant,
    items: &[&Item],
    deadline: Instant,
) -> Result<BTreeMap<u32, u32>, CellFailure> {
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
    engine.send(&Request::Prepare(Prepare {
        items: items.iter().map(prompt).collect(),
        new_tokens: task.new_tokens,
        min_new_tokens: Some(task.min_new_tokens).filter(|least| *least > 0),
        stop: task.stop.clone(),
        decode: task.decode,
        batch_size: variant.batch_size,
        logprobs: task.decode == Decode::Forced,
        top_logprobs: 0,
        stream: false,
    }))?;
    let answer = engine.receive(deadline, "prepare");
    match answer.map_err(|failure| failure.refused(Scope::Task))? {
        Reply::Prepared { tokens_in } if tokens_in.len() == items.len() => {
            Ok(items.iter().map(|item| item.id).zip(tokens_in).collect())
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
    engine.send(&Request::WarmUp { items })?;
    match engine.receive(deadline, "warm-up")? {
        Reply::Warmed { t_start_ns, t_end_ns } => Ok((t_start_ns, t_end_ns)),
        _ => Err(CellFailure::failed("`warm-up` was not answered with `warmed`")),
    }
}

/// Every item's completion; notes the engine's peaks in the cell.
pub fn collect(
    engine: &mut Engine,
    deadline: Instant,
    cell: &mut CellRecord,
) -> Result<Vec<Completion>, CellFailure> {
    engine.send(&Request::Collect)?;
    let mut completions = Vec::new();
    loop {
        match engine.receive(deadline, "collect")? {
            Reply::Completion(completion) => completions.push(completion),
            Reply::Collected { peak_rss_bytes, peak_device_bytes } => {
                cell.peak_rss_bytes = Some(peak_rss_bytes);
                cell.peak_device_bytes = peak_device_bytes;
                return Ok(completions);
            }
            _ => return Err(CellFailure::failed("something other than completions came after `collect`")),
        }
    }
}
