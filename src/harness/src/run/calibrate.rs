//! Finds out how long one pass takes, and from that which items a block runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use harness_task::Item;

use super::slices::{samples, slices};
use crate::engine::{CellFailure, Engine, load, prepare, warm_up};
use crate::store::ShareRule;
use crate::suite::{ItemsPerBlock, Suite};

/// Items that are timed, spread over the whole set.
const PROBE: usize = 8;

/// A pass up to so many windows long runs whole in every block.
const WHOLE_PASS_WINDOWS: f64 = 2.0;

/// The items of each block for one task, and a sentence that says how they were chosen.
pub struct Share {
    /// Ids of the task's items, block by block.
    pub blocks: Vec<Vec<u32>>,
    /// How they were chosen: with the items and the seed it gives the same blocks again.
    pub rule: ShareRule,
    /// For the manifest.
    pub sentence: String,
}

/// Ids of the items of each block, sorted.
pub fn blocks(rule: ShareRule, items: &[Item], suite: &Suite) -> Vec<Vec<u32>> {
    let blocks = usize::from(suite.run.blocks);
    match rule {
        ShareRule::All => {
            let mut ids: Vec<u32> = items.iter().map(|item| item.id).collect();
            ids.sort_unstable();
            vec![ids; blocks]
        }
        ShareRule::Slices => slices(items, blocks, suite.seed),
        ShareRule::Count(count) => samples(items, blocks, count as usize, suite.seed),
    }
}

/// Chooses the items of every block. `auto` times a few items of the baseline first.
pub fn share(
    suite: &Suite,
    task: usize,
    items: &[Item],
    window: Duration,
    log: &Path,
) -> Result<Share, CellFailure> {
    let count = usize::from(suite.run.blocks);
    let made = |rule, sentence| Share { blocks: blocks(rule, items, suite), rule, sentence };
    match suite.run.items_per_block {
        ItemsPerBlock::All => Ok(made(ShareRule::All, "all items in every block".to_owned())),
        ItemsPerBlock::Count(wanted) if wanted as usize >= items.len() => {
            let all = items.len();
            let sentence = format!("all {all} items in every block, since `items-per-block` is {wanted}");
            Ok(made(ShareRule::All, sentence))
        }
        ItemsPerBlock::Count(wanted) => {
            let blocks = blocks(ShareRule::Count(wanted), items, suite);
            Ok(Share { sentence: counted(items, &blocks, wanted), rule: ShareRule::Count(wanted), blocks })
        }
        ItemsPerBlock::Auto => {
            let pass = seconds_per_item(suite, task, items, log)? * items.len() as f64;
            if pass <= WHOLE_PASS_WINDOWS * window.as_secs_f64() || items.len() < count {
                let sentence = format!("auto: all items in every block (a pass takes about {pass:.1} s)");
                return Ok(made(ShareRule::All, sentence));
            }
            let (least, most) = (items.len() / count, items.len().div_ceil(count));
            let size = if least == most { least.to_string() } else { format!("{least} or {most}") };
            let sentence = format!(
                "auto: each item in one block, {count} blocks of {size} items (a pass over all takes about {pass:.1} s)"
            );
            Ok(made(ShareRule::Slices, sentence))
        }
    }
}

/// How many items a block has where the suite says a number, and in how many blocks an item is.
fn counted(items: &[Item], blocks: &[Vec<u32>], count: u32) -> String {
    let mut uses: BTreeMap<u32, usize> = BTreeMap::new();
    blocks.iter().flatten().for_each(|id| *uses.entry(*id).or_default() += 1);
    let sizes = from_to(blocks.iter().map(Vec::len));
    let whole = match items.iter().any(|item| item.version.is_some()) {
        true => format!(" (whole problems, as near as these come to {count})"),
        false => String::new(),
    };
    let again = match uses.values().max() {
        Some(2..) => format!("each item in {} of {} blocks", from_to(uses.into_values()), blocks.len()),
        _ => "no item in two blocks".to_owned(),
    };
    format!("{sizes} items{whole} in every block, {again}")
}

/// `3`, or `3 to 5`.
fn from_to(numbers: impl Iterator<Item = usize>) -> String {
    let numbers: BTreeSet<usize> = numbers.collect();
    match (numbers.first(), numbers.last()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (least, _) => least.map_or("no".to_owned(), usize::to_string),
    }
}

/// All items in every block, because a pass could not be timed.
pub fn whole(suite: &Suite, items: &[Item], reason: &str) -> Share {
    let sentence =
        format!("all items in every block, since a pass of the baseline could not be timed: {reason}");
    Share { blocks: blocks(ShareRule::All, items, suite), rule: ShareRule::All, sentence }
}

fn seconds_per_item(suite: &Suite, task: usize, items: &[Item], log: &Path) -> Result<f64, CellFailure> {
    let index = suite.variants.iter().position(|variant| variant.name == suite.baseline).unwrap_or(0);
    let variant = &suite.variants[index];
    let mut engine = Engine::start(&variant.engine, log, suite.run.load_timeout, &suite.meter.proc_root)?;
    let loaded = load(&mut engine, suite, variant)?;
    let step = items.len().div_ceil(PROBE).max(1);
    let probe: Vec<&Item> = items.iter().step_by(step).collect();
    let deadline = Instant::now() + suite.run.cell_timeout;
    prepare(&mut engine, suite, (&suite.tasks[task], variant), &probe, (&loaded, None), deadline)?;
    warm_up(&mut engine, 1, deadline)?;
    let (start, end) = warm_up(&mut engine, probe.len() as u32, deadline)?;
    engine.shut_down()?;
    Ok((end - start) as f64 * 1e-9 / probe.len() as f64)
}

#[cfg(test)]
mod tests {
    use harness_task::Version;

    use super::*;

    fn sentence(versions: u32, blocks: usize, count: usize) -> String {
        let version = |id: u32| Version {
            problem: (id / versions).to_string(),
            family: "nominal".into(),
            recipe: String::new(),
            seed: 0,
        };
        let item = |id| Item {
            id,
            problem: id / versions,
            version: (versions > 1).then(|| version(id)),
            ..Item::default()
        };
        let items: Vec<Item> = (0..60).map(item).collect();
        counted(&items, &samples(&items, blocks, count, 1), count as u32)
    }

    #[test]
    fn the_sentence_says_how_many_items_a_block_has_and_whether_they_repeat() {
        assert_eq!(sentence(1, 6, 10), "10 items in every block, no item in two blocks");
        assert_eq!(sentence(1, 6, 25), "25 items in every block, each item in 2 to 3 of 6 blocks");
        assert_eq!(sentence(1, 6, 20), "20 items in every block, each item in 2 of 6 blocks");
        let whole = "12 items (whole problems, as near as these come to 10) in every block, each item in 1 to 2 of 7 blocks";
        assert_eq!(sentence(6, 7, 10), whole);
    }
}
