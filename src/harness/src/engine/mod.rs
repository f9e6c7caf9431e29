//! The engine process: started, asked, ended.

mod identity;
mod process;
mod requests;

pub use identity::{EngineIdentity, EngineUse, note};
pub use process::{CellFailure, Engine, program, sha256_of};
pub use requests::{collect, load, load_request, prepare, warm_up};
