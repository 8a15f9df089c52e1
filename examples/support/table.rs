//! Tables on the terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Prints rows below a header. A column of numbers is aligned to the right.
pub fn print_table<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) {
    let rows: Vec<[String; COLUMNS]> = rows.into_iter().collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for (number, column) in table.column_iter_mut().enumerate() {
        if rows.iter().filter_map(|row| row.get(number)).all(|cell| is_number(cell)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.add_rows(rows);
    println!("{table}\n");
}

/// `12`, `-0.5` and `3.4 ms` are numbers; a date is not.
fn is_number(cell: &str) -> bool {
    let number = cell.split(' ').next().unwrap_or_default();
    number.parse::<f64>().is_ok()
}
