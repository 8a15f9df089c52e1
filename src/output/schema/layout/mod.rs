//! Where the boxes and lines of a picture go. Pure geometry: it knows boxes, rows and lines, and nothing of tables.
//!
//! Boxes stand in layers from left to right, as far as possible so that a line leaves its parent on the right and
//! comes to its child from the left. Lines run in the channels between the layers, and pass a layer between two of its
//! boxes: so no line ever crosses a box. Boxes that no line connects to the rest are laid out apart, and packed beside
//! each other. Where boxes belong to several groups, each group has a band of the picture for itself, from left to right.

mod channel;
mod heights;
mod layers;
mod nets;
mod order;
mod pack;
#[cfg(test)]
mod tests;

use nets::NetPlan;

/// How far apart two boxes of a layer are.
const BOX_GAP: i64 = 30;
/// How far a line that passes a layer keeps from its neighbours there.
const LINE_GAP: i64 = 14;
/// How far apart two vertical lines of a channel are.
const TRACK_GAP: i64 = 10;
/// The room for the marks at the end of a line.
const END_ROOM: i64 = 34;
/// How far apart separate parts of the picture are.
const PART_GAP: i64 = 40;
/// How far apart the boxes of two groups are: room for the name of a group, and for frames around both.
pub(super) const GROUP_GAP: i64 = 84;

/// A width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub width: i64,
    pub height: i64,
}

/// A place; `y` grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub x: i64,
    pub y: i64,
}

/// Where a line may end: at the left or right side of a box, this far below its top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Anchor {
    /// The index of the box.
    pub node: usize,
    /// Below the top of the box.
    pub y: i64,
}

/// A line to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The end from which lines fan out.
    pub parent: Anchor,
    /// The other end.
    pub child: Anchor,
    /// Lines with the same parent port and the same trunk share their way as far as they can.
    pub trunk: u8,
}

/// What is to be drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub boxes: Vec<Size>,
    /// The group of each box, from 0; empty where all are in one.
    pub groups: Vec<usize>,
    pub edges: Vec<Edge>,
}

impl Graph {
    fn group(&self, node: usize) -> usize {
        self.groups.get(node).copied().unwrap_or(0)
    }

    fn has_several_groups(&self) -> bool {
        self.groups.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// Where it all goes.
#[derive(Debug)]
pub(super) struct Layout {
    /// How large the picture is.
    pub size: Size,
    /// The top left corner of each box.
    pub boxes: Vec<Point>,
    /// The corners of each line, from its parent to its child; every piece is horizontal or vertical.
    pub routes: Vec<Vec<Point>>,
}

/// Finds a place for every box and a way for every line.
pub(super) fn arrange(graph: &Graph) -> Layout {
    if graph.has_several_groups() {
        return arrange_part(graph);
    }
    let parts = pack::parts(graph);
    let drawn: Vec<Layout> = parts.iter().map(|part| arrange_part(&part.graph(graph))).collect();
    let sizes: Vec<Size> = drawn.iter().map(|layout| layout.size).collect();
    let (size, corners) = pack::pack(&sizes);

    let mut boxes = vec![Point { x: 0, y: 0 }; graph.boxes.len()];
    let mut routes = vec![Vec::new(); graph.edges.len()];
    for ((part, layout), corner) in parts.iter().zip(drawn).zip(corners) {
        let moved = |point: Point| Point { x: point.x + corner.x, y: point.y + corner.y };
        for (&node, place) in part.nodes.iter().zip(layout.boxes) {
            boxes[node] = moved(place);
        }
        for (&edge, route) in part.edges.iter().zip(layout.routes) {
            routes[edge] = route.into_iter().map(moved).collect();
        }
    }
    Layout { size, boxes, routes }
}

/// Lays out boxes that all hang together, or that belong to several groups.
fn arrange_part(graph: &Graph) -> Layout {
    let layers = layers::assign(graph);
    let plan = NetPlan::new(graph, &layers);
    let order = order::with_few_crossings(&plan);
    let tops = heights::assign(&plan, &order);
    channel::route(graph, &plan, &tops)
}
