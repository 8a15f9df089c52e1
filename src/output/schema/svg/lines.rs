//! Lines in crow's foot notation. At the end of each line stands how many rows it may lead to there: two bars for
//! exactly one, a ring and a bar for at most one, a ring and a crow's foot for any number.

use std::fmt::Write;

use super::super::layout::Point;
use super::super::{escaped, line as one_line};
use crate::catalog::schema::{Cardinality, ForeignKey, Table};

/// How round the corners of a line are.
const ROUND: i64 = 7;

/// What an end of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Exactly one row.
    One,
    /// One row or none.
    ZeroOrOne,
    /// Any number of rows.
    Many,
}

/// The line of a foreign key, from the table that it refers to. It bears the numbers of both tables.
pub(super) fn line(
    table: &Table,
    key: &ForeignKey,
    route: &[Point],
    colour: &str,
    (parent_number, child_number): (usize, usize),
) -> String {
    let parent = if key.optional { End::ZeroOrOne } else { End::One };
    let child = match key.cardinality {
        Cardinality::OneToOne => End::ZeroOrOne,
        Cardinality::OneToMany => End::Many,
    };
    let title = one_line(&format!("{}.{}: {}", table.name, key.name, key.definition));
    format!(
        "<g class=\"key\" data-parent=\"{parent_number}\" data-child=\"{child_number}\">\n<title>{}</title>\n{}</g>\n",
        escaped(&title),
        stroke(route, parent, child, colour)
    )
}

/// A line with what its ends say.
pub(super) fn stroke(route: &[Point], first: End, last: End, colour: &str) -> String {
    let class = &format!("line{colour}");
    let mut svg = format!("<path class=\"{class}\" d=\"{}\"/>\n", path(route));
    if let [from, towards, ..] = route {
        svg.push_str(&mark(*from, *towards, first, class));
    }
    if let [.., towards, from] = route {
        svg.push_str(&mark(*from, *towards, last, class));
    }
    svg
}

/// The way along the points, with round corners.
pub(super) fn path(route: &[Point]) -> String {
    let Some(first) = route.first() else { return String::new() };
    let mut path = format!("M{} {}", first.x, first.y);
    for corner in route.windows(3) {
        let [before, at, after] = corner else { continue };
        let round = ROUND.min(length(before, at) / 2).min(length(at, after) / 2);
        let (into, out) = (towards(at, before, round), towards(at, after, round));
        let _ = write!(path, "L{} {}Q{} {} {} {}", into.x, into.y, at.x, at.y, out.x, out.y);
    }
    if let Some(last) = route.last() {
        let _ = write!(path, "L{} {}", last.x, last.y);
    }
    path
}

/// Of a piece that is horizontal or vertical.
fn length(one: &Point, other: &Point) -> i64 {
    (one.x - other.x).abs() + (one.y - other.y).abs()
}

fn towards(from: &Point, to: &Point, far: i64) -> Point {
    Point { x: from.x + (to.x - from.x).signum() * far, y: from.y + (to.y - from.y).signum() * far }
}

/// What an end says, drawn where the line, which is horizontal there, meets the box.
fn mark(Point { x, y }: Point, towards: Point, end: End, class: &str) -> String {
    let away = if towards.x < x { -1 } else { 1 };
    let at = |distance: i64| x + away * distance;
    let bar = |distance| format!("M{} {}V{}", at(distance), y - 4, y + 4);
    let shape = match end {
        End::One => format!("{}{}", bar(8), bar(13)),
        End::ZeroOrOne => bar(8),
        End::Many => format!("M{x} {}L{} {y}L{x} {}", y - 6, at(12), y + 6),
    };
    let mut svg = format!("<path class=\"{class}\" d=\"{shape}\"/>\n");
    if end != End::One {
        let _ = writeln!(svg, "<circle class=\"{class} zero\" cx=\"{}\" cy=\"{y}\" r=\"4\"/>", at(16));
    }
    svg
}
