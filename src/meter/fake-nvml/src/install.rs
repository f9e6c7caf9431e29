//! Puts a copy of the library beside its scenario.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::scenario::Scenario;

/// The scenario's file name, in the folder of the library.
pub const SCENARIO: &str = "fake-nvml.toml";

/// The file that holds the time of scenarios with `clock = "file"`.
pub(crate) const CLOCK: &str = "fake-nvml.clock";

const BUILT: &str = "libfake_nvml.so";

/// Copies the library to `folder/libnvidia-ml.so.1`, without the functions that the scenario calls missing,
/// and writes the scenario beside it; the copy's path. Each copy that is loaded is an instance of its own.
///
/// # Panics
/// The scenario has a mistake, the library was not built, or `folder` cannot be written.
#[expect(clippy::unwrap_used, reason = "only tests call this, and a broken one should stop at once")]
pub fn install(folder: &Path, scenario: &str) -> PathBuf {
    let parsed: Scenario = toml::from_str(scenario).unwrap();
    let mut library = fs::read(built()).unwrap();
    for name in &parsed.missing {
        hide(&mut library, name);
    }
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(SCENARIO), scenario).unwrap();
    let path = folder.join("libnvidia-ml.so.1");
    replace(&path, &library);
    path
}

/// Sets the time of a scenario with `clock = "file"`, for the library at this path.
///
/// # Panics
/// The library's folder cannot be written.
pub fn set_time(library: &Path, seconds: f64) {
    replace(&library.with_file_name(CLOCK), seconds.to_string().as_bytes());
}

/// Readers, and programs that have a library loaded, keep the old file until they are done with it.
#[expect(clippy::unwrap_used, reason = "only tests call this, and a broken one should stop at once")]
fn replace(path: &Path, content: &[u8]) {
    let next = path.with_added_extension("next");
    fs::write(&next, content).unwrap();
    fs::rename(next, path).unwrap();
}

/// Cargo puts the libraries of dependencies beside a test's binary, and this crate's own one folder up.
fn built() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let folders =
        program.ancestors().skip(1).take(2).flat_map(|folder| [folder.to_owned(), folder.join("deps")]);
    let Some(path) = folders.map(|folder| folder.join(BUILT)).find(|path| path.is_file()) else {
        panic!("`{BUILT}` is not beside `{}`\nhelp: make `fake-nvml` a dev-dependency", program.display())
    };
    path
}

/// Takes a function away: the dynamic loader compares names, so a changed name is not found.
fn hide(library: &mut [u8], name: &str) {
    let entry: Vec<u8> = [b"\0", name.as_bytes(), b"\0"].concat();
    let mut hidden = 0;
    for start in 0..library.len().saturating_sub(entry.len()) {
        if library[start..].starts_with(&entry) {
            library[start + 1] = b'-';
            hidden += 1;
        }
    }
    assert!(hidden > 0, "the fake library has no `{name}` that could be missing");
}
