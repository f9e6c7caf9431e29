//! The board of task kinds: what is asked of a model.

/// One kind of task, by the name that suites use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskKind {
    /// The `kind` in a suite.
    pub name: &'static str,
    /// What is asked, in one sentence.
    pub summary: &'static str,
}

/// Every kind of task.
pub const TASKS: &[TaskKind] = &[TaskKind {
    name: "code-completion",
    summary: "continue a source file from a share of it by a fixed number of tokens",
}];
