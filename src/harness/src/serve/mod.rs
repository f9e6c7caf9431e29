//! A live service: answers as an OpenAI server gives them, each with the joules that it cost.
//!
//! `own` answers with a model of this machine, `proxy` stands before any other OpenAI server. Both put every
//! moment of the session on the account of an answer, of idling or of loading (`ledger`), so that the sums agree
//! with the meter's.

mod account;
mod address;
mod book;
mod desk;
mod door;
mod energy;
mod fault;
mod ledger;
mod limits;
mod measured;
mod metrics;
mod model;
mod own;
mod proxy;
mod queue;
mod reply;
mod session;
mod spoken;
mod tally;
mod totals;
mod wish;

pub use address::{Address, KEY_VARIABLE, key};
pub use book::{Book, Meters};
pub use desk::Seat;
pub use limits::Limits;
pub use model::{Defaults, Model};
pub use own::{Own, own};
pub use proxy::{Before, Upstream, before};
pub use session::listen;
