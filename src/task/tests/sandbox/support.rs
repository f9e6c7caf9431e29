//! What all tests of the sandbox share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness_task::sandbox::{Init, Job, Limits, Outcome, Sandbox, Strength};
use harness_task::{Language, Program};

/// The init, with kernel calls that it is to find refused.
pub fn init(refused: &[&str]) -> Init {
    Init {
        program: PathBuf::from(env!("CARGO_BIN_EXE_harness-sandbox-init")),
        arguments: refused.iter().map(|call| format!("refuse-{call}")).collect(),
    }
}

/// The strict sandbox; None, with a word, where this machine has none, or no Python.
pub fn strict(limits: Limits) -> Option<Sandbox> {
    let sandbox = Sandbox::new(Strength::Strict, limits, init(&[]))
        .and_then(|sandbox| sandbox.check(Language::Python).map(|()| sandbox));
    sandbox.inspect_err(|error| println!("skipped: {error}")).ok()
}

pub fn program(language: Language, before: &str, after: &str, seconds: u64) -> Program {
    Program {
        language,
        before: before.to_owned(),
        after: after.to_owned(),
        limit: Duration::from_secs(seconds),
    }
}

/// One Python program that must reach the end of `source`.
pub fn python(sandbox: &Sandbox, source: &str) -> Outcome {
    let program = program(Language::Python, "", "", 5);
    sandbox.judge(&[Job { program: &program, completion: source }], &|| false).remove(0)
}

/// A file of the shared data; None, with a word, where it is absent.
pub fn shared(name: &str) -> Option<String> {
    let folder = std::env::var_os("HARNESS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = folder.join("data").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: `{}` is absent", path.display());
    }
    text
}

/// A name that every process of a test's programs carries, at most 15 bytes.
pub struct Marker(String);

impl Marker {
    pub fn new() -> Self {
        Self(format!("hs-{:08x}", rand::random::<u32>()))
    }

    /// A program under this name.
    pub fn mark(&self, source: &str) -> String {
        format!("import ctypes\nctypes.CDLL(None).prctl(15, b'{}')\n{source}", self.0)
    }

    /// How many processes of the machine carry the name.
    pub fn count(&self) -> usize {
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        entries
            .filter(|entry| {
                std::fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim() == self.0)
            })
            .count()
    }
}

/// This test's own executable, to run one of its ignored tests in a process of its own.
pub fn role(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}
