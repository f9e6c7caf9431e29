//! Questions to tables that need few of their rows or columns: the rest is never decoded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use polars::prelude::{DataFrame, DataType, Expr, LazyFrame, PolarsResult, col, lit};

use super::TableError;
use super::field::Field;
use super::file::{Source, Table, checked, completed};

/// The rows of files in which columns hold these texts.
///
/// # Errors
/// As [`read`](super::read).
pub fn filtered<R: Table>(files: &[PathBuf], wanted: &[(&str, &str)]) -> Result<Vec<R>, TableError> {
    let mut rows = Vec::new();
    for file in files {
        let source = Source::<R>::open(file)?;
        let (frame, columns) = (source.lazy()?, source.columns()?);
        let matches = wanted.iter().map(|(name, text)| col(*name).eq(lit(*text)));
        let frame = matches.fold(frame, LazyFrame::filter);
        let columns: Vec<Expr> = columns.iter().map(|name| col(name.as_str())).collect();
        rows.extend(source.ask(|| checked(&completed::<R>(frame.select(columns).collect()?)?))?);
    }
    Ok(rows)
}

/// Sums of the product of two columns, by the numbers of a third.
///
/// # Errors
/// As [`read`](super::read).
pub fn sums<R: Table>(
    files: &[PathBuf],
    by: &str,
    [a, b]: [&str; 2],
) -> Result<BTreeMap<u32, f64>, TableError> {
    let number = |name: &str| col(name).cast(DataType::Float64).fill_null(lit(0.0));
    let grouped =
        |frame: LazyFrame| frame.group_by([col(by)]).agg([(number(a) * number(b)).sum().alias(a)]).collect();
    let read = |frame: &DataFrame| Ok((u32::read(by, frame)?, f64::read(a, frame)?));
    let mut sums = BTreeMap::new();
    for (keys, values) in answers::<R, _>(files, grouped, read)? {
        for (key, value) in keys.into_iter().zip(values) {
            *sums.entry(key).or_insert(0.0) += value;
        }
    }
    Ok(sums)
}

/// Which columns hold anything, by the texts of another.
///
/// # Errors
/// As [`read`](super::read).
pub fn present<R: Table>(
    files: &[PathBuf],
    by: &str,
    columns: &[&str],
) -> Result<BTreeMap<String, Vec<bool>>, TableError> {
    let there: Vec<Expr> =
        columns.iter().map(|name| col(*name).is_not_null().any(true).alias(*name)).collect();
    let grouped = |frame: LazyFrame| frame.group_by([col(by)]).agg(there.clone()).collect();
    let read = |frame: &DataFrame| {
        let there = columns.iter().map(|name| bool::read(name, frame)).collect::<PolarsResult<Vec<_>>>()?;
        Ok((String::read(by, frame)?, there))
    };
    let mut all: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (keys, there) in answers::<R, _>(files, grouped, read)? {
        for (row, key) in keys.into_iter().enumerate() {
            let known = all.entry(key).or_insert_with(|| vec![false; columns.len()]);
            known.iter_mut().zip(&there).for_each(|(known, there)| *known |= there[row]);
        }
    }
    Ok(all)
}

/// One answer a file.
fn answers<R: Table, T>(
    files: &[PathBuf],
    ask: impl Fn(LazyFrame) -> PolarsResult<DataFrame>,
    read: impl Fn(&DataFrame) -> PolarsResult<T>,
) -> Result<Vec<T>, TableError> {
    let answer = |file: &PathBuf| {
        let source = Source::<R>::open(file)?;
        let frame = source.lazy()?;
        source.ask(|| read(&ask(frame)?))
    };
    files.iter().map(answer).collect()
}
