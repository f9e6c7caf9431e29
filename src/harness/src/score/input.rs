//! How the rows of a task's items are scored.

use harness_task::ScorerSpec;
use serde::{Deserialize, Serialize};

use crate::items::Items;
use crate::suite::{Suite, TaskSpec};

/// How the rows of one task's items are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInput {
    /// The task's name.
    pub name: String,
    /// The scorer that plots and the first column of tables show.
    pub primary_score: String,
    /// Every scorer of the task, in the suite's order.
    pub scorers: Vec<ScorerSpec>,
    /// What completions are written in: a name of the board of languages.
    #[serde(default)]
    pub language: Option<String>,
    /// The classes that labels are taken from.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What became of completions before they were scored: a name of the board of post-processes.
    #[serde(default = "as_it_is")]
    pub post_process: String,
    /// Texts at the first of which completions were cut before that.
    #[serde(default)]
    pub stop: Vec<String>,
}

fn as_it_is() -> String {
    "none".to_owned()
}

/// How the rows of every task are scored.
pub fn task_inputs(suite: &Suite, items: &Items) -> Vec<TaskInput> {
    let input = |(index, task): (usize, &TaskSpec)| TaskInput {
        name: task.name.clone(),
        primary_score: task.primary_score.clone(),
        scorers: task.scorers.clone(),
        language: task.language.map(|language| language.name().to_owned()),
        classes: items.of(index, 0).classes.clone(),
        post_process: task.post_process.clone(),
        stop: task.stop.clone(),
    };
    suite.tasks.iter().enumerate().map(input).collect()
}
