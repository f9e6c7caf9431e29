//! What every request of a proxy sees.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::Semaphore;

use super::super::book::Pen;
use super::super::limits::Limits;
use super::upstream::Upstream;

/// What every request sees.
pub struct Shared {
    /// The server behind.
    pub upstream: Upstream,
    /// The session's account.
    pub pen: Pen,
    /// What is borne.
    pub limits: Limits,
    /// The service's own key was checked, and must not be handed on.
    pub keyed: bool,
    /// Places for requests under way.
    pub room: Arc<Semaphore>,
    /// The next request's number.
    pub number: AtomicU64,
}
