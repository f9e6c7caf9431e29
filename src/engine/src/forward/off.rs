//! Nothing is kept: each token runs the whole sequence again, as all headline results of GREEN-CODE did. The policy
//! is asked from the first token on.

use super::chunk::{embed, last};
use super::head::HeadScope;
use super::{Forward, Pass, Step};
use crate::exit::Item;
use crate::model::Model;

/// The tokens so far.
#[derive(Debug)]
pub struct Off {
    scope: HeadScope,
    ids: Vec<u32>,
}

impl Off {
    /// With a head over so many positions.
    pub fn new(scope: HeadScope) -> Self {
        Self { scope, ids: Vec::new() }
    }
}

impl Forward for Off {
    fn reserve(&mut self, _model: &Model, _positions: i64) {}

    fn begin(&mut self, _item: &Item) {
        self.ids.clear();
    }

    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step {
        let (model, products, scope) = (pass.model, pass.products, self.scope);
        self.ids.extend(ids);
        let mut hidden = embed(model, &self.ids, 0);
        let layers = model.layers();
        for index in 0..layers {
            hidden = model.block(index, &hidden, None, products);
            if index + 1 == layers {
                break;
            }
            let head = || scope.logits(model, &hidden, products);
            if let Some(logits) = pass.left(index + 1, &last(&hidden), &head) {
                return Step { logits, blocks: index + 1 };
            }
        }
        Step { logits: scope.logits(model, &hidden, products), blocks: layers }
    }
}
