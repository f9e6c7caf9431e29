//! Checks `[analysis]` and `[account]`.

use super::cursor::Cursor;
use super::quantity::{non_negative, percent, share};
use super::words;
use crate::metric::METRICS;
use crate::suite::checked::{Account, Analysis};
use crate::suite::error::SuiteError;
use crate::suite::file::{AccountFile, AnalysisFile};

/// Fewest blocks of any suite: with fewer, an interval says nothing about its own width.
const FEWEST_BLOCKS: u16 = 6;

pub(super) fn analysis(file: &AnalysisFile, at: &Cursor<'_>) -> Result<Analysis, SuiteError> {
    const FAMILIES: &[&str] = &["variants x tasks"];
    words::look_up(&file.metric, METRICS, |metric| metric.name, "metric", &at.key("metric"))?;
    words::look_up(&file.family, FAMILIES, |name| name, "family", &at.key("family"))?;
    Ok(Analysis {
        metric: file.metric.clone(),
        alpha: share(file.alpha, &at.key("alpha"))?,
        practical: practical(&file.practical, &at.key("practical"))?,
        family: file.family.clone(),
    })
}

/// A change by which an amount would vanish is the largest that there is.
fn practical(given: &str, at: &Cursor<'_>) -> Result<f64, SuiteError> {
    let share = percent(given, at)?;
    if share < 1.0 {
        return Ok(share);
    }
    Err(at
        .error(format!("{} is `{given}`", at.address()))
        .expected("a percentage below 100 %")
        .help("write for example `\"3%\"`"))
}

pub(super) fn account(file: &AccountFile, at: &Cursor<'_>) -> Result<Account, SuiteError> {
    Ok(Account { grid_g_per_kwh: non_negative(file.grid_g_per_kwh, &at.key("grid-g-per-kwh"))? })
}

/// Fewest blocks that a suite with so many comparisons may have.
pub(crate) fn fewest_blocks(comparisons: usize, alpha: f64) -> u16 {
    let needed = (1.0 + (comparisons.max(1) as f64 / alpha).log2()).ceil();
    (needed as u16).max(FEWEST_BLOCKS)
}

/// More cells than this take weeks, and a plan of many more would fill the memory.
const MOST_CELLS: usize = 1_000_000;

/// Refuses a plan that is a slip.
pub(super) fn check_cells(
    blocks: u16,
    variants: usize,
    tasks: usize,
    at: &Cursor<'_>,
) -> Result<(), SuiteError> {
    let cells = variants.saturating_mul(tasks).saturating_mul(usize::from(blocks));
    if cells <= MOST_CELLS {
        return Ok(());
    }
    Err(at
        .error(format!("{variants} variants on {tasks} tasks in {blocks} blocks are {cells} cells"))
        .expected(format!("at most {MOST_CELLS}"))
        .help("write fewer blocks in `[run]`, or sweep fewer values"))
}

/// A sign-flip test over n blocks cannot give a p below 2 / 2^n: with fewer blocks than this, no
/// difference could pass the correction for so many comparisons.
pub(super) fn check_blocks(
    blocks: u16,
    comparisons: usize,
    alpha: f64,
    at: &Cursor<'_>,
) -> Result<(), SuiteError> {
    let comparisons = comparisons.max(1);
    let needed = fewest_blocks(comparisons, alpha);
    if blocks >= needed {
        return Ok(());
    }
    let word = if comparisons == 1 { "comparison" } else { "comparisons" };
    Err(at
        .error(format!("{blocks} blocks are too few for {comparisons} {word} at alpha {alpha}"))
        .expected(format!("at least {needed}: with fewer no difference could become significant"))
        .help(format!("write `blocks = {needed}` in `[run]`, or compare fewer variants")))
}
