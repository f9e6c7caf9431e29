//! Which engines a run had: what each says of itself, how it is started, and the SHA-256 of its program.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::hash;
use crate::redact::{private, without_credentials, without_home};

/// Which engine answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineIdentity {
    /// As in its `hello`.
    pub name: String,
    /// As in its `hello`.
    pub version: String,
    /// Spoken by both sides.
    pub protocol: u32,
    /// The program and its arguments, without what names the user; null: `harness-engine`.
    pub command: Option<Vec<String>>,
    /// SHA-256 of the program's file, which is the interpreter where a script is run. Null: the file cannot be read.
    pub sha256: Option<String>,
}

/// An engine with the variants that it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineUse {
    /// Which engine.
    #[serde(flatten)]
    pub identity: EngineIdentity,
    /// Names, in the order of their first cells; none in runs of version 1.
    #[serde(default)]
    pub variants: Vec<String>,
}

/// Notes that this engine ran a cell of the variant.
pub fn note(engines: &mut Vec<EngineUse>, identity: EngineIdentity, variant: &str) {
    match engines.iter_mut().find(|known| known.identity == identity) {
        Some(known) if known.variants.iter().any(|name| name == variant) => {}
        Some(known) => known.variants.push(variant.to_owned()),
        None => engines.push(EngineUse { identity, variants: vec![variant.to_owned()] }),
    }
}

/// A command line as it may be stored.
pub(super) fn redacted(command: &[String]) -> Vec<String> {
    let word = |word: &String| match word.contains("://") {
        true => without_credentials(&without_home(word)),
        false => private(Path::new(word)),
    };
    command.iter().map(word).collect()
}

/// SHA-256 of the file that a program's name stands for; None: there is none that can be read. Each file is read once
/// by this process, so that later cells do not wait for it.
pub(super) fn program_sha256(program: &OsStr) -> Option<String> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Option<String>>> = Mutex::new(BTreeMap::new());
    let file = find(program, std::env::var_os("PATH").as_deref())?;
    let mut known = KNOWN.lock().ok()?;
    known.entry(file).or_insert_with_key(|file| hash::file(file).ok()).clone()
}

/// Whether the system finds a program to start under this name.
pub(super) fn can_start(program: &OsStr) -> bool {
    find(program, std::env::var_os("PATH").as_deref()).is_some_and(|file| is_program(&file))
}

/// The file that the system would start: a name without `/` is looked for in the folders of `search`.
fn find(program: &OsStr, search: Option<&OsStr>) -> Option<PathBuf> {
    let program = Path::new(program);
    if program.components().count() > 1 {
        return Some(program.to_owned());
    }
    std::env::split_paths(search?).map(|folder| folder.join(program)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str) -> EngineIdentity {
        let name = name.to_owned();
        EngineIdentity { name, version: "1".to_owned(), protocol: 1, command: None, sha256: None }
    }

    #[test]
    fn engines_are_noted_once_with_every_variant_that_they_ran() {
        let mut engines = Vec::new();
        for (engine, variant) in [("a", "full"), ("b", "other"), ("a", "int8"), ("a", "full")] {
            note(&mut engines, identity(engine), variant);
        }
        let said: Vec<_> =
            engines.iter().map(|engine| (engine.identity.name.as_str(), engine.variants.join(" "))).collect();
        assert_eq!(said, [("a", "full int8".to_owned()), ("b", "other".to_owned())]);
        let json = serde_json::to_value(&engines[1]).unwrap();
        assert_eq!((&json["name"], &json["variants"][0]), (&"b".into(), &"other".into()));
        assert_eq!(serde_json::from_value::<EngineUse>(json).unwrap(), engines[1]);
    }

    #[test]
    fn a_programs_file_is_found_as_the_system_finds_it() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let file = |folder: usize, mode: u32| {
            let file = folders[folder].path().join("engine");
            std::fs::write(&file, "x").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            file
        };
        let (plain, program) = (file(0, 0o644), file(1, 0o755));
        let search = std::env::join_paths(folders.iter().map(tempfile::TempDir::path)).unwrap();
        assert_eq!(find(OsStr::new("engine"), Some(&search)), Some(program));
        assert_eq!(find(OsStr::new("no-engine"), Some(&search)), None);
        assert_eq!(find(plain.as_os_str(), Some(&search)), Some(plain.clone()));
        assert_eq!(program_sha256(plain.as_os_str()), Some(hash::text("x")));
        assert_eq!(program_sha256(OsStr::new("/no/engine")), None);
        for (program, starts) in
            [("sh", true), ("/bin/sh", true), ("/no/engine", false), ("no-engine", false)]
        {
            assert_eq!(can_start(OsStr::new(program)), starts, "{program}");
        }
        assert!(!can_start(plain.as_os_str()));
    }

    #[test]
    fn a_stored_command_does_not_name_the_user() {
        let words =
            ["python3", "suites/../engine.py", "--url", "https://me:secret@host/x"].map(str::to_owned);
        assert_eq!(redacted(&words), ["python3", "engine.py", "--url", "https://…@host/x"]);
    }
}
