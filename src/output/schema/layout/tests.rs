use proptest::prelude::*;

use super::*;

fn right_and_bottom(place: Point, size: Size) -> Point {
    Point { x: place.x + size.width, y: place.y + size.height }
}

fn assert_no_box_lies_on_another(graph: &Graph, layout: &Layout) {
    let ends: Vec<Point> =
        layout.boxes.iter().zip(&graph.boxes).map(|(&place, &size)| right_and_bottom(place, size)).collect();
    for (index, (place, end)) in layout.boxes.iter().zip(&ends).enumerate() {
        assert!(place.x >= 0 && place.y >= 0 && end.x <= layout.size.width && end.y <= layout.size.height);
        for (other, other_end) in layout.boxes[..index].iter().zip(&ends) {
            let apart =
                end.x <= other.x || other_end.x <= place.x || end.y <= other.y || other_end.y <= place.y;
            assert!(apart, "{place:?} to {end:?} and {other:?} to {other_end:?}");
        }
    }
}

/// Whether the point is at the left or right side of the box, about as far below its top as the port says.
fn assert_at_port(graph: &Graph, layout: &Layout, port: Anchor, point: Point) {
    let (place, size) = (layout.boxes[port.node], graph.boxes[port.node]);
    assert!(
        point.x == place.x || point.x == place.x + size.width,
        "{point:?} is at no side of {place:?} {size:?}"
    );
    assert!((point.y - place.y - port.y).abs() <= 12, "{point:?} is not at the row {port:?} of {place:?}");
    assert!((place.y..=place.y + size.height).contains(&point.y));
}

fn assert_no_line_crosses_a_box(graph: &Graph, layout: &Layout) {
    for piece in layout.routes.iter().flat_map(|route| route.windows(2)) {
        let (from, to) = (piece[0], piece[1]);
        assert!(from.x == to.x || from.y == to.y, "a line runs askew from {from:?} to {to:?}");
        let (left, right) = (from.x.min(to.x), from.x.max(to.x));
        let (top, bottom) = (from.y.min(to.y), from.y.max(to.y));
        assert!(left >= 0 && right <= layout.size.width && top >= 0 && bottom <= layout.size.height);
        for (&place, &size) in layout.boxes.iter().zip(&graph.boxes) {
            let end = right_and_bottom(place, size);
            let inside =
                left < end.x && place.x < right.max(left + 1) && top < end.y && place.y < bottom.max(top + 1);
            assert!(
                !inside || touches_side_only(from, to, place, end),
                "{from:?} to {to:?} in {place:?} to {end:?}"
            );
        }
    }
}

/// A line that ends at the side of a box does not go into it.
fn touches_side_only(from: Point, to: Point, place: Point, end: Point) -> bool {
    let (left, right) = (from.x.min(to.x), from.x.max(to.x));
    right <= place.x || left >= end.x
}

fn assert_sound(graph: &Graph) -> Layout {
    let layout = arrange(graph);
    assert_eq!((layout.boxes.len(), layout.routes.len()), (graph.boxes.len(), graph.edges.len()));
    assert_no_box_lies_on_another(graph, &layout);
    for (edge, route) in graph.edges.iter().zip(&layout.routes) {
        let (first, last) = (route.first().unwrap(), route.last().unwrap());
        assert_at_port(graph, &layout, edge.parent, *first);
        assert_at_port(graph, &layout, edge.child, *last);
        assert!(route.len() >= 2, "a line with one end: {route:?}");
    }
    assert_no_line_crosses_a_box(graph, &layout);
    layout
}

fn box_of(rows: i64) -> Size {
    Size { width: 200, height: 35 + 22 * rows }
}

fn port(node: usize, row: i64) -> Anchor {
    Anchor { node, y: 41 + 22 * row }
}

fn edge(parent: usize, child: usize, row: i64) -> Edge {
    Edge { parent: port(parent, 0), child: port(child, row), trunk: 0 }
}

/// Boxes of up to 40 rows in one group or several, and lines between any two of them, or from a box to itself.
fn graphs() -> impl Strategy<Value = Graph> {
    let boxes = prop::collection::vec((60_i64..400, 1_i64..40), 1..40);
    (boxes, 1_usize..4).prop_flat_map(|(sizes, groups)| {
        let nodes = sizes.len();
        let boxes: Vec<Size> = sizes.iter().map(|&(width, rows)| Size { width, ..box_of(rows) }).collect();
        let ends = (0..nodes, 0..nodes, any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..2);
        prop::collection::vec(ends, 0..2 * nodes).prop_map(move |edges| {
            let row = |node: usize, index: prop::sample::Index| index.index(sizes[node].1 as usize) as i64;
            let edge = |(parent, child, one, other, trunk): (
                usize,
                usize,
                prop::sample::Index,
                prop::sample::Index,
                u8,
            )| {
                Edge { parent: port(parent, row(parent, one)), child: port(child, row(child, other)), trunk }
            };
            let groups = (0..boxes.len()).map(|node| node * 7 % groups).collect();
            Graph { boxes: boxes.clone(), groups, edges: edges.into_iter().map(edge).collect() }
        })
    })
}

proptest! {
    #[test]
    fn no_box_lies_on_another_and_every_line_ends_at_its_boxes_and_crosses_none(graph in graphs()) {
        assert_sound(&graph);
    }
}

#[test]
fn the_empty_graph_has_no_size() {
    assert_eq!(assert_sound(&Graph::default()).size, Size { width: 0, height: 0 });
}

#[test]
fn a_parent_stands_to_the_left_of_its_children() {
    let graph =
        Graph { boxes: vec![box_of(3); 3], edges: vec![edge(2, 0, 1), edge(0, 1, 1)], ..Graph::default() };
    let places = assert_sound(&graph).boxes;
    assert!(places[2].x < places[0].x && places[0].x < places[1].x);
}

