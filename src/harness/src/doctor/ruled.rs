//! Tables and widths in the house style.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// Every terminal has so many columns.
pub const WIDTH: usize = 80;

const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table in the house style.
pub fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH as u16);
    table.force_no_tty().set_header(heads);
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table
}
