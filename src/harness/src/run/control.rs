//! Measures the control workload as a window is measured.

use std::time::Duration;

use harness_meter::{Class, Place, Seconds};

use super::cell::{Bench, WINDOWS, between};
use crate::control::Worker;
use crate::record::{Phase, WindowRecord};
use crate::suite::ControlRule;
use crate::windows::Stretch;
use crate::{interrupt, progress};

/// A shorter idle phase is that of a trial, not of a measurement.
const LEAST_IDLE: Duration = Duration::from_secs(1);

/// Why there is no control workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoControl {
    /// In a sentence without full stop.
    pub(super) why: String,
    /// Whether the run can do without: its joules are made up, or a GPU's alone.
    pub(super) excused: bool,
}

impl Bench<'_> {
    /// Runs the control workload where the suite asks for it; its rows, those of times that others disturbed first.
    ///
    /// # Errors
    /// Why it did not run.
    pub(super) fn control(&self) -> Result<Vec<WindowRecord>, NoControl> {
        self.wants_control()?;
        let failed =
            |why: String| NoControl { why: format!("the control workload failed: {why}"), excused: false };
        let mut all = Vec::new();
        for tries in 1..=WINDOWS {
            let mut worker = Worker::start(self.suite.threads()).map_err(failed)?;
            self.sampler.attach(Some(worker.process()));
            self.sampler.read_now();
            let before = self.look(worker.process());
            let worked = worker.work();
            let after = self.look(worker.process());
            let rows = worked.map(|(start_ns, end_ns)| {
                let stretch = Stretch {
                    cell: None,
                    session: self.session,
                    phase: Phase::Control,
                    start_ns,
                    end_ns,
                    conditions: between(before, after, Seconds::between(start_ns, end_ns)),
                };
                let rows = self.rows(&stretch, None);
                (self.was_disturbed(&stretch, &rows), rows)
            });
            self.sampler.attach(None);
            let (disturbed, rows) = rows.map_err(failed)?;
            all.extend(rows);
            if !disturbed || tries == WINDOWS || interrupt::requested() {
                break;
            }
            progress::say("the control workload was disturbed by others and runs again");
        }
        Ok(all)
    }

    fn wants_control(&self) -> Result<(), NoControl> {
        let domains = self.sampler.domains();
        let counted = || self.counted.iter().filter_map(|index| domains.get(usize::from(*index)));
        let rule = self.suite.run.control;
        let without = |why: &str, excused| Err(NoControl { why: why.to_owned(), excused });
        if counted().all(|domain| matches!(domain.place, Place::Gpu(_))) {
            return without(
                "the control workload runs on the processor, and the joules are a GPU's alone",
                true,
            );
        }
        match rule {
            ControlRule::Always => Ok(()),
            ControlRule::Never | ControlRule::Auto
                if counted().all(|domain| domain.class == Class::Simulated) =>
            {
                without("simulated joules say nothing of the machine, so no control workload ran", true)
            }
            ControlRule::Never => {
                without("no control workload ran: the suite says `control = \"never\"` in `[run]`", false)
            }
            ControlRule::Auto if self.suite.run.idle < LEAST_IDLE => without(
                "no control workload ran, since `run.idle` is shorter than 1 s: write `control = \"always\"` in `[run]`",
                false,
            ),
            ControlRule::Auto => Ok(()),
        }
    }
}
