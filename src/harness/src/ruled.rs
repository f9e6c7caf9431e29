//! Tables in the house style: one line below the heads, none elsewhere.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// Every terminal has so many columns.
pub const WIDTH: usize = 80;

/// One line below the heads.
pub const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A plain table with these heads, no wider than a terminal.
pub fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH as u16);
    table.force_no_tty().set_header(heads);
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table
}
