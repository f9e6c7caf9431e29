//! Cells that need no try: a reason that holds for several cells is found once, and said once.

use std::collections::BTreeMap;

use crate::engine::Scope;
use crate::plan::PlannedCell;
use crate::suite::Suite;

/// Reasons of cells that will not be tried, by variant and, where another task may go better, task.
#[derive(Debug, Default)]
pub(super) struct Settled(BTreeMap<(usize, Option<usize>), String>);

impl Settled {
    /// Takes a failed cell in; what to tell the user of the `left` cells that follow it.
    pub(super) fn note(
        &mut self,
        suite: &Suite,
        failed: &PlannedCell,
        (scope, reason): (Scope, &str),
        left: &[&PlannedCell],
    ) -> Option<String> {
        let task = match scope {
            Scope::Cell => return None,
            Scope::Task => Some(failed.task),
            Scope::Variant => None,
        };
        self.0.insert((failed.variant, task), reason.to_owned());
        let same = |cell: &&&PlannedCell| {
            cell.variant == failed.variant && task.is_none_or(|task| task == cell.task)
        };
        let others = left.iter().filter(same).count();
        let variant = &suite.variants[failed.variant].name;
        if self.all(suite) {
            return Some("note: no variant can run, so the run ends here".to_owned());
        }
        (others > 0)
            .then(|| format!("note: every cell of variant `{variant}` would fail so: {others} are not tried"))
    }

    /// Why a cell is not tried; None: it is.
    pub(super) fn reason(&self, cell: &PlannedCell) -> Option<&str> {
        let found =
            self.0.get(&(cell.variant, None)).or_else(|| self.0.get(&(cell.variant, Some(cell.task))));
        found.map(String::as_str)
    }

    /// Whether no cell of the suite needs a try.
    pub(super) fn all(&self, suite: &Suite) -> bool {
        let cell = |variant, task| PlannedCell { cell: 0, block: 0, position: 0, task, variant };
        let tasks = |variant| (0..suite.tasks.len()).map(move |task| cell(variant, task));
        (0..suite.variants.len()).flat_map(tasks).all(|cell| self.reason(&cell).is_some())
    }
}
