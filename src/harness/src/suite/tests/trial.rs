//! A good suite that tests change in one place.

use std::path::Path;

use crate::suite::{Suite, SuiteError, load, load_resolved};

pub(super) const GOOD: &str = r#"schema = 1
name = "trial"
seed = 7
meters = ["sim"]
baseline = "full"

[run]
blocks = 8
min-window = "60ms"

[model]
builtin = "tiny-random"

[[task]]
name = "java"
kind = "code-completion"
path = "data.jsonl"
context = [0.3]

[[variant]]
name = "full"

[[variant]]
name = "int8"
compress = [{ quantize = "int8-weight" }]

[[variant]]
name = "exit-{threshold}"
exit = { policy = "max-probability", threshold = "{threshold}" }
sweep = { threshold = [0.6, 0.80] }

[profile.paper]
meters = ["estimate"]
[profile.paper.run]
idle = "1m"
[[profile.paper.task]]
name = "java"
limit = 3
"#;

/// A folder with one suite in it.
pub(super) struct Trial {
    pub(super) folder: tempfile::TempDir,
}

impl Trial {
    /// The good suite with the first `from` replaced.
    pub(super) fn with(from: &str, to: &str) -> Self {
        assert!(GOOD.contains(from), "{from}");
        Self::of(GOOD.replacen(from, to, 1))
    }

    pub(super) fn good() -> Self {
        Self::of(GOOD)
    }

    pub(super) fn of(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.toml"), text).unwrap();
        Self { folder }
    }

    pub(super) fn load(&self, profile: Option<&str>, sets: &[&str]) -> Result<Suite, SuiteError> {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        load(&self.folder.path().join("s.toml"), profile, &sets)
    }

    /// What a person reads, with the folder's name taken out.
    pub(super) fn shown(&self, error: &SuiteError) -> String {
        let folder = format!("{}/", self.folder.path().display());
        format!("error: {}", error.to_string().replace(&folder, ""))
    }
}

/// What the suite's resolved form means, said to be read where the suite was.
pub(super) fn again(suite: &Suite, folder: &Path) -> Suite {
    let again = load_resolved(&suite.resolved, folder).unwrap_or_else(|error| panic!("error: {error}"));
    let (text, file) = (suite.text.clone(), suite.file.clone());
    Suite { text, file, profile: suite.profile.clone(), sets: suite.sets.clone(), ..again }
}

/// For each change to the good suite: what a person then reads, and that it ends with what to do.
pub(super) fn assert_refused(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let trial = Trial::with(from, to);
        let error = trial.load(None, &[]).unwrap_err();
        assert_eq!(trial.shown(&error), *expected, "after `{from}` became `{to}`");
        assert!(expected.lines().last().unwrap().starts_with("help: "), "{expected}");
        let code = if expected.contains("does not fetch") { 3 } else { 2 };
        assert_eq!(error.exit_code(), code, "{expected}");
    }
}
