//! The items of every task, read with each model's own tokenizer.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use harness_protocol::ModelSource;
use harness_task::{
    AskSpec, ChatTemplate, Continuation, CutSpec, Document, Item, Prompting, QuestionSet, ReadOptions,
    Source, Split, Template, Tokenizer, ask, cut, examples, read_documents,
};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;

use crate::stop::Stop;
use crate::suite::{Suite, TaskSpec};

/// Context of the built-in tiny model, tokens.
const TINY_CONTEXT: u32 = 2048;

/// A task's items for one model, with the tokenizer that reads them.
pub struct TaskItems {
    /// In the order in which they are asked.
    pub items: Vec<Item>,
    /// The model's.
    pub tokenizer: Tokenizer,
    /// Documents or questions in the data.
    pub rows: usize,
    /// Classes that labels are taken from.
    pub classes: Vec<String>,
    /// What of the data became no item or not a whole one, in sentences.
    pub left_out: Vec<String>,
    /// SHA-256 of instruction, examples and chat template; None: prompts are as in the data.
    pub prompting_sha256: Option<String>,
}

/// Items by task and variant; models that share a folder share them.
pub struct Items(BTreeMap<(usize, usize), Rc<TaskItems>>);

impl Items {
    /// Reads everything before anything is measured.
    pub fn load(suite: &Suite) -> Result<Self> {
        let mut by_model: BTreeMap<(usize, Option<String>), Rc<TaskItems>> = BTreeMap::new();
        let mut items = BTreeMap::new();
        for (task, spec) in suite.tasks.iter().enumerate() {
            let data = Data::read(spec)?;
            for (variant, model) in suite.variants.iter().map(|variant| &variant.model).enumerate() {
                let key = (task, model.path.clone());
                if !by_model.contains_key(&key) {
                    by_model.insert(key.clone(), Rc::new(data.items(spec, suite.seed, model)?));
                }
                items.insert((task, variant), Rc::clone(&by_model[&key]));
            }
        }
        Ok(Self(items))
    }

    /// Every different reading of a task's data, with the variants that it is for.
    pub fn readings(&self, task: usize) -> Vec<(&TaskItems, Vec<usize>)> {
        let mut readings: Vec<(&Rc<TaskItems>, Vec<usize>)> = Vec::new();
        for ((_, variant), items) in self.0.range((task, 0)..(task + 1, 0)) {
            match readings.iter_mut().find(|(known, _)| Rc::ptr_eq(known, items)) {
                Some((_, variants)) => variants.push(*variant),
                None => readings.push((items, vec![*variant])),
            }
        }
        readings.into_iter().map(|(items, variants)| (items.as_ref(), variants)).collect()
    }

    /// The items of a task for a variant.
    pub fn of(&self, task: usize, variant: usize) -> &TaskItems {
        &self.0[&(task, variant)]
    }
}

/// A task's data, before a model's tokenizer reads them.
enum Data {
    Documents(Vec<Document>, Continuation),
    Questions(QuestionSet),
}

impl Data {
    fn read(spec: &TaskSpec) -> Result<Self> {
        Ok(match spec.kind.source {
            Source::Documents(continuation) => Self::Documents(read_documents(&spec.path)?, continuation),
            Source::Questions(read) => Self::Questions(read(&spec.path, &spec.read)?),
        })
    }

    fn items(&self, spec: &TaskSpec, seed: u64, model: &ModelSource) -> Result<TaskItems> {
        let (tokenizer, holds) = reader(model)?;
        let context = Context { most: most_context(spec, model, holds)?, model: holds };
        match self {
            Self::Documents(documents, continuation) => {
                let set = cut(documents, &tokenizer, &cut_spec(spec, seed, *continuation, context))?;
                Ok(TaskItems {
                    items: set.items,
                    tokenizer,
                    rows: documents.len(),
                    classes: Vec::new(),
                    left_out: set.tally.sentences(),
                    prompting_sha256: None,
                })
            }
            Self::Questions(set) => {
                let prompting = prompting(spec, model)?;
                let asked = ask(&set.questions, &tokenizer, &ask_spec(spec, seed, context), &prompting)?;
                Ok(TaskItems {
                    items: asked.items,
                    tokenizer,
                    rows: set.questions.len(),
                    classes: set.classes.clone(),
                    left_out: [set.left_out.clone(), asked.tally.sentences()].concat(),
                    prompting_sha256: (prompting != Prompting::default()).then(|| prompting.sha256()),
                })
            }
        }
    }
}

/// Tokens that a prompt and its answer may have together, and that the model holds.
#[derive(Clone, Copy)]
struct Context {
    most: u32,
    model: u32,
}

