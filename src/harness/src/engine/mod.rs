//! The engine process: started, asked, ended.

mod process;
mod requests;

pub use process::{CellFailure, Engine};
pub use requests::{collect, load, load_request, prepare, warm_up};
