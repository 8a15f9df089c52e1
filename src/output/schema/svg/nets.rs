//! The lines of the picture, those that share their way together.
//!
//! Each net is drawn with an edge in the colour of the ground around it: so lines that cross are seen to go over and
//! under each other, and none is taken for a corner of another.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::layout::Point;
use super::colours::LineColours;
use super::graph::number;
use super::lines;
use crate::catalog::schema::{Changes, DisplayName, ForeignKey, Part, Schema, Table};

pub(super) fn text(
    schema: &Schema,
    drawn: &[(&Table, &ForeignKey)],
    routes: &[Vec<Point>],
    colours: &LineColours<'_>,
    changes: &Changes,
) -> String {
    let mut nets: BTreeMap<(&DisplayName, &[String], bool), Vec<usize>> = BTreeMap::new();
    for (index, (_, key)) in drawn.iter().enumerate() {
        let net = (&key.references.table, key.references.columns.as_slice(), key.optional);
        nets.entry(net).or_default().push(index);
    }
    // Those with few lines go over those with many: they are shorter, and would be hidden.
    let mut nets: Vec<_> = nets.into_values().collect();
    nets.sort_by_key(|lines| Reverse(lines.len()));
    let mut svg = String::new();
    for net in nets {
        for &index in &net {
            let _ = writeln!(svg, "<path class=\"edge\" d=\"{}\"/>", lines::path(&routes[index]));
        }
        for index in net {
            let (table, key) = drawn[index];
            let mark = changes.of(&Part::ForeignKey(table.name.clone(), key.name.clone()));
            let colour = match (mark, colours.get(&key.references.table)) {
                (Some(mark), _) => format!(" line-{}", mark.word()),
                (None, Some(colour)) => format!(" c{colour}"),
                (None, None) => String::new(),
            };
            let ends = (number(schema, &key.references.table), number(schema, &table.name));
            svg.push_str(&lines::line(table, key, &routes[index], &colour, ends));
        }
    }
    svg
}
