//! What a meter is, and its line on the board.

use crate::conditions::Conditions;
use crate::domain::Domain;
use crate::fault::MeterFault;
use crate::finding::Finding;
use crate::sample::Sample;
use crate::settings::Settings;

/// Something that reads energy counters or power.
pub trait Meter: Send {
    /// Its name in [`METERS`](crate::METERS).
    fn name(&self) -> &'static str;

    /// What it reads; the list changes only by [`leave_out`](Self::leave_out).
    fn domains(&self) -> &[Domain];

    /// Names the process whose tree is measured from now on; None: the machine is idle. Meters of whole
    /// devices have nothing to do. Counters stay monotone across the change.
    fn attach(&mut self, process: Option<u32>);

    /// Appends at most one sample per domain to `out`; `Sample::domain` is the index into `domains()`. A
    /// domain that must not be read again so soon, such as a power field, is left out. A recording hands out
    /// all that it holds since the last reading, so that none of its faults is passed over.
    ///
    /// # Errors
    /// None of the domains could be read. A meter that fails for some domains only appends failed
    /// samples for those instead.
    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault>;

    /// Leaves the domains at these indices out for good, since they were seen dead: they are read no more and
    /// missing from `domains()`, and a second view takes the place and name of a first one that is left out.
    /// Only domains of hardware are.
    fn leave_out(&mut self, dead: &[u16]) {
        let _ = dead;
    }

    /// Appends what else is known of its devices now, with the index of each domain that it holds for.
    fn conditions(&mut self, out: &mut Vec<(u16, Conditions)>) {
        let _ = out;
    }
}

/// Meters of one run.
pub(crate) type Meters = Vec<Box<dyn Meter>>;

/// What the joules of a meter rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Sensors of this machine.
    Hardware,
    /// Declared watts and something that was measured, such as CPU time.
    Model,
    /// Nothing of this run: a script or a recording.
    MadeUp,
}

/// One meter on the board.
#[derive(Debug, Clone, Copy)]
pub struct MeterEntry {
    /// The name used in suites.
    pub name: &'static str,
    /// What its joules rest on.
    pub origin: Origin,
    /// What it reads, in one sentence.
    pub summary: &'static str,
    /// Looks at this machine: its ways of reading, what each found, and what would mend it. At least one;
    /// the meter can be opened where any is found.
    pub look: fn(&Settings) -> Vec<Finding>,
    /// Opens it.
    pub open: fn(&Settings) -> Result<Box<dyn Meter>, MeterFault>,
}
