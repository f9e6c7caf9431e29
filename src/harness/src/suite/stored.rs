//! Suites and stored baselines: a suite of one variant that is kept, and a suite that a kept variant joins.

use std::path::Path;

use serde_json::Value as Json;

use super::canonical::resolved;
use super::check::{check_variant_name, fewest_blocks};
use super::checked::{Suite, Variant};
use super::error::SuiteError;

impl Suite {
    /// This suite, resolved for `folder`, with this variant in place of all others and as the baseline, without gates.
    ///
    /// # Errors
    /// A path is not UTF-8.
    pub fn only(&self, variant: Variant, folder: &Path) -> serde_json::Result<Json> {
        let baseline = variant.name.clone();
        resolved(&Self { variants: vec![variant], baseline, gates: Vec::new(), ..self.clone() }, folder)
    }

    /// Adds a stored variant as what all others are compared with.
    ///
    /// # Errors
    /// Another variant has its name, it computes on another device, or the blocks are too few for one comparison more.
    pub fn join(&mut self, stored: Variant) -> Result<(), SuiteError> {
        let name = stored.name.clone();
        if self.variants.iter().any(|variant| variant.name == name) {
            return Err(SuiteError::invalid(format!(
                "the suite has a variant `{name}`, as the baseline is called"
            ))
            .help(format!("rename the variant, or store the baseline under another name than `{name}`")));
        }
        if stored.engine.device != self.device() {
            return Err(SuiteError::invalid(format!(
                "the baseline `{name}` computes on `{}`, and the suite on `{}`",
                stored.engine.device,
                self.device()
            ))
            .help("store a baseline from a run on this device"));
        }
        let comparisons = self.variants.len() * self.tasks.len();
        let needed = fewest_blocks(comparisons, self.analysis.alpha);
        if self.run.blocks < needed {
            return Err(SuiteError::invalid(format!(
                "{} blocks are too few for {comparisons} comparisons, those with the baseline `{name}`",
                self.run.blocks
            ))
            .expected(format!("at least {needed}: with fewer no difference could become significant"))
            .help(format!("give `--set run.blocks={needed}`")));
        }
        self.variants.insert(0, stored);
        self.baseline = name;
        let folder = std::path::absolute(&self.file).ok();
        let folder = folder.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        self.resolved = resolved(self, folder).map_err(|error| {
            SuiteError::invalid(format!("the suite cannot be stored: {error}"))
                .help("rename files and folders whose names are not UTF-8")
        })?;
        Ok(())
    }
}

/// Whether a baseline may be called so: as variants are.
///
/// # Errors
/// It may not.
pub fn variant_name(given: &str) -> Result<(), SuiteError> {
    // Names of folders too: no `.` and no `..`.
    check_variant_name(given).and_then(|()| match given.chars().any(|c| c.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(SuiteError::invalid(format!("bad name `{given}`")).help("write for example `main`")),
    })
}
