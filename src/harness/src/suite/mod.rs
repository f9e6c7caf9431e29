//! Suites: from the text of a TOML file to a checked [`Suite`].

mod canonical;
mod check;
mod checked;
mod content;
mod error;
pub mod file;
mod file_gate;
mod forms;
mod itself;
mod load;
mod overlay;
mod place;
mod resources;
mod schema;
mod set;
mod shape;
mod source;
mod stored;
mod sweep;
#[cfg(test)]
mod tests;
mod unfit;
mod written;

pub use canonical::suite_sha256;
pub(crate) use check::bounds as parameter_bounds;
pub(crate) use check::fewest_blocks;
pub use checked::{
    Account, Analysis, ControlRule, EngineSpec, ItemsPerBlock, RunSpec, Suite, TaskSpec, Variant,
};
pub(crate) use content::{data_sha256, model_files};
pub use error::SuiteError;
pub(crate) use error::unknown_name;
pub(crate) use load::load_text;
pub use load::{load, load_resolved};
pub(crate) use place::{Key, Step};
pub use resources::check_resources;
pub use schema::json_schema;
pub use stored::variant_name;
