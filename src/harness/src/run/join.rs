//! Joins what an item generated with what it scored and what it cost: one row an item of a cell.

use std::collections::{BTreeMap, HashMap};

use harness_protocol::{Completion, Finish};
use harness_task::Item;

use crate::engine::Generation;
use crate::items::TaskItems;
use crate::record::{CellRecord, ItemRecord, WindowRecord, why_no_energy};
use crate::score::unjudged;
use crate::suite::TaskSpec;
use harness_stats::median;

/// What the engine said about one cell's items.
pub struct Answers<'a> {
    /// Every generation inside the window.
    pub runs: &'a [Generation],
    /// Prompt tokens by item, as the engine counts them.
    pub tokens_in: &'a BTreeMap<u32, u32>,
    /// Texts, one an item.
    pub completions: &'a [Completion],
}

/// Fills in what the window's runs say about the cell.
pub fn tell_cell(cell: &mut CellRecord, answers: &Answers) {
    let Answers { runs, tokens_in, completions } = answers;
    let prompt: u64 = runs.iter().map(|run| u64::from(tokens_in.get(&run.id).copied().unwrap_or(0))).sum();
    cell.tokens_in = Some(prompt);
    cell.tokens_out = Some(runs.iter().map(|run| u64::from(run.out)).sum());
    cell.prefill_s = Some(runs.iter().map(Generation::prefill).sum());
    cell.decode_s = Some(runs.iter().map(Generation::decode).sum());
    let answered = runs.iter().filter(|run| run.out > 0);
    cell.ttft_ms_p50 = median(answered.map(|run| 1e3 * run.prefill()).collect());
    let several = runs.iter().filter(|run| run.out > 1);
    let per_token = several.map(|run| 1e3 * seconds(run.t1_ns - run.first_ns) / f64::from(run.out - 1));
    cell.tpot_ms_p50 = median(per_token.collect());
    if cell.passes.is_some_and(|passes| passes > 1) {
        let same =
            |completion: &Completion| completion.sha256_per_pass.windows(2).all(|pair| pair[0] == pair[1]);
        cell.deterministic = Some(completions.iter().all(same));
    }
    let layers: Vec<u16> =
        completions.iter().filter_map(|done| done.exit_layers.as_ref()).flatten().copied().collect();
    let sum: f64 = layers.iter().map(|layer| f64::from(*layer)).sum();
    cell.mean_exit_layer = (!layers.is_empty()).then(|| sum / layers.len() as f64);
}

/// The rows of one cell's items, not yet judged. The window's energy is shared by active time: that attributes, it does
/// not measure; over items and passes the shares add up to the window's energy.
pub fn item_records(
    cell: &CellRecord,
    task: &TaskSpec,
    source: &TaskItems,
    items: &[&Item],
    answers: &Answers,
    window: Option<&WindowRecord>,
) -> Vec<ItemRecord> {
    let Answers { runs, tokens_in, completions } = answers;
    let active: f64 = runs.iter().map(Generation::seconds).sum();
    let mut by_item: HashMap<u32, Vec<&Generation>> = HashMap::new();
    runs.iter().for_each(|run| by_item.entry(run.id).or_default().push(run));
    let completions: HashMap<u32, &Completion> =
        completions.iter().map(|completion| (completion.id, completion)).collect();
    let mut rows = Vec::new();
    for item in items {
        let own = by_item.remove(&item.id).unwrap_or_default();
        let Some((first, completion)) = own.first().zip(completions.get(&item.id)) else { continue };
        let passes = own.len() as f64;
        let seconds = own.iter().map(|run| run.seconds()).sum::<f64>() / passes;
        let share = seconds / active;
        let text = text(completion, task, item, source);
        rows.push(ItemRecord {
            cell: cell.cell,
            block: cell.block,
            variant: cell.variant.clone(),
            pass_count: own.len() as u32,
            tokens_in: tokens_in.get(&item.id).copied().unwrap_or(item.prompt_ids.len() as u32),
            tokens_out: first.out,
            t_start_ns: first.t0_ns,
            t_first_ns: (first.out > 0).then_some(first.first_ns),
            t_end_ns: first.t1_ns,
            seconds,
            energy_total_j: window.and_then(|window| window.energy_j).map(|energy| energy * share),
            energy_net_total_j: window.and_then(|window| window.energy_net_j).map(|energy| energy * share),
            energy_class: window
                .map(|window| window.class)
                .filter(|_| window.is_some_and(|w| w.energy_j.is_some())),
            why: why_no_energy(window),
            token_ids: (!task.kind.forced && !completion.ids.is_empty()).then(|| completion.ids.clone()),
            exit_layers: completion.exit_layers.clone(),
            // Tokens whose text nobody knows are no empty answer.
            finish: if text.is_none() && first.out > 0 { Finish::Error } else { completion.finish },
            logprobs: completion.logprobs.clone(),
            ..unjudged(task, item, text.unwrap_or_default())
        });
    }
    rows
}

/// Our engine's ids are read with the model's tokenizer here, special tokens kept; an engine without ids is taken at
/// its word. None: it sent neither.
///
/// An answer is what stands behind its prompt, without the token that ended it. The continuation of a document is read
/// alone and whole, as its reference is.
fn text(completion: &Completion, task: &TaskSpec, item: &Item, source: &TaskItems) -> Option<String> {
    let (ids, tokenizer) = (&completion.ids, &source.tokenizer);
    let decoded = match (ids.split_last(), completion.finish) {
        (None, _) => None,
        (Some(_), _) if task.kind.cuts_documents() => tokenizer.decode(ids).ok(),
        (Some((_, before)), Finish::Eos) => tokenizer.decode_behind(&item.prompt_ids, before).ok(),
        (Some(_), _) => tokenizer.decode_behind(&item.prompt_ids, ids).ok(),
    };
    decoded.or_else(|| completion.text.clone())
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 * 1e-9
}
