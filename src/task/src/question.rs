//! Questions: what a task set asks, as text, before a model's tokenizer reads it.

use std::time::Duration;

use crate::language::Language;

/// One thing asked, and what is known of the right answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// Unique within the set: the data's own `id`, or `line-N`.
    pub name: String,
    /// Questions of one cluster come from one source and are not independent.
    pub cluster: String,
    /// What the model is to continue or answer.
    pub prompt: String,
    /// The right text; None where only running the answer, or its label, tells.
    pub reference: Option<String>,
    /// The right class, one of the set's `classes`.
    pub label: Option<String>,
    /// A whole right answer, as an example shows it; None: the reference, else the label.
    pub answer: Option<String>,
    /// How the answer is run; None: it is not.
    pub program: Option<Program>,
    /// Which version of which problem this is; None: every question is its own problem.
    pub version: Option<Version>,
}

/// A task set as read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuestionSet {
    /// In the data's order, at least one.
    pub questions: Vec<Question>,
    /// The classes that labels are taken from, in the order of the board; empty: no labels.
    pub classes: Vec<String>,
    /// Rows of the data that gave no question, with the reason: `3 rows without reference`.
    pub left_out: Vec<String>,
}

/// How a completion becomes a program that tells right from wrong: `before`, completion, newline, `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What the program is written in.
    pub language: Language,
    /// Source before the completion.
    pub before: String,
    /// Source behind it: ends in the checks, and raises where one fails.
    pub after: String,
    /// Wall-clock limit on a machine of ordinary speed.
    pub limit: Duration,
}

/// One version of a problem, for scorers of robustness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The problem that all versions share, such as `HumanEval/3`.
    pub problem: String,
    /// The family of the perturbation, such as `func_name`; `nominal` for the problem as it is, `partial`
    /// for the unperturbed one with half of its solution in the prompt.
    pub family: String,
    /// The perturbation, such as `FuncRenameCamelCase`; empty for unperturbed ones.
    pub recipe: String,
    /// Which of the perturbation's random draws.
    pub seed: u32,
}
