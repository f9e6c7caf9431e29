//! Whether a suite can run here, asked before anything is measured: `plan` and everything that runs say the same.

use anyhow::Result;

use crate::engine::program_trouble;
use crate::items::Items;
use crate::stop::Stop;
use crate::suite::{Key, Step, Suite, Variant, check_resources};

/// Looks for models, data, device and programs, and whether they fit what the suite asks of them. No weights are read,
/// and of data the first rows.
///
/// # Errors
/// All that is missing, or the first thing that does not fit, with its place: exit code 2 where the suite is wrong, 3
/// where something else is.
pub fn check(suite: &Suite) -> Result<()> {
    check_resources(suite)?;
    Items::check(suite)?;
    suite.variants.iter().try_for_each(|variant| program(suite, variant))
}

fn program(suite: &Suite, variant: &Variant) -> Result<()> {
    let Some(trouble) = program_trouble(&variant.engine) else { return Ok(()) };
    if variant.engine.is_own() {
        let help = "build it with `cargo build --release`, or move it beside `harness`";
        return Err(Stop::missing(format!("{trouble}\nhelp: {help}")).into());
    }
    let way = [Step::Key("engine"), Step::Key("command")];
    let key = Key { table: "variant", name: &variant.name, way: &way };
    Err(suite.unfit(&key, trouble, "correct the command, or install the program").into())
}
