//! Removes baselines, and contents that none holds any more.

use std::fs;

use super::Shelf;
use super::keep::sweep;
use crate::stop::Stop;

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Contents that no baseline held any more.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Removes the baselines of these names, what interrupted additions left, and contents that no baseline holds.
///
/// # Errors
/// A name is unknown, or something cannot be removed; then the others stay too where their names come later.
pub fn prune(shelf: &Shelf, names: &[String]) -> Result<Pruned, Stop> {
    let known = shelf.names()?;
    for name in names {
        if !known.contains(name) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(Stop::usage(crate::suite::unknown_name("baseline", name, &known).to_string()));
        }
    }
    let removed = || -> std::io::Result<Pruned> {
        for name in names {
            fs::remove_dir_all(shelf.place(name))?;
        }
        shelf.clear_unfinished()?;
        let (objects, bytes) = sweep(&shelf.objects())?;
        Ok(Pruned { objects, bytes })
    };
    removed().map_err(|error| {
        Stop::missing(format!("cannot remove it: {error}\nhelp: make the folder writable, then try again"))
    })
}
