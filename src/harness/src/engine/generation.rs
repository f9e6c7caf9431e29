//! One generation of one item, as the engine reported it.

use harness_protocol::Reply;

/// One generation of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// The item.
    pub id: u32,
    /// Number of the pass, from 0.
    pub pass: u32,
    /// Work on the prompt began, ns.
    pub t0_ns: i64,
    /// First token, ns.
    pub first_ns: i64,
    /// Last token, ns.
    pub t1_ns: i64,
    /// Tokens generated.
    pub out: u32,
}

impl Generation {
    /// From the engine's line.
    pub fn from_reply(reply: &Reply) -> Option<Self> {
        let Reply::Item { id, pass, t0_ns, t1_ns, first_ns, out } = *reply else { return None };
        Some(Self { id, pass, t0_ns, first_ns, t1_ns, out })
    }

    /// From the start to the last token, s.
    pub fn seconds(&self) -> f64 {
        seconds(self.t1_ns - self.t0_ns)
    }

    /// Time to the first token, s; all of it where none came.
    pub fn prefill(&self) -> f64 {
        if self.out > 0 { seconds(self.first_ns - self.t0_ns) } else { self.seconds() }
    }

    /// From the first token to the last one, s.
    pub fn decode(&self) -> f64 {
        self.seconds() - self.prefill()
    }
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 * 1e-9
}
