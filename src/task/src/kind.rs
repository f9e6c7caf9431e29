//! The board of task kinds: what is asked of a model.

use std::path::Path;

use serde::Serialize;

use crate::cut::Continuation;
use crate::error::TaskError;
use crate::language::Language;
use crate::question::QuestionSet;
use crate::reader::{self, ReadOptions};
use crate::scorer::Need;
use crate::ticket;

/// One kind of task, by the name that suites use.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(into = "&str")]
pub struct TaskKind {
    /// The `kind` in a suite.
    pub name: &'static str,
    /// What is asked, in one sentence.
    pub summary: &'static str,
    /// How its data become items.
    pub source: Source,
    /// Texts that end a completion where a suite names none; where there are some, a suite must name some too.
    pub stop: &'static [&'static str],
    /// The reference is not generated but forced, and its tokens' log-probabilities are kept.
    pub forced: bool,
    /// Whether the data may be a folder.
    pub folder: bool,
    /// What completions are written in; None: nothing, or the suite says it.
    pub language: Option<Language>,
    /// What an answer has besides its text, for scorers that need it.
    pub gives: &'static [Need],
    /// Scorers where a suite names none; the first is the primary one. None: a suite must name them.
    pub scorers: &'static [&'static str],
    /// A name of the board of post-processes, where a suite names none.
    pub post_process: &'static str,
}

impl PartialEq for TaskKind {
    /// Compares names, of which a board has each once.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl From<TaskKind> for &'static str {
    fn from(kind: TaskKind) -> Self {
        kind.name
    }
}

impl TaskKind {
    /// Whether its items are cut out of documents, so that nothing may stand before them.
    pub fn cuts_documents(&self) -> bool {
        matches!(self.source, Source::Documents(_))
    }
}

/// What most kinds have; each entry says what is different.
const USUAL: TaskKind = TaskKind {
    name: "",
    summary: "",
    source: Source::Documents(Continuation::Tokens),
    stop: &[],
    forced: false,
    folder: false,
    language: None,
    gives: &[Need::Reference],
    scorers: &["edit-similarity", "exact-match"],
    post_process: "none",
};

/// How a kind's data become items.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Documents that are cut at shares of their tokens, and what is to be written behind the cut.
    Documents(Continuation),
    /// Questions, read by this function.
    Questions(fn(&Path, &ReadOptions) -> Result<QuestionSet, TaskError>),
}

