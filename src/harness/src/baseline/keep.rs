//! Keeps files by what they hold: one object for each content, linked into the folder of every baseline that has it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::names::KeptFile;
use crate::hash;

/// Keeps files for one baseline.
pub(super) struct Keeper<'a> {
    objects: PathBuf,
    into: &'a Path,
    /// What was kept so far.
    pub(super) files: Vec<KeptFile>,
}

impl<'a> Keeper<'a> {
    /// Objects lie in `objects`, the baseline is the folder `into`.
    pub(super) fn new(objects: PathBuf, into: &'a Path) -> Self {
        Self { objects, into, files: Vec::new() }
    }

    /// Keeps a file as `name`, from the baseline's folder; the path that it has there. Two files with one name and
    /// different contents are refused.
    pub(super) fn keep(&mut self, file: &Path, name: &str) -> io::Result<PathBuf> {
        let sha256 = hash::file(file)?;
        let link = self.into.join(name);
        match self.files.iter().find(|kept| kept.path == name) {
            Some(kept) if kept.sha256 == sha256 => return Ok(link),
            Some(_) => return Err(io::Error::other(format!("two different files would be `{name}`"))),
            None => {}
        }
        let object = self.objects.join(&sha256);
        if !object.is_file() || hash::file(&object)? != sha256 {
            fs::create_dir_all(&self.objects)?;
            let new = self.objects.join(format!(".new-{}-{sha256}", std::process::id()));
            let copied = fs::copy(file, &new).and_then(|_| File::open(&new)?.sync_all());
            copied.and_then(|()| fs::rename(&new, &object)).inspect_err(|_| drop(fs::remove_file(&new)))?;
        }
        if let Some(folder) = link.parent() {
            fs::create_dir_all(folder)?;
        }
        // A file system without links gets copies.
        fs::hard_link(&object, &link).or_else(|_| fs::copy(&object, &link).map(drop))?;
        self.files.push(KeptFile { path: name.to_owned(), sha256 });
        Ok(link)
    }
}

/// Removes objects that no baseline links to; how many there were, and their bytes.
pub(super) fn sweep(objects: &Path) -> io::Result<(usize, u64)> {
    let mut removed = (0, 0);
    let entries = match fs::read_dir(objects) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(removed),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_file() && about.nlink() == 1 {
            fs::remove_file(entry.path())?;
            removed = (removed.0 + 1, removed.1 + about.len());
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_content_is_kept_once_and_goes_with_its_last_baseline() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("engine"), "program").unwrap();
        for baseline in ["a", "b"] {
            let into = at(baseline);
            let mut keeper = Keeper::new(at("objects"), &into);
            let kept = keeper.keep(&at("engine"), "bin/engine").unwrap();
            assert_eq!(fs::read_to_string(kept).unwrap(), "program");
            // The same again is no second file.
            keeper.keep(&at("engine"), "bin/engine").unwrap();
            assert_eq!(keeper.files.len(), 1);
        }
        assert_eq!(fs::read_dir(at("objects")).unwrap().count(), 1);
        fs::remove_dir_all(at("a")).unwrap();
        assert_eq!(sweep(&at("objects")).unwrap(), (0, 0));
        fs::remove_dir_all(at("b")).unwrap();
        assert_eq!(sweep(&at("objects")).unwrap(), (1, 7));
        assert_eq!(sweep(&at("nothing")).unwrap(), (0, 0));
    }

    #[test]
    fn a_damaged_object_is_written_again_and_two_contents_are_not_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("x"), "1").unwrap();
        fs::write(at("y"), "2").unwrap();
        fs::create_dir(at("objects")).unwrap();
        fs::write(at("objects").join(hash::text("1")), "damaged").unwrap();
        let into = at("a");
        let mut keeper = Keeper::new(at("objects"), &into);
        assert_eq!(fs::read_to_string(keeper.keep(&at("x"), "f").unwrap()).unwrap(), "1");
        assert!(keeper.keep(&at("y"), "f").unwrap_err().to_string().contains("two different files"));
        assert!(keeper.keep(&at("z"), "g").is_err());
    }
}
