//! What a pass through a block works with besides the state.

use tch::Kind;

use super::cache::LayerCache;
use super::rotation::Rotation;

/// A pass through a block.
pub struct Run<'a> {
    /// The model's rotations.
    pub rotations: &'a [Rotation],
    /// Keys and values so far, to be added to; None: whole sequences that begin at position 0.
    pub cache: Option<&'a mut LayerCache>,
    /// Number formats of products.
    pub products: Products,
}

/// Number formats in which matrix products are computed; whatever goes in and comes out keeps its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Products {
    /// Format of the projections, the head included.
    pub linear: Kind,
    /// Format of attention.
    pub attention: Kind,
}

impl Products {
    /// Nothing is rounded.
    pub const F32: Self = Self::all(Kind::Float);

    /// Every product in one format.
    pub const fn all(kind: Kind) -> Self {
        Self { linear: kind, attention: kind }
    }
}