/// Every kind of task.
pub const TASKS: &[TaskKind] = &[
    TaskKind {
        name: "code-completion",
        summary: "continue a source file from a share of it by a fixed number of tokens",
        ..USUAL
    },
    TaskKind {
        name: "code-generation",
        summary: "write a function from its description, judged by running it (HumanEval, MBPP)",
        source: Source::Questions(reader::code_generation),
        language: Some(Language::Python),
        gives: &[Need::Reference, Need::Verdict],
        scorers: &["pass@1"],
        ..USUAL
    },
    TaskKind {
        name: "code-summarization",
        summary: "say in one sentence what a function does (CodeXGLUE code-to-text)",
        source: Source::Questions(reader::code_summarization),
        scorers: &["bleu-codexglue", "rouge-l"],
        post_process: "strip",
        ..USUAL
    },
    TaskKind {
        name: "jsonl",
        summary: "answer prompts of one's own, beside references or classes",
        source: Source::Questions(reader::jsonl),
        gives: &[Need::Reference, Need::Label],
        scorers: &[],
        ..USUAL
    },
    TaskKind {
        name: "line-completion",
        summary: "complete the line that a source file breaks off in (CodeXGLUE line level)",
        source: Source::Questions(reader::line_completion),
        scorers: &["edit-similarity", "line-exact-match"],
        post_process: "code-literals",
        ..USUAL
    },
    TaskKind {
        name: "multiple-choice",
        summary: "name the letter of the right one of several answers",
        source: Source::Questions(reader::multiple_choice),
        gives: &[Need::Reference, Need::Label],
        scorers: &["accuracy"],
        ..USUAL
    },
    TaskKind {
        name: "perplexity",
        summary: "how probable a text's rest is to the model, given its beginning",
        source: Source::Questions(reader::perplexity),
        forced: true,
        gives: &[Need::Reference, Need::Logprobs],
        scorers: &["perplexity"],
        ..USUAL
    },
    TaskKind {
        name: "response-feedback",
        summary: "write what was done about a fault ticket whose cause is known, and what its operator should know",
        source: Source::Questions(ticket::read_response_feedback),
        scorers: &["rouge-l", "bleu", "chrf"],
        post_process: "strip",
        ..USUAL
    },
    TaskKind {
        name: "robust-code-generation",
        summary: "write functions from perturbed descriptions and from perturbed half solutions (ReCode)",
        source: Source::Questions(reader::robust_code_generation),
        folder: true,
        language: Some(Language::Python),
        gives: &[Need::Reference, Need::Verdict, Need::Version],
        scorers: &["robust-pass@1", "robust-drop@1", "robust-relative@1", "pass@1"],
        ..USUAL
    },
    TaskKind {
        name: "root-cause-analysis",
        summary: "name the class of a fault ticket's root cause, and tell the cause in a sentence",
        source: Source::Questions(ticket::read_root_cause_analysis),
        gives: &[Need::Reference, Need::Label],
        scorers: &["accuracy", "macro-f1", "rouge-l"],
        post_process: "cause-text",
        ..USUAL
    },
    TaskKind {
        name: "statement-completion",
        summary: "finish the statement that a source file breaks off in",
        source: Source::Documents(Continuation::Statement),
        stop: &[";", "{", "}"],
        scorers: &["exact-match", "edit-similarity"],
        post_process: "strip",
        ..USUAL
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::DATASETS;
    use crate::post::POSTS;
    use crate::reader::Split;
    use crate::scorer::find_scorer;

    #[test]
    fn the_board_is_sorted_and_says_what_each_kind_is() {
        assert!(TASKS.is_sorted_by(|a, b| a.name < b.name));
        for kind in TASKS {
            assert!(!kind.summary.is_empty(), "{}", kind.name);
            for name in kind.scorers {
                let scorer = find_scorer(name).unwrap_or_else(|| panic!("`{name}` of {}", kind.name));
                assert!(
                    scorer.needs().iter().all(|need| kind.gives.contains(need)),
                    "{name} of {}",
                    kind.name
                );
            }
            assert!(POSTS.iter().any(|post| post.name == kind.post_process), "{}", kind.name);
        }
        for entry in DATASETS {
            assert!(TASKS.iter().any(|kind| kind.name == entry.kind), "{}", entry.name);
        }
    }

    #[test]
    fn every_reader_refuses_an_absent_file_and_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.jsonl");
        std::fs::write(&empty, "\u{feff}\n \r\n").unwrap();
        for kind in TASKS {
            let Source::Questions(read) = kind.source else { continue };
            for path in [folder.path().join("absent.jsonl"), empty.clone()] {
                let error = read(&path, &ReadOptions::default()).unwrap_err().to_string();
                assert!(error.contains("\nhelp: "), "{}: {error}", kind.name);
            }
        }
    }

    #[test]
    fn every_reader_refuses_options_and_columns_that_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, "{\"prompt\": \"a\", \"reference\": \"b\"}\n").unwrap();
        let column = ReadOptions { columns: vec![("promt".into(), "x".into())], ..ReadOptions::default() };
        let split = ReadOptions { split: Some(Split::Test), ..ReadOptions::default() };
        let context = ReadOptions { context: Some(0.3), ..ReadOptions::default() };
        for kind in TASKS {
            let Source::Questions(read) = kind.source else { continue };
            let error = read(&path, &column).unwrap_err().to_string();
            assert!(error.contains("`promt`"), "{}: {error}", kind.name);
            let (other, name) =
                if kind.name == "perplexity" { (&split, "split") } else { (&context, "context") };
            let error = read(&path, other).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}` is no option of `{}`", kind.name)), "{error}");
        }
    }
}
