//! `harness schema`: prints the JSON Schema of suites, for editors.

use super::print;
use crate::suite::json_schema;

/// Arguments of `harness schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {}

/// Prints the schema; always exit code 0.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(_: &SchemaArgs) -> anyhow::Result<u8> {
    print(&format!("{:#}\n", json_schema()))?;
    Ok(0)
}
