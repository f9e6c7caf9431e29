//! Task sets: documents, items and scorers, and the text tools that models are trained with.

mod answer;
pub mod ask;
pub mod corpus;
pub mod cut;
pub mod document;
mod error;
pub mod fetch;
pub mod item;
pub mod java;
pub mod kind;
pub mod language;
pub mod ngram;
mod once;
pub mod post;
pub mod prepare;
pub mod prompting;
pub mod python;
pub mod question;
mod reader;
mod room;
pub mod sandbox;
pub mod scorer;
mod statement;
pub mod stream;
mod tally;
pub mod texts;
pub mod ticket;
mod word;

pub use answer::Answer;
pub use ask::{AskSpec, Asked, ask};
pub use corpus::{CorpusCount, CorpusForm, read_corpus};
pub use cut::{CUTS, Continuation, Cut, CutSpec, ItemSet, cut};
pub use document::{Document, read_documents, read_first_documents};
pub use error::{TaskError, TaskErrorKind};
pub use fetch::{DATASETS, DatasetEntry, FetchSpec, Fetched, Form, Progress, fetch, find_dataset};
pub use harness_protocol::{END, START};
pub use item::{Item, ORDERS, Order};
pub use kind::{Source, TASKS, TaskKind};
pub use language::{LANGUAGES, Language};
pub use ngram::NGram;
pub use post::{POSTS, PostEntry, cut_at_stop, find_post};
pub use prepare::{CorpusSpec, Prepared, TokenizerSpec, prepare};
pub use prompting::{ChatTemplate, Example, Message, Prompting, Template, examples};
pub use question::{Program, Question, QuestionSet, Version};
pub use reader::{CompletionLine, ReadOptions, SPLITS, Split, read_completions};
pub use room::Room;
pub use sandbox::{Init, Job, Outcome, Sandbox, Strength, Verdict};
pub use scorer::{
    CommandScorer, Direction, Drawn, Need, SCORERS, Scorer, ScorerEntry, ScorerSpec, Stats, find_scorer,
};
pub use stream::{Boundary, read_stream, write_ids, write_stream};
pub use tally::Tally;
pub use word::nearest;
