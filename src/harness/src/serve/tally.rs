//! Counts how requests ended.

use axum::response::{IntoResponse, Response};

use super::book::Pen;
use super::fault::Fault;
use super::totals::Outcome;

/// Counts a request once, however it ends: one that is dropped was abandoned.
pub struct Tally {
    pen: Pen,
    outcome: Outcome,
}

impl Tally {
    /// For one request.
    pub fn of(pen: Pen) -> Self {
        Self { pen, outcome: Outcome::Abandoned }
    }

    /// It ended so.
    pub fn end(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// It ended with an error.
    pub fn fail(mut self, fault: Fault) -> Response {
        self.end(fault.outcome());
        fault.into_response()
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.pen.totals().ended(self.outcome);
    }
}
