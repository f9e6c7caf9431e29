//! A run in one file that anyone can check: its tables, manifest and pages, with an index of their hashes.
//!
//! A bundle is a plain tar archive whose every byte follows from the index and the files, so that a single changed
//! byte is found.

mod index;
mod pack;
mod signature;
mod unpack;

pub use index::{INDEX, Index, leads_inside};
pub use pack::pack;
pub use signature::{Signed, Trust, check as check_signature};
pub use unpack::{Unpacked, unpack};
