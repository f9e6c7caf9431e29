//! The programs under test: where they are, and that the engine is fresh.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The program `harness`.
pub(crate) const HARNESS: &str = env!("CARGO_BIN_EXE_harness");

/// `harness`, which keeps what outlives a run in a folder of these tests, never in the user's own.
pub(crate) fn program() -> Command {
    let mut command = Command::new(HARNESS);
    command.env("HARNESS_STATE", state());
    command
}

/// What outlives a run lies here while these tests run.
pub(crate) fn state() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state-{}", std::process::id()))
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A program that some tests cannot do without; says so where it is absent.
pub(crate) fn present(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: `{program}` absent");
    }
    found
}

/// `harness-engine`, which lies beside `harness` where [`engine_is_there`].
pub(crate) fn engine() -> PathBuf {
    Path::new(HARNESS).with_file_name("harness-engine")
}

/// Whether `harness-engine` lies beside `harness`, built first where it is absent or older than its source.
pub(crate) fn engine_is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let engine = engine();
        let built = changed(&engine);
        let source = ["engine", "protocol", "checkpoint", "text"]
            .map(|name| format!("src/{name}/src"))
            .map(|folder| newest(&root().join(folder)));
        if built.is_some() && source.iter().all(|source| *source <= built) {
            return true;
        }
        build(&engine)
    })
}

/// Cargo holds no lock while tests run, so it can be called from one.
fn build(engine: &Path) -> bool {
    let profile = engine.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let target: Option<PathBuf> = engine.ancestors().nth(2).map(Path::to_owned);
    let (Some(profile), Some(target)) = (profile, target) else { return false };
    let profile = if profile == "debug" { "dev" } else { profile };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "harness-engine", "--profile", profile, "--target-dir"]);
    let built = cargo.arg(target).current_dir(root()).status().is_ok_and(|status| status.success());
    if !built {
        eprintln!("skipped: `harness-engine` cannot be built here, probably for want of libtorch");
    }
    built
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries.map(|path| if path.is_dir() { newest(&path) } else { changed(&path) }).max().flatten()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
