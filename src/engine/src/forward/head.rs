//! How many positions the head computes at an exit.

use tch::Tensor;

use super::chunk::last;
use crate::model::Model;
use crate::part::Products;

/// A word of [`harness_protocol::HEAD_SCOPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadScope {
    /// The last position: what the next token needs.
    Last,
    /// Every position of the sequence.
    All,
    /// Every position, twice: as GREEN-CODE's code does.
    AllTwice,
}

impl HeadScope {
    /// The default.
    pub const LAST: &str = "last";

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Last, Self::All, Self::AllTwice].into_iter().find(|scope| scope.name() == name)
    }

    /// Its name on the board.
    pub fn name(self) -> &'static str {
        match self {
            Self::Last => Self::LAST,
            Self::All => "all",
            Self::AllTwice => "all-twice",
        }
    }

    /// Logits of the last of the states `[1, time, width]`: `[vocabulary]`.
    pub fn logits(self, model: &Model, hidden: &Tensor, products: Products) -> Tensor {
        if self == Self::Last {
            return model.head(&last(hidden), products).flatten(0, -1);
        }
        if self == Self::AllTwice {
            let _unused = model.head(hidden, products);
        }
        last(&model.head(hidden, products)).flatten(0, -1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_are_the_ones_that_suites_are_checked_against() {
        for name in harness_protocol::HEAD_SCOPES {
            assert_eq!(HeadScope::named(name).map(HeadScope::name), Some(*name));
        }
        assert_eq!(HeadScope::named("first"), None);
    }
}
