//! The parts of a graph that do not hang together, and a place for each.

use std::cmp::Reverse;

use super::{Anchor, Edge, Graph, PART_GAP, Point, Size};

/// Boxes that hang together, and the lines between them, by their indices in the whole graph.
pub(super) struct Component {
    pub nodes: Vec<usize>,
    pub edges: Vec<usize>,
}

impl Component {
    /// The part as a graph of its own, with indices of its own.
    pub(super) fn graph(&self, whole: &Graph) -> Graph {
        let own = |port: Anchor| Anchor {
            node: self.nodes.binary_search(&port.node).unwrap_or_default(),
            y: port.y,
        };
        let edge = |&index: &usize| {
            let edge = whole.edges[index];
            Edge { parent: own(edge.parent), child: own(edge.child), trunk: edge.trunk }
        };
        Graph {
            boxes: self.nodes.iter().map(|&node| whole.boxes[node]).collect(),
            groups: Vec::new(),
            edges: self.edges.iter().map(edge).collect(),
        }
    }
}

/// Cuts a graph into what hangs together.
pub(super) fn parts(graph: &Graph) -> Vec<Component> {
    let mut leaders: Vec<usize> = (0..graph.boxes.len()).collect();
    for edge in &graph.edges {
        let (one, other) = (leader(&mut leaders, edge.parent.node), leader(&mut leaders, edge.child.node));
        leaders[one.max(other)] = one.min(other);
    }
    let mut parts: Vec<Component> = Vec::new();
    let mut part_of = vec![0; graph.boxes.len()];
    for node in 0..graph.boxes.len() {
        let leader = leader(&mut leaders, node);
        if leader == node {
            part_of[node] = parts.len();
            parts.push(Component { nodes: Vec::new(), edges: Vec::new() });
        }
        part_of[node] = part_of[leader];
        parts[part_of[node]].nodes.push(node);
    }
    for (index, edge) in graph.edges.iter().enumerate() {
        parts[part_of[edge.parent.node]].edges.push(index);
    }
    parts
}

/// The first box of those that a box hangs together with, as far as is known.
fn leader(leaders: &mut [usize], mut node: usize) -> usize {
    while leaders[node] != node {
        leaders[node] = leaders[leaders[node]];
        node = leaders[node];
    }
    node
}

/// Places rectangles in rows, the tall ones first; what is less tall than its row is stacked there. Returns the size
/// of the whole and the top left corner of each.
pub(super) fn pack(sizes: &[Size]) -> (Size, Vec<Point>) {
    let area: i64 = sizes.iter().map(|size| (size.width + PART_GAP) * (size.height + PART_GAP)).sum();
    let widest = sizes.iter().map(|size| size.width).max().unwrap_or(0);
    // A picture that is half as wide again as it is high suits most screens.
    let limit = widest.max((area * 3 / 2).isqrt());

    let mut by_height: Vec<usize> = (0..sizes.len()).collect();
    by_height.sort_by_key(|&index| (Reverse(sizes[index].height), Reverse(sizes[index].width), index));
    let mut corners = vec![Point { x: 0, y: 0 }; sizes.len()];
    let mut whole = Size { width: 0, height: 0 };
    let mut row = PackedRow { top: 0, height: 0, column: 0, column_width: 0, filled: 0 };
    for index in by_height {
        corners[index] = row.place(sizes[index], limit);
        whole.width = whole.width.max(corners[index].x + sizes[index].width);
        whole.height = whole.height.max(corners[index].y + sizes[index].height);
    }
    (whole, corners)
}

/// A row that is being filled, column by column.
struct PackedRow {
    top: i64,
    height: i64,
    /// Where the column begins that is being filled.
    column: i64,
    column_width: i64,
    /// How much of the height of the column is taken.
    filled: i64,
}

impl PackedRow {
    fn place(&mut self, size: Size, limit: i64) -> Point {
        if self.filled > 0
            && self.filled + PART_GAP + size.height <= self.height
            && size.width <= self.column_width
        {
            let y = self.top + self.filled + PART_GAP;
            self.filled += PART_GAP + size.height;
            return Point { x: self.column, y };
        }
        let next = if self.filled > 0 { self.column + self.column_width + PART_GAP } else { self.column };
        if self.filled > 0 && next + size.width > limit {
            let top = self.top + self.height + PART_GAP;
            *self = PackedRow {
                top,
                height: size.height,
                column: 0,
                column_width: size.width,
                filled: size.height,
            };
        } else {
            self.height = self.height.max(size.height);
            (self.column, self.column_width, self.filled) = (next, size.width, size.height);
        }
        Point { x: self.column, y: self.top }
    }
}
