//! From the rows of the answer to the value.

use tokio_postgres::SimpleQueryRow;

use crate::fill::{Shape, ShapeGap};

/// The first column of a row tells which question it answers.
pub(super) fn shape(rows: &[SimpleQueryRow]) -> Shape {
    let mut shape = Shape::default();
    let (mut hidden, mut secured, mut unknown, mut partial) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        if let Some(version) = value(row, "server") {
            shape.server_version = version.split(' ').next().unwrap_or_default().to_owned();
            continue;
        }
        let name = (text(row, "table"), text(row, "name"));
        let table = shape.tables.entry(name.0.clone()).or_default().entry(name.1.clone()).or_default();
        if let Some(column) = value(row, "column") {
            if let Ok(known) = serde_json::from_str(&text(row, "shape")) {
                table.columns.insert(column.to_owned(), known);
            }
            continue;
        }
        table.rows = value(row, "rows").and_then(|rows| rows.parse().ok());
        let gaps = [
            ("hidden", &mut hidden),
            ("secured", &mut secured),
            ("unknown", &mut unknown),
            ("partial", &mut partial),
        ];
        for (gap, tables) in gaps {
            if value(row, gap) == Some("t") {
                tables.push(name.clone());
            }
        }
    }
    let gaps = [
        ShapeGap::NeverAnalyzed { tables: unknown },
        ShapeGap::OnlyPartitions { tables: partial },
        ShapeGap::Hidden { tables: hidden },
        ShapeGap::RowSecurity { tables: secured },
    ];
    shape.gaps = gaps.into_iter().filter(|gap| !gap.tables().is_empty()).collect();
    shape
}

/// Sets what the workers of Citus have counted. The coordinator takes its own part of such a table for an empty one.
pub(super) fn count_on_citus(shape: &mut Shape, rows: &[SimpleQueryRow]) {
    let mut tables = Vec::new();
    for row in rows {
        let name = (text(row, "relation"), text(row, "name"));
        let Some(table) = shape.tables.get_mut(&name.0).and_then(|tables| tables.get_mut(&name.1)) else {
            continue;
        };
        table.rows = value(row, "rows").and_then(|rows| rows.parse().ok());
        table.columns.clear();
        tables.push(name);
    }
    if !tables.is_empty() {
        shape.gaps.push(ShapeGap::OnCitus { tables });
    }
}

fn text(row: &SimpleQueryRow, column: &str) -> String {
    value(row, column).unwrap_or_default().to_owned()
}

fn value<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok().flatten()
}
