//! What a service bears before it sends clients away.

use std::time::Duration;

/// What the service bears.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests that wait for an answer, or that a proxy has under way.
    pub queue: usize,
    /// Connections.
    pub connections: usize,
    /// Longest body, bytes.
    pub body: usize,
    /// How long a body may take.
    pub body_time: Duration,
    /// How long a whole request may take, waiting included.
    pub whole_time: Duration,
}
