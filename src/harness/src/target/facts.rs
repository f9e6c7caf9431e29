//! What conditions of targets are held against: the machine, and the variants' models.

use std::collections::BTreeMap;

/// What a run says of its machine and models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Names of processor and GPUs.
    pub hardware: Vec<String>,
    /// Paths and names of the models, by variant.
    pub models: BTreeMap<String, String>,
    /// The profile of the suite.
    pub profile: Option<String>,
}
