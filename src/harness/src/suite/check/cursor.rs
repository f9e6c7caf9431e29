//! A way through a suite's tree that knows what each place is called and where it is written.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::suite::error::{Place, SuiteError};
use crate::suite::source::Sources;

/// One place in the tree. A key that is not written has the place of the table it belongs to.
#[derive(Clone)]
pub(crate) struct Cursor<'t> {
    sources: &'t Sources<'t>,
    node: Option<&'t DeValue<'t>>,
    span: Range<usize>,
    /// As in `--set`: `variant.int8.model.dtype`.
    address: String,
}

impl<'t> Cursor<'t> {
    /// The top-level key `key`.
    pub(crate) fn root(sources: &'t Sources<'t>, root: &'t DeTable<'t>, key: &str) -> Self {
        let at = root.get(key);
        Self {
            sources,
            node: at.map(Spanned::get_ref),
            span: at.map_or(sources.whole_file(), Spanned::span),
            address: key.to_owned(),
        }
    }

    /// The value under `key` of this table.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.child(self.node.and_then(|node| node.get(key)), &format!(".{key}"))
    }

    /// The `index`-th element of this array, known by its name.
    pub(crate) fn named(&self, index: usize, name: &str) -> Self {
        self.child(self.node.and_then(|node| node.get(index)), &format!(".{name}"))
    }

    /// The `index`-th element of this array.
    pub(crate) fn element(&self, index: usize) -> Self {
        self.child(self.node.and_then(|node| node.get(index)), &format!("[{index}]"))
    }

    fn child(&self, at: Option<&'t Spanned<DeValue<'t>>>, step: &str) -> Self {
        Self {
            sources: self.sources,
            node: at.map(Spanned::get_ref),
            span: at.map_or(self.span.clone(), Spanned::span),
            address: format!("{}{step}", self.address),
        }
    }

    /// The keys written in this table, or none.
    pub(crate) fn keys(&self) -> Vec<(&'t str, Range<usize>)> {
        match self.node {
            Some(DeValue::Table(table)) => {
                table.keys().map(|key| (key.get_ref().as_ref(), key.span())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// As in `--set`, in backticks.
    pub(crate) fn address(&self) -> String {
        format!("`{}`", self.address)
    }

    /// What a path written here starts from, absolute.
    pub(crate) fn folder(&self) -> &Path {
        self.sources.folder_of(&self.span)
    }

    /// This place as a person finds it.
    pub(crate) fn here(&self) -> Place {
        self.sources.place(&self.span)
    }

    /// Says what is wrong here.
    pub(crate) fn error(&self, message: impl Into<String>) -> SuiteError {
        SuiteError::invalid(message).at(self.here())
    }

    /// One of [`Cursor::keys`] as a person finds it.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        self.sources.place(span)
    }
}
