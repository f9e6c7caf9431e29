//! Model folders: what is read of them, and damaged ones, which are refused by name or run as they are.
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod changes;
mod damaged;
mod fuzz;
mod kinds;
mod nonsense;
mod random;
