//! Edges between the variables of a source.

use super::python_set::in_set_order;

/// How a value comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Relation {
    ComesFrom,
    ComputedFrom,
}

/// A token, and what its value comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub token: u32,
    pub relation: Relation,
    /// Where the names of its origins are in `Flow::names`: first, and behind the last.
    pub(super) origins: (u32, u32),
}

impl Edge {
    /// The origins, a name maybe several times.
    pub(super) fn names(self, names: &[u32]) -> &[u32] {
        &names[self.origins.0 as usize..self.origins.1 as usize]
    }
}

/// Where several edges end in one token, their origins, as a chain of Python's sets lists them.
pub(super) fn merge(edges: &[Edge], names: &[u32], hashes: &[u64]) -> Vec<u32> {
    let mut merged = edges[0].names(names).to_vec();
    for edge in &edges[1..] {
        merged.extend(edge.names(names));
        merged = in_set_order(&merged, hashes);
    }
    merged
}
