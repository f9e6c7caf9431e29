//! The texts of a comparison that came from outside.

use crate::compare::CompareReport;
use crate::foreign::{Foreign, change};

impl Foreign for CompareReport {
    fn change_texts(&mut self, how: &dyn Fn(&str) -> String) {
        let Self { suite, baseline, before, after, energy, labels, notes, rows, .. } = self;
        change([suite, energy].into_iter().chain(baseline).chain(labels).chain(notes), how);
        change(before.iter_mut().chain(after).map(|side| &mut side.run), how);
        for row in rows {
            let names = [&mut row.task, &mut row.variant, &mut row.against, &mut row.quantity, &mut row.unit];
            change(names.into_iter().chain(&mut row.baseline).chain(&mut row.why), how);
        }
    }
}
