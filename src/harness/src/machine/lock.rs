//! One machine, one run: a lock that other runs on this machine see.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fs4::TryLockError;
use harness_text::plain;
use harness_text::printable::Shown;

use crate::stop::Stop;

/// Everyone may lock it; nobody ever reads or writes it.
const EVERYONE: u32 = 0o666;

/// So often the file is looked for: another run may make it, or remove it, at the same time.
const TRIES: u32 = 20;

/// Time for the run that has made the file to let everyone open it.
const MOMENT: Duration = Duration::from_millis(10);

/// Held while a run measures; the kernel releases it with the process, however it ends.
#[derive(Debug)]
pub struct MachineLock(#[expect(dead_code, reason = "open means locked")] File);

/// Takes the lock, or says that another run has it.
///
/// # Errors
/// Another run has it, or the file cannot be opened or is not a file of its own.
pub fn acquire() -> Result<MachineLock> {
    acquire_at(&path())
}

fn acquire_at(path: &Path) -> Result<MachineLock> {
    let file = open(path).map_err(|error| {
        let path = path.display();
        // What is no file of its own is told in words that begin with a verb.
        let why = match error.kind() {
            io::ErrorKind::Other => format!("the lock `{path}` {error}"),
            _ => format!("cannot open the lock `{path}`: {error}"),
        };
        Stop::missing(format!(
            "{why}\nhelp: have it removed or made readable, or pass `--no-exclusive` and see yourself that no other run measures"
        ))
    })?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(MachineLock(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another run is measuring on this machine\nhelp: wait for it, or pass `--no-exclusive` and accept that the two disturb each other"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock `{}`", path.shown()))
        }
    }
}

/// Opens the file, whoever made it, or makes it for everyone. The folder may be writable for everyone: what lies there
/// may be another user's trap, so it is never followed, written or given other rights.
fn open(path: &Path) -> io::Result<File> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for _ in 0..TRIES {
        // Without asking to make it: some systems refuse that for a file of another user.
        let known = match plain::open(path, File::options().read(true)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
            known => known,
        };
        match known {
            Ok(file) => return Ok(file),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists | io::ErrorKind::PermissionDenied => {
                    last = error;
                }
                _ => return Err(error),
            },
        }
        thread::sleep(MOMENT);
    }
    Err(last)
}

/// Makes the file. The umask takes rights from it; only here, where it is new and ours, are they given back.
fn make(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = plain::open(path, options.write(true).create_new(true).mode(EVERYONE))?;
    file.set_permissions(Permissions::from_mode(EVERYONE))?;
    Ok(file)
}

fn path() -> PathBuf {
    let shared = PathBuf::from("/run/lock");
    let folder = if shared.is_dir() { shared } else { std::env::temp_dir() };
    folder.join("harness-run.lock")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn one_run_has_the_lock_and_its_file_is_for_everyone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("harness-run.lock");
        let held = acquire_at(&path).unwrap();
        assert_eq!(mode(&path), EVERYONE);
        let refused = acquire_at(&path).unwrap_err().to_string();
        assert!(refused.starts_with("another run is measuring"), "{refused}");
        drop(held);
        acquire_at(&path).unwrap();
    }

    #[test]
    fn the_file_of_another_user_is_locked_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("harness-run.lock");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        acquire_at(&path).unwrap();
        assert_eq!(mode(&path), 0o444);
    }

    #[test]
    fn a_trap_in_the_place_of_the_file_is_refused_at_once_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("secret"), "").unwrap();
        fs::set_permissions(at("secret"), Permissions::from_mode(0o600)).unwrap();
        symlink(at("secret"), at("link")).unwrap();
        symlink(at("nothing"), at("dangling")).unwrap();
        fs::hard_link(at("secret"), at("hard")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for (name, what) in [
            ("link", "is a symbolic link"),
            ("dangling", "is a symbolic link"),
            ("hard", "has another name too"),
            ("folder", "is a folder"),
            ("pipe", "is a pipe"),
        ] {
            let error = acquire_at(&at(name)).unwrap_err();
            let told = error.to_string();
            assert!(told.contains(what) && told.contains("\nhelp: ") && told.contains(name), "{told}");
            assert_eq!(crate::stop::exit_code(&error), crate::stop::MISSING);
        }
        assert_eq!(mode(&at("secret")), 0o600);
        assert!(!at("nothing").exists());
    }

    #[test]
    fn runs_that_begin_together_agree_on_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("harness-run.lock");
        let held: Vec<_> = thread::scope(|scope| {
            let begun: Vec<_> = (0..8).map(|_| scope.spawn(|| acquire_at(&path).ok())).collect();
            begun.into_iter().filter_map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 1);
    }
}
