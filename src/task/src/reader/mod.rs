//! Readers of task sets: from files to questions, one file a kind.

mod code_generation;
mod code_summarization;
mod collect;
mod completions;
mod jsonl;
mod line_completion;
mod multiple_choice;
mod options;
mod perplexity;
mod python_json;
mod recode;
mod recode_files;
mod row;
mod rows;
#[cfg(test)]
mod sample;

pub(crate) use code_generation::code_generation;
pub(crate) use code_summarization::code_summarization;
pub use completions::{CompletionLine, read_completions};
pub(crate) use jsonl::jsonl;
pub(crate) use line_completion::line_completion;
pub(crate) use multiple_choice::multiple_choice;
pub use options::{ReadOptions, SPLITS, Split};
pub(crate) use perplexity::perplexity;
pub(crate) use recode::robust_code_generation;
pub(crate) use rows::Form;
