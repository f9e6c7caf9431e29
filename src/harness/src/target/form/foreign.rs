//! The texts of verdicts on targets that came from outside.

use crate::foreign::{Foreign, change};
use crate::target::TargetReport;

impl Foreign for TargetReport {
    fn change_texts(&mut self, how: &dyn Fn(&str) -> String) {
        let Self { suite, profile, hardware, energy, found, .. } = self;
        change([suite, hardware, energy].into_iter().chain(profile), how);
        for found in found {
            let names =
                [&mut found.target, &mut found.task, &mut found.claim, &mut found.unit, &mut found.source];
            change(
                names.into_iter().chain(&mut found.variant).chain(&mut found.seen).chain(&mut found.why),
                how,
            );
        }
    }
}
