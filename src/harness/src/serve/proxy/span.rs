//! The time of one proxied request on the session's account.

use harness_meter::now_ns;

use super::super::book::Pen;
use super::super::energy::Energy;

/// The time of one request on the session's account; dropped, it ends.
pub struct Span {
    pen: Pen,
    id: u64,
    open: bool,
}

impl Span {
    /// It begins now.
    pub fn begin(pen: Pen, id: u64) -> Self {
        pen.begin(id, now_ns());
        Self { pen, id, open: true }
    }

    /// The answer is whole: what it cost.
    pub async fn end(&mut self) -> Energy {
        self.open = false;
        let energy = self.pen.end(self.id, now_ns());
        energy.await.unwrap_or_else(|_| Energy::none("the meters were closed"))
    }

    /// Notes the tokens of a whole answer.
    pub fn tokens(&self, (tokens_in, tokens_out): (u64, u64)) {
        let mut totals = self.pen.totals();
        totals.tokens_in += tokens_in;
        totals.tokens_out += tokens_out;
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.open {
            drop(self.pen.end(self.id, now_ns()));
        }
    }
}
