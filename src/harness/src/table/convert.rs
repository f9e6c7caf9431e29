//! Published Parquet files as JSON lines, the form that task sets are read in.

use std::io::Write;
use std::path::Path;

use harness_text::regular;
use polars::io::SerReader;
use polars::io::parquet::read::ParquetReader;
use polars::prelude::{AnyValue, DataFrame, PolarsResult};
use serde_json::{Map, Value as Json};

use super::guard::guarded;
use super::{TableError, write_atomically};

/// Writes every row of a Parquet file as one JSON object a line, and returns how many there are.
///
/// # Errors
/// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it is no Parquet file or holds values
/// other than text, numbers, truth values and lists of them, [`TableError::Write`].
pub fn parquet_to_json_lines(from: &Path, to: &Path) -> Result<usize, TableError> {
    let damaged = |reason: String| TableError::Damaged { path: from.to_path_buf(), reason };
    let file = regular::open(from)
        .map_err(|error| TableError::Read { path: from.to_path_buf(), reason: error.to_string() })?;
    let frame = guarded(from, || ParquetReader::new(file).finish())?;
    let mut text = Vec::new();
    for index in 0..frame.height() {
        let row = row(&frame, index).map_err(|error| damaged(error.to_string()))?;
        serde_json::to_writer(&mut text, &row.ok_or_else(|| damaged(unfit(&frame)))?)
            .map_err(|error| damaged(error.to_string()))?;
        text.push(b'\n');
    }
    write_atomically(to, |file| file.write_all(&text))
        .map_err(|error| TableError::Write { path: to.to_path_buf(), reason: error.to_string() })?;
    Ok(frame.height())
}

fn row(frame: &DataFrame, index: usize) -> PolarsResult<Option<Map<String, Json>>> {
    let mut row = Map::new();
    for column in frame.columns() {
        let Some(value) = json(&column.get(index)?) else { return Ok(None) };
        row.insert(column.name().to_string(), value);
    }
    Ok(Some(row))
}

fn json(value: &AnyValue<'_>) -> Option<Json> {
    Some(match value {
        AnyValue::Null => Json::Null,
        AnyValue::Boolean(value) => Json::from(*value),
        AnyValue::String(text) => Json::from(*text),
        AnyValue::StringOwned(text) => Json::from(text.as_str()),
        AnyValue::UInt8(value) => Json::from(*value),
        AnyValue::UInt16(value) => Json::from(*value),
        AnyValue::UInt32(value) => Json::from(*value),
        AnyValue::UInt64(value) => Json::from(*value),
        AnyValue::Int8(value) => Json::from(*value),
        AnyValue::Int16(value) => Json::from(*value),
        AnyValue::Int32(value) => Json::from(*value),
        AnyValue::Int64(value) => Json::from(*value),
        AnyValue::Float32(value) => Json::from(*value),
        AnyValue::Float64(value) => Json::from(*value),
        AnyValue::List(values) => {
            let values: Option<Vec<Json>> = values.iter().map(|value| json(&value)).collect();
            Json::Array(values?)
        }
        _ => return None,
    })
}

fn unfit(frame: &DataFrame) -> String {
    let columns = frame.columns().iter().map(|column| format!("`{}` {}", column.name(), column.dtype()));
    format!("no task set: its columns are {}", columns.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::example;
    use crate::table::write;

    #[test]
    fn every_row_becomes_a_line_with_texts_numbers_lists_and_nulls() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.parquet"), folder.path().join("a.jsonl"));
        let items = example().items;
        write(&from, &items).unwrap();
        assert_eq!(parquet_to_json_lines(&from, &to).unwrap(), items.len());
        let text = std::fs::read_to_string(&to).unwrap();
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), items.len());
        for (line, item) in lines.iter().zip(&items) {
            assert_eq!((&line["task"], &line["item"]), (&Json::from("java"), &Json::from(item.item)));
            assert_eq!(line["exit_layers"], Json::from(item.exit_layers.clone()));
            assert_eq!(line["verdict"], Json::Null);
        }
    }

    #[test]
    fn what_is_no_parquet_file_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let convert = || parquet_to_json_lines(&path, &folder.path().join("a.jsonl")).unwrap_err();
        assert!(matches!(convert(), TableError::Read { .. }));
        std::fs::write(&path, "PAR1 but not really PAR1").unwrap();
        assert!(matches!(convert(), TableError::Damaged { .. }));
    }
}
