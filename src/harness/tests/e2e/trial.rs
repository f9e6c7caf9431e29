//! A small suite in a folder of its own, changed by tests in one place and run by the real program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::programs::{program, root};
use crate::run_folder::RunFolder;

/// Six blocks of two variants: the fewest cells that a suite may have.
const GOOD: &str = r#"schema = 1
name = "trial"
seed = 7
meters = ["sim"]
baseline = "full"

[run]
blocks = 6
items-per-block = "all"
min-window = "150ms"
settle = "0s"
idle = "50ms"
load-timeout = "60s"
cell-timeout = "60s"

[engine]
threads = 1

[model]
builtin = "tiny-random"

[meter.sim]
watts = 10

[[task]]
name = "java"
kind = "code-completion"
path = "DATA"
limit = 3
context = [0.3]
new-tokens = 5
scorers = ["edit-similarity"]

[[variant]]
name = "full"

[[variant]]
name = "twin"

[profile.brief]
[profile.brief.run]
blocks = 7
"#;

/// What a program left on the terminal.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn from(output: &Output) -> Self {
        Self {
            // A signal's death is no exit code; none of the tables here expects -1.
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

/// Runs `harness` with these arguments in the root of the repository.
pub(crate) fn harness(arguments: &[&str]) -> Said {
    Said::from(&program().args(arguments).current_dir(root()).output().unwrap())
}

/// A suite in a temporary folder, with room beside it for data, models and run folders.
pub(crate) struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    pub(crate) fn good() -> Self {
        Self::with(&[])
    }

    /// The good suite with each `from` replaced by its `to`.
    pub(crate) fn with(changes: &[(&str, &str)]) -> Self {
        let data = root().join("datasets/java_mini.jsonl");
        let mut text = GOOD.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "the good suite has no `{from}`");
            text = text.replacen(from, to, 1);
        }
        let trial = Self { folder: tempfile::tempdir().unwrap() };
        trial.write("s.toml", text.replace("DATA", data.to_str().unwrap()).as_bytes());
        trial
    }

    /// The suite with this engine in place of the project's own.
    pub(crate) fn with_echo_engine(changes: &[(&str, &str)], argument: &str) -> Self {
        let trial = Self::with(changes);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/engines/echo.py");
        let folder = trial.path("");
        let words = ["python3", script.to_str().unwrap(), folder.to_str().unwrap(), argument];
        let text = fs::read_to_string(trial.path("s.toml")).unwrap();
        let command = format!("[engine]\ncommand = {words:?}");
        trial.write("s.toml", text.replacen("[engine]", &command, 1).as_bytes());
        trial
    }

    /// A path beside the suite.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file beside the suite.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// `harness run` of the suite, its run folders going to `runs`; other runs on the machine don't count.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(["run", "s.toml", "--no-exclusive", "--out", "runs"]).args(arguments);
        command.current_dir(self.folder.path()).env("HARNESS_STATE", self.path("state"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::from(&self.command(arguments).output().unwrap())
    }

    /// `harness plan` of the suite.
    pub(crate) fn plan(&self) -> Said {
        let mut command = program();
        command.args(["plan", "s.toml"]).current_dir(self.folder.path());
        Said::from(&command.output().unwrap())
    }

    /// The only run folder of this trial.
    pub(crate) fn run_folder(&self) -> RunFolder {
        RunFolder::only_one_in(&self.path("runs"))
    }

    /// That no run folder was begun.
    pub(crate) fn assert_nothing_written(&self) {
        let runs = fs::read_dir(self.path("runs"));
        assert_eq!(runs.map_or(0, Iterator::count), 0, "something was written");
    }
}