/// What the suite allows, else all that the model holds.
fn most_context(task: &TaskSpec, model: &ModelSource, holds: u32) -> Result<u32> {
    match task.max_context {
        Some(wanted) if wanted > holds => {
            let name = model.path.as_ref().map_or(model.kind.clone(), |path| super::private(Path::new(path)));
            let message = format!(
                "`max-context` of task `{}` is {wanted}, and the model `{name}` holds {holds} tokens\nhelp: write at most {holds}, or take a model with a longer context",
                task.name
            );
            Err(Stop::usage(message).into())
        }
        wanted => Ok(wanted.unwrap_or(holds)),
    }
}

fn cut_spec(task: &TaskSpec, seed: u64, continuation: Continuation, context: Context) -> CutSpec {
    CutSpec {
        context: task.context.clone(),
        by: task.cut,
        continuation,
        new_tokens: task.new_tokens,
        stop: task.stop.clone(),
        max_context: context.most,
        model_context: context.model,
        limit: task.limit,
        order: task.order,
        seed,
        paper_count: task.paper_count,
    }
}

fn ask_spec(task: &TaskSpec, seed: u64, context: Context) -> AskSpec {
    AskSpec {
        new_tokens: task.new_tokens,
        max_context: context.most,
        limit: task.limit,
        order: task.order,
        seed,
        forced: task.kind.forced,
    }
}

/// What stands before a task's prompts, for one model.
fn prompting(task: &TaskSpec, model: &ModelSource) -> Result<Prompting> {
    let spec = &task.prompting;
    let few_shot = match (&spec.few_shot_path, task.kind.source) {
        (Some(path), Source::Questions(read)) => {
            // What is asked of MBPP's parts is shown with examples of the part that is meant for it.
            let split = task.read.split.map(|_| Split::Prompt);
            examples(&read(path, &ReadOptions { split, ..task.read.clone() })?, spec.few_shot)?
        }
        _ => Vec::new(),
    };
    let template = match (spec.chat, &model.path) {
        (false, _) => Template::None,
        (true, Some(folder)) => Template::Chat(ChatTemplate::open(Path::new(folder))?),
        (true, None) => {
            return Err(Stop::usage(format!(
                "the built-in model has no chat template, which task `{}` asks for\nhelp: set `chat-template = \"none\"`, or use a model folder",
                task.name
            ))
            .into());
        }
    };
    Ok(Prompting { system: spec.system.clone(), few_shot, template })
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

/// Deals `items` out into one slice a block: sizes differ by at most one, long and short prompts are dealt
/// evenly, and every item is in one slice. Versions of one problem are compared with one another, so they
/// stay together.
pub fn slices(items: &[Item], blocks: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut together: BTreeMap<(u32, u32), Vec<&Item>> = BTreeMap::new();
    for item in items {
        let alone = if item.version.is_some() { 0 } else { item.id };
        let problem = if item.version.is_some() { item.problem } else { 0 };
        together.entry((problem, alone)).or_default().push(item);
    }
    let mut by_length: Vec<Vec<&Item>> = together.into_values().collect();
    by_length.sort_by_key(|items| items.iter().map(|item| item.prompt_ids.len()).sum::<usize>());
    let mut slices = vec![Vec::new(); blocks];
    for round in by_length.chunks(blocks) {
        let mut order: Vec<usize> = (0..blocks).collect();
        order.shuffle(&mut random);
        // The last round may be short: it goes to blocks drawn at random like every other.
        for (items, block) in round.iter().zip(order) {
            slices[block].extend(items.iter().map(|item| item.id));
        }
    }
    slices.iter_mut().for_each(|slice| slice.sort_unstable());
    slices
}

#[cfg(test)]
mod tests {
    use harness_task::Version;

    use super::*;

    fn items(count: u32) -> Vec<Item> {
        let item = |id| Item { id, prompt_ids: vec![0; (id as usize * 7) % 40], ..Item::default() };
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
    fn versions_of_a_problem_stay_in_one_slice() {
        let mut items = items(60);
        for item in &mut items {
            item.problem = item.id / 6;
            item.version = Some(Version {
                problem: item.problem.to_string(),
                family: "nominal".into(),
                recipe: String::new(),
                seed: 0,
            });
        }
        let slices = slices(&items, 5, 3);
        assert_eq!(slices.concat().len(), 60);
        for slice in slices {
            assert_eq!(slice.len(), 12);
            assert!(
                slice.chunks(6).all(|problem| problem.iter().all(|id| id / 6 == problem[0] / 6)),
                "{slice:?}"
            );
        }
    }

    #[test]
    fn the_same_seed_cuts_the_same_slices() {
        assert_eq!(slices(&items(50), 6, 3), slices(&items(50), 6, 3));
        assert_ne!(slices(&items(50), 6, 3), slices(&items(50), 6, 4));
    }
}
