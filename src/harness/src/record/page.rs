//! The page for people that lists every column.

use super::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use crate::table::{ColumnInfo, Table, columns};

/// One table of the run folder.
#[derive(Debug, Clone)]
pub struct TableInfo {
    /// The file's name without `.parquet`.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// In the order in which they are stored.
    pub columns: Vec<ColumnInfo>,
}

/// Every table of a run folder.
pub fn tables() -> [TableInfo; 4] {
    fn table<R: Table>() -> TableInfo {
        TableInfo { name: R::NAME, row: R::ROW, columns: columns::<R>() }
    }
    [table::<CellRecord>(), table::<WindowRecord>(), table::<ItemRecord>(), table::<SampleRecord>()]
}

/// The page, as Markdown.
pub fn documentation() -> String {
    let mut page = String::from(
        "# Columns of the run folder's tables\n\n\
         Made from the records in `src/harness/src/record`; a test keeps it true. Files are Parquet with the \
         metadata `harness.schema = 2`; tables of version 1 are read as well. Times are nanoseconds of \
         CLOCK_MONOTONIC. What is missing is null with a reason, never 0.\n",
    );
    for table in tables() {
        page += &format!("\n## {}\n\nA row is {}.\n\n", table.name, table.row);
        page += "| column | type | unit | null? | meaning |\n|---|---|---|---|---|\n";
        for column in table.columns {
            let null = if column.nullable { "yes" } else { "" };
            page += &format!(
                "| `{}` | {} | {} | {null} | {} |\n",
                column.name, column.dtype, column.unit, column.meaning
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_reports_is_made_from_the_records() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/COLUMNS.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, documentation()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == documentation(), "out of date: run this test once with UPDATE_DOCS=1");
    }
}
