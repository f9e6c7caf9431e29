//! The items of every task, read with each model's own tokenizer.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use harness_checkpoint::Checkpoint;
use harness_protocol::ModelSource;
use harness_task::{
    AskSpec, ChatTemplate, Continuation, Cut, CutSpec, Document, Item, Prompting, QuestionSet, ReadOptions,
    Room, Source, Split, TaskError, Template, ask, cut, examples, read_first_documents,
};
use harness_text::Tokenizer;

use crate::models::{self, stop};
use crate::redact::private;
use crate::stop::Stop;
use crate::suite::{Key, Step, Suite, SuiteError, TaskSpec};

/// A task's items for one model, with the tokenizer that reads them.
pub struct TaskItems {
    /// In the order in which they are asked.
    pub items: Vec<Item>,
    /// The model's.
    pub tokenizer: Tokenizer,
    /// Entries of the model's vocabulary, where its config says it.
    pub vocabulary: Option<u32>,
    /// Documents or questions in the data.
    pub rows: usize,
    /// Classes that labels are taken from.
    pub classes: Vec<String>,
    /// What of the data became no item or not a whole one, in sentences.
    pub left_out: Vec<String>,
    /// SHA-256 of instruction, examples and chat template; None: prompts are as in the data.
    pub prompting_sha256: Option<String>,
}

impl TaskItems {
    /// Tokens that the tokenizer puts before every prompt.
    pub fn prefix(&self) -> Vec<String> {
        let prefix = self.tokenizer.prefix();
        let stands = self.items.first().is_some_and(|item| item.prompt_ids.starts_with(prefix));
        let text = |id: &u32| self.tokenizer.decode(&[*id]).unwrap_or_default();
        prefix.iter().filter(|_| stands).map(text).collect()
    }
}

/// Items by task and variant; models that share a folder share them.
pub struct Items(BTreeMap<(usize, usize), Rc<TaskItems>>);

impl Items {
    /// Reads everything before anything is measured.
    pub fn load(suite: &Suite) -> Result<Self> {
        let mut by_model: BTreeMap<(usize, ModelSource), Rc<TaskItems>> = BTreeMap::new();
        let mut items = BTreeMap::new();
        for (task, spec) in suite.tasks.iter().enumerate() {
            let data = Data::read(spec)?;
            for (variant, model) in suite.variants.iter().map(|variant| &variant.model).enumerate() {
                let key = (task, ModelSource { dtype: String::new(), ..model.clone() });
                if !by_model.contains_key(&key) {
                    by_model.insert(key.clone(), Rc::new(data.items(suite, spec, model)?));
                }
                items.insert((task, variant), Rc::clone(&by_model[&key]));
            }
        }
        Ok(Self(items))
    }

