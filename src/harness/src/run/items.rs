//! The items of every task, cut with each model's own tokenizer, and which of them a block runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use harness_protocol::ModelSource;
use harness_task::{CutSpec, Item, ItemSet, Tokenizer, cut, read_documents};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;

use crate::stop::Stop;
use crate::suite::{Suite, TaskSpec};

/// Context of the built-in tiny model, tokens.
const TINY_CONTEXT: u32 = 2048;

/// A task's items for one model, with the tokenizer that reads them.
pub struct TaskItems {
    /// Whole set, in order.
    pub set: ItemSet,
    /// The model's.
    pub tokenizer: Tokenizer,
    /// Documents in the data file.
    pub documents: usize,
}

/// Items by task and variant; models that share a folder share them.
pub struct Items(BTreeMap<(usize, usize), Rc<TaskItems>>);

impl Items {
    /// Reads and cuts everything before anything is measured.
    pub fn load(suite: &Suite) -> Result<Self> {
        let mut by_model: BTreeMap<(usize, Option<String>), Rc<TaskItems>> = BTreeMap::new();
        let mut items = BTreeMap::new();
        for (task, spec) in suite.tasks.iter().enumerate() {
            let documents = read_documents(&spec.path)?;
            for (variant, model) in suite.variants.iter().map(|variant| &variant.model).enumerate() {
                let key = (task, model.path.clone());
                if !by_model.contains_key(&key) {
                    let (tokenizer, context) = reader(model)?;
                    let set = cut(&documents, &tokenizer, &cut_spec(spec, suite.seed, context))?;
                    let made = TaskItems { set, tokenizer, documents: documents.len() };
                    by_model.insert(key.clone(), Rc::new(made));
                }
                items.insert((task, variant), Rc::clone(&by_model[&key]));
            }
        }
        Ok(Self(items))
    }

    /// The items of a task for a variant.
    pub fn of(&self, task: usize, variant: usize) -> &TaskItems {
        &self.0[&(task, variant)]
    }
}

fn cut_spec(task: &TaskSpec, seed: u64, max_context: u32) -> CutSpec {
    CutSpec {
        context: task.context.clone(),
        by: task.cut,
        new_tokens: task.new_tokens,
        max_context,
        limit: task.limit,
        order: task.order,
        seed,
    }
}

/// A model's tokenizer and its longest context.
fn reader(model: &ModelSource) -> Result<(Tokenizer, u32)> {
    let Some(folder) = model.path.as_deref().map(Path::new) else {
        return Ok((Tokenizer::bytes()?, TINY_CONTEXT));
    };
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: point `model.path` at a folder with config.json, model.safetensors and tokenizer.json",
            path.display()
        ))
    })?;
    let config: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let context = config.get("max_position_embeddings").and_then(serde_json::Value::as_u64);
    let context = context.and_then(|context| u32::try_from(context).ok()).ok_or_else(|| {
        Stop::usage(format!(
            "`{}` says no `max_position_embeddings`\nhelp: take the config.json that belongs to the weights",
            path.display()
        ))
    })?;
    Ok((Tokenizer::open(folder)?, context))
}

/// Cuts `items` into one slice a block: sizes differ by at most one, long and short prompts are dealt
/// out evenly, and every item is in one slice.
pub fn slices(items: &[Item], blocks: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut by_length: Vec<usize> = (0..items.len()).collect();
    by_length.sort_by_key(|index| items[*index].prompt_ids.len());
    let mut slices = vec![Vec::new(); blocks];
    for round in by_length.chunks(blocks) {
        let mut order: Vec<usize> = (0..blocks).collect();
        order.shuffle(&mut random);
        // The last round may be short: it goes to blocks drawn at random like every other.
        for (index, block) in round.iter().zip(order) {
            slices[block].push(items[*index].id);
        }
    }
    slices.iter_mut().for_each(|slice| slice.sort_unstable());
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: u32) -> Vec<Item> {
        let text = String::new;
        let item = |id| Item {
            id,
            name: text(),
            cluster: text(),
            prompt: text(),
            prompt_ids: vec![0; (id as usize * 7) % 40],
            reference: text(),
            reference_ids: Vec::new(),
        };
        (0..count).map(item).collect()
    }

    #[test]
    fn every_item_is_in_one_slice_and_slices_are_alike() {
        let items = items(180);
        let slices = slices(&items, 8, 3);
        let mut all: Vec<u32> = slices.concat();
        all.sort_unstable();
        assert_eq!(all, (0..180).collect::<Vec<_>>());
        let length = |slice: &Vec<u32>| {
            slice.iter().map(|at| items[*at as usize].prompt_ids.len()).sum::<usize>() as f64
        };
        let mean = slices.iter().map(length).sum::<f64>() / 8.0;
        for slice in &slices {
            assert!((22..=23).contains(&slice.len()));
            assert!((length(slice) / mean - 1.0).abs() < 0.1, "{} of {mean}", length(slice));
        }
    }

    #[test]
    fn the_same_seed_cuts_the_same_slices() {
        assert_eq!(slices(&items(50), 6, 3), slices(&items(50), 6, 3));
        assert_ne!(slices(&items(50), 6, 3), slices(&items(50), 6, 4));
    }
}
