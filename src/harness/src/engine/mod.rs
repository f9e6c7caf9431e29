//! The engine process: started, asked, ended.

mod failure;
mod identity;
mod process;
mod requests;

pub use failure::{CellFailure, Scope};
pub use identity::{EngineIdentity, EngineUse, note};
pub use process::{Engine, program, program_trouble, sha256_of};
pub use requests::{collect, load, load_request, prepare, warm_up};
