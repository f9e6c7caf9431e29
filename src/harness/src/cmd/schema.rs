//! `harness schema`: prints JSON Schemas, for editors and other programs.

use clap::ValueEnum;
use schemars::schema_for;

use super::print;
use crate::compare::CompareReport;
use crate::gate::GateReport;
use crate::progress::Event;
use crate::suite::json_schema;
use crate::target::TargetReport;

/// Arguments of `harness schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// What the schema is of.
    #[arg(long, value_enum, default_value_t = Of::Suite)]
    of: Of,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// Suite files.
    Suite,
    /// Reports of `harness gate --write json=FILE`.
    Gate,
    /// Lines of `harness run --json`.
    Events,
    /// Reports of `harness compare --write json=FILE`.
    Compare,
    /// Reports of `harness targets --write json=FILE`.
    Targets,
}

/// Prints the schema; always exit code 0.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &SchemaArgs) -> anyhow::Result<u8> {
    let schema = match args.of {
        Of::Suite => json_schema(),
        Of::Events => schema_for!(Event).to_value(),
        Of::Gate => schema_for!(GateReport).to_value(),
        Of::Targets => schema_for!(TargetReport).to_value(),
        Of::Compare => schema_for!(CompareReport).to_value(),
    };
    print(&format!("{schema:#}\n"))?;
    Ok(0)
}
