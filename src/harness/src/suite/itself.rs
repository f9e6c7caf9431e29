//! A suite that compares its baseline with itself: what differs then is the machine's doing.

use std::path::Path;

use super::canonical;
use super::checked::Suite;
use super::error::SuiteError;

impl Suite {
    /// The baseline twice, under its own name and as `NAME-again`, with so many blocks; nothing else runs. Limits that
    /// named variants hold for both.
    ///
    /// # Errors
    /// The suite cannot be stored.
    pub fn against_itself(&self, blocks: u16) -> Result<Self, SuiteError> {
        let mut suite = self.clone();
        suite.name += "-aa";
        suite.run.blocks = blocks;
        suite.variants.retain(|variant| variant.name == self.baseline);
        let mut again = suite.variants.clone();
        again.iter_mut().for_each(|variant| variant.name += "-again");
        suite.variants.append(&mut again);
        suite.gates.iter_mut().for_each(|gate| gate.variants.clear());
        let stored = |error: &dyn std::fmt::Display| {
            SuiteError::invalid(format!("the suite cannot be stored: {error}"))
                .help("rename files and folders whose names are not UTF-8")
        };
        let file = std::path::absolute(&self.file).map_err(|error| stored(&error))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        suite.resolved = canonical::resolved(&suite, folder).map_err(|error| stored(&error))?;
        Ok(suite)
    }
}