    /// Reads the first rows of every task as [`Items::load`] reads all of them, with every model's tokenizer.
    ///
    /// # Errors
    /// What [`Items::load`] would say, but for what is wrong with rows further down.
    pub fn check(suite: &Suite) -> Result<()> {
        for task in &suite.tasks {
            let limit = Some(task.limit.unwrap_or(FIRST_ITEMS).min(FIRST_ITEMS));
            let read = ReadOptions { first: Some(FIRST_BYTES), ..task.read.clone() };
            // The first rows may lack what others have: only all of them tell.
            if check_task(suite, &TaskSpec { limit, read, ..task.clone() }).is_err() {
                check_task(suite, task)?;
            }
        }
        Ok(())
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

/// What [`Items::check`] reads of a file, bytes, and how many documents or problems it asks: enough to see whether the
/// fields are the right ones, little enough for no wait.
const FIRST_BYTES: u64 = 4 << 20;
const FIRST_ITEMS: usize = 16;

fn check_task(suite: &Suite, spec: &TaskSpec) -> Result<()> {
    let data = Data::read(spec)?;
    let mut models: Vec<ModelSource> = Vec::new();
    for model in suite.variants.iter().map(|variant| &variant.model) {
        let model = ModelSource { dtype: String::new(), ..model.clone() };
        if !models.contains(&model) {
            data.items(suite, spec, &model)?;
            models.push(model);
        }
    }
    Ok(())
}

/// A task's data, before a model's tokenizer reads them.
enum Data {
    Documents(Vec<Document>, Continuation),
    Questions(QuestionSet),
}

impl Data {
    fn read(spec: &TaskSpec) -> Result<Self> {
        Ok(match spec.kind.source {
            Source::Documents(continuation) => {
                Self::Documents(read_first_documents(&spec.path, spec.read.first)?, continuation)
            }
            Source::Questions(read) => Self::Questions(read(&spec.path, &spec.read)?),
        })
    }

    fn items(&self, suite: &Suite, spec: &TaskSpec, model: &ModelSource) -> Result<TaskItems> {
        let (seed, Reader { tokenizer, holds, vocabulary }) = (suite.seed, reader(model)?);
        let context = Context { most: most_context(suite, spec, model, holds)?, model: holds };
        // Asked here too, where the key is known.
        Room::new(context.most, spec.new_tokens, tokenizer.prefix().len())
            .map_err(|error| at_key(suite, spec, "new-tokens", error))?;
        let read = match self {
            Self::Documents(documents, continuation) => {
                let set = cut(documents, &tokenizer, &cut_spec(spec, seed, *continuation, context))?;
                TaskItems {
                    items: set.items,
                    tokenizer,
                    vocabulary,
                    rows: documents.len(),
                    classes: Vec::new(),
                    left_out: set.tally.sentences(),
                    prompting_sha256: None,
                }
            }
            Self::Questions(set) => {
                let prompting = prompting(suite, spec, model)?;
                let asked = ask(&set.questions, &tokenizer, &ask_spec(spec, seed, context), &prompting)?;
                TaskItems {
                    items: asked.items,
                    tokenizer,
                    vocabulary,
                    rows: set.questions.len(),
                    classes: set.classes.clone(),
                    left_out: [set.left_out.clone(), asked.tally.sentences()].concat(),
                    prompting_sha256: (prompting != Prompting::default()).then(|| prompting.sha256()),
                }
            }
        };
        // Another engine may have a larger embedding than the config says.
        let plain = |model: &ModelSource| ModelSource { dtype: String::new(), ..model.clone() };
        let mut users = suite.variants.iter().filter(|variant| plain(&variant.model) == plain(model));
        let own = users.any(|variant| variant.engine.is_own());
        if own {
            within_vocabulary(&read, spec, model)?;
        }
        Ok(read)
    }
}

/// Tokens that a prompt and its answer may have together, and that the model holds.
#[derive(Clone, Copy)]
struct Context {
    most: u32,
    model: u32,
}

/// What the suite allows, else all that the model holds.
fn most_context(suite: &Suite, task: &TaskSpec, model: &ModelSource, holds: u32) -> Result<u32, SuiteError> {
    match task.max_context {
        Some(wanted) if wanted > holds => {
            let name = place(model);
            let message = format!(
                "`max-context` of task `{}` is {wanted}, and the model `{name}` holds {holds} tokens",
                task.name
            );
            let help = format!("write at most {holds}, or take a model with a longer context");
            Err(wrong(suite, task, "max-context", message, help))
        }
        wanted => Ok(wanted.unwrap_or(holds)),
    }
}

/// The suite says something wrong under a key of a task.
fn wrong(suite: &Suite, task: &TaskSpec, key: &str, message: String, help: String) -> SuiteError {
    suite.wrong(&Key { table: "task", name: &task.name, way: &[Step::Key(key)] }, message, help)
}

/// An error that a key of a task has caused, with its place.
fn at_key(suite: &Suite, task: &TaskSpec, key: &str, error: TaskError) -> anyhow::Error {
    match error {
        TaskError::Refused { problem, help } => wrong(suite, task, key, problem, help).into(),
        other => other.into(),
    }
}

fn cut_spec(task: &TaskSpec, seed: u64, continuation: Continuation, context: Context) -> CutSpec {
    CutSpec {
        context: task.context.clone(),
        by: task.cut.unwrap_or(Cut::ModelTokens),
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
        samples: task.samples,
    }
}

/// What stands before a task's prompts, for one model.
fn prompting(suite: &Suite, task: &TaskSpec, model: &ModelSource) -> Result<Prompting> {
    let spec = &task.prompting;
    let few_shot = match (&spec.few_shot_path, task.kind.source) {
        (Some(path), Source::Questions(read)) => {
            // What is asked of MBPP's parts is shown with examples of the part that is meant for it.
            let split = task.read.split.map(|_| Split::Prompt);
            examples(&read(path, &ReadOptions { split, ..task.read.clone() })?, spec.few_shot)?
        }
        _ => Vec::new(),
    };
    let template =
        if spec.chat { Template::Chat(chat_template(suite, task, model)?) } else { Template::None };
    Ok(Prompting { system: spec.system.clone(), few_shot, template })
}

fn chat_template(suite: &Suite, task: &TaskSpec, model: &ModelSource) -> Result<ChatTemplate> {
    let checkpoint = Checkpoint::open(model).map_err(stop)?;
    models::chat_template(&checkpoint)?.ok_or_else(|| {
        let message = format!(
            "`{}` has no chat template, which task `{}` asks for: expected `chat_template.jinja`, or `chat_template` in `tokenizer_config.json`",
            checkpoint.origin(),
            task.name
        );
        let help = "set `chat-template = \"none\"`, or take a model that was trained on conversations";
        wrong(suite, task, "chat-template", message, help.to_owned()).into()
    })
}

/// What reads a task's data for a model.
struct Reader {
    tokenizer: Tokenizer,
    /// Longest context, tokens.
    holds: u32,
    vocabulary: Option<u32>,
}

fn reader(model: &ModelSource) -> Result<Reader> {
    let checkpoint = Checkpoint::open(model).map_err(stop)?;
    Ok(Reader {
        holds: checkpoint.context().map_err(stop)?,
        vocabulary: checkpoint.vocabulary(),
        tokenizer: checkpoint.needed_tokenizer().map_err(stop)?,
    })
}

/// Refuses items with a token that the model has no embedding of.
fn within_vocabulary(read: &TaskItems, task: &TaskSpec, model: &ModelSource) -> Result<()> {
    let Some(vocabulary) = read.vocabulary else { return Ok(()) };
    for item in &read.items {
        let mut ids = item.prompt_ids.iter().chain(&item.reference_ids);
        if let Some(id) = ids.find(|id| **id >= vocabulary) {
            return Err(Stop::missing(format!(
                "item `{}` of task `{}` has token {id}, and the model `{}` a vocabulary of {vocabulary}\nhelp: take the tokenizer that belongs to the model's weights",
                item.name,
                task.name,
                place(model)
            ))
            .into());
        }
    }
    Ok(())
}

/// A model's name in messages.
fn place(model: &ModelSource) -> String {
    let place = model.path.as_ref().map(|path| private(Path::new(path))).or(model.hub.clone());
    place.unwrap_or_else(|| model.kind.clone())
}
