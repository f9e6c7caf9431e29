//! Where a key of a checked suite is written: told when something else than the suite shows that its value is wrong.

use toml::de::DeTable;

use super::check::Cursor;
use super::checked::Suite;
use super::error::{Place, SuiteError};
use super::load::{Laid, sources};
use super::overlay::{name_of, spread};
use super::sweep;

/// A key of a task or a variant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'k> {
    /// `task` or `variant`.
    pub(crate) table: &'static str,
    /// The name of the task or the variant.
    pub(crate) name: &'k str,
    /// The way from there, an array's elements by their places.
    pub(crate) way: &'k [Step<'k>],
}

/// One step into a table or an array.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'k> {
    /// Into a table.
    Key(&'k str),
    /// Into an array.
    Element(usize),
}

impl Suite {
    /// The suite says something wrong under this key: exit code 2.
    pub(crate) fn wrong(
        &self,
        key: &Key<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> SuiteError {
        SuiteError::invalid(message).help(help).at(self.place(key))
    }

    /// What a key names is not here, or not fit: exit code 3.
    pub(crate) fn unfit(
        &self,
        key: &Key<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> SuiteError {
        SuiteError::missing(message).help(help).at(self.place(key))
    }

    /// Where a key is written; the file where it stands in none, as what a stored baseline brings.
    fn place(&self, key: &Key<'_>) -> Place {
        self.find(key).unwrap_or_else(|| Place::File(self.file.display().to_string()))
    }

    fn find(&self, key: &Key<'_>) -> Option<Place> {
        let sources = sources(&self.file, &self.text, &self.sets).ok()?;
        let mut root = Laid::new(&sources, self.profile.as_deref()).ok()?.root;
        sweep::expand(&mut root, &sources).ok()?;
        spread(&mut root);
        let index = index_of(&root, key)?;
        let mut at = Cursor::root(&sources, &root, key.table).named(index, key.name);
        for step in key.way {
            at = match step {
                Step::Key(key) => at.key(key),
                Step::Element(index) => at.element(*index),
            };
        }
        Some(at.here())
    }
}

/// The place of a named table in its array.
fn index_of(root: &DeTable<'_>, key: &Key<'_>) -> Option<usize> {
    let tables = root.get(key.table)?.get_ref().as_array()?;
    tables.iter().position(|table| name_of(table, "name") == Some(key.name))
}