#[test]
fn a_line_to_the_only_child_runs_straight() {
    let graph = Graph { boxes: vec![box_of(3); 2], edges: vec![edge(0, 1, 1)], ..Graph::default() };
    assert_eq!(assert_sound(&graph).routes[0].len(), 2);
}

#[test]
fn a_line_from_a_box_to_itself_turns_round() {
    let graph = Graph { boxes: vec![box_of(3)], edges: vec![edge(0, 0, 1)], ..Graph::default() };
    assert_eq!(assert_sound(&graph).routes[0].len(), 4);
}

#[test]
fn lines_with_the_same_parent_share_their_way() {
    let graph =
        Graph { boxes: vec![box_of(3); 3], edges: vec![edge(0, 1, 1), edge(0, 2, 1)], ..Graph::default() };
    let routes = assert_sound(&graph).routes;
    assert_eq!(routes[0][..2], routes[1][..2]);
}

#[test]
fn circles_and_lines_in_both_directions_are_drawn() {
    assert_sound(&Graph {
        boxes: vec![box_of(3); 3],
        edges: vec![edge(0, 1, 1), edge(1, 2, 1), edge(2, 0, 1)],
        ..Graph::default()
    });
    assert_sound(&Graph {
        boxes: vec![box_of(3); 2],
        edges: vec![edge(0, 1, 1), edge(1, 0, 2), edge(0, 1, 2)],
        ..Graph::default()
    });
}

#[test]
fn a_picture_of_many_boxes_without_lines_is_no_tower() {
    let layout = assert_sound(&Graph { boxes: vec![box_of(8); 60], edges: Vec::new(), ..Graph::default() });
    let Size { width, height } = layout.size;
    assert!(width < 3 * height && height < 2 * width, "{width} x {height}");
}

#[test]
fn a_box_with_many_children_does_not_make_a_tower() {
    let edges = (1..60).map(|child| edge(0, child, 1)).collect();
    let Size { width, height } =
        assert_sound(&Graph { boxes: vec![box_of(8); 60], edges, ..Graph::default() }).size;
    assert!(width < 3 * height && height < 2 * width, "{width} x {height}");
}

#[test]
fn a_long_chain_and_a_thousand_boxes_are_drawn() {
    let edges = (1..1000).map(|child| edge(child - 1, child, 1)).collect();
    assert_sound(&Graph { boxes: vec![box_of(2); 1000], edges, ..Graph::default() });
}

#[test]
fn the_same_graph_gives_the_same_picture() {
    let edges: Vec<Edge> = (0..100).map(|number| edge(number * 7 % 30, number * 11 % 30, 1)).collect();
    let graph = Graph { boxes: vec![box_of(5); 30], edges, ..Graph::default() };
    assert_eq!(format!("{:?}", arrange(&graph)), format!("{:?}", arrange(&graph)));
}

#[test]
fn each_group_has_a_band_of_its_own() {
    for seed in 0..20 {
        let mut graph = tangle(seed);
        graph.groups = (0..graph.boxes.len()).map(graph_group).collect();
        let places = assert_sound(&graph).boxes;
        let of_group = |group| (0..places.len()).filter(move |&node| graph_group(node) == group);
        let bottom = |group| of_group(group).map(|node| places[node].y + graph.boxes[node].height).max();
        let top = |group| of_group(group).map(|node| places[node].y).min();
        for group in [0, 1] {
            let (bottom, top) = (bottom(group).unwrap(), top(group + 1).unwrap());
            assert!(bottom + GROUP_GAP <= top, "group {group} ends at {bottom}, the next begins at {top}");
        }
    }
}

fn graph_group(node: usize) -> usize {
    node * 5 % 3
}

/// Whether two pieces of lines lie on each other, for more than a point.
fn overlap(one: &[Point], other: &[Point]) -> bool {
    let along = |piece: &[Point]| {
        let (from, to) = (piece[0], piece[1]);
        let span = if from.y == to.y { (from.x, to.x) } else { (from.y, to.y) };
        (from.y == to.y, if from.y == to.y { from.y } else { from.x }, span.0.min(span.1), span.0.max(span.1))
    };
    let (one, other) = (along(one), along(other));
    (one.0, one.1) == (other.0, other.1) && one.2.max(other.2) < one.3.min(other.3)
}

/// Sixty boxes with lines that look as if they were drawn by lot, other ones for each seed.
fn tangle(mut seed: u64) -> Graph {
    let mut below = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    };
    let rows: Vec<i64> = (0..60).map(|_| 2 + below(18) as i64).collect();
    let edges = (0..90).map(|_| {
        let (parent, child) = (below(60), below(60));
        Edge { trunk: below(2) as u8, ..edge(parent, child, 1 + below(rows[child] as usize - 1) as i64) }
    });
    Graph {
        edges: edges.collect(),
        boxes: rows.iter().map(|&rows| box_of(rows)).collect(),
        ..Graph::default()
    }
}

#[test]
fn lines_of_different_parents_do_not_lie_on_each_other() {
    for seed in 0..20 {
        let graph = tangle(seed);
        let routes = assert_sound(&graph).routes;
        for (index, (edge, route)) in graph.edges.iter().zip(&routes).enumerate() {
            for (other, other_route) in graph.edges[..index].iter().zip(&routes) {
                if (edge.parent, edge.trunk) == (other.parent, other.trunk) {
                    continue;
                }
                let mut pairs =
                    route.windows(2).flat_map(|one| other_route.windows(2).map(move |two| (one, two)));
                assert!(
                    !pairs.any(|(one, two)| overlap(one, two)),
                    "{route:?} and {other_route:?}, seed {seed}"
                );
            }
        }
    }
}
