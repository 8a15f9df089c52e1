//! Which layer a box stands in.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{BOX_GAP, END_ROOM, Graph};

/// The neighbours of each box.
struct Neighbours {
    before: Vec<BTreeSet<usize>>,
    after: Vec<BTreeSet<usize>>,
}

/// The layer of each box, from 0: further right than those of the boxes before it, and no layer much taller than the
/// picture should be. Each group begins at the left: lines between groups do not count.
pub(super) fn assign(graph: &Graph) -> Vec<usize> {
    let mut graph = graph.clone();
    let group = |node: usize| graph.groups.get(node).copied();
    let inside = graph.edges.iter().filter(|edge| group(edge.parent.node) == group(edge.child.node));
    graph.edges = inside.copied().collect();
    let graph = &graph;
    let rank = ranks(graph);
    let neighbours = Neighbours::between(graph, &rank);
    let mut in_order: Vec<usize> = (0..graph.boxes.len()).collect();
    in_order.sort_by_key(|&node| rank[node]);

    let limits = height_limits(graph);
    let mut layers = fill(graph, &neighbours, &in_order, &limits);
    move_closer(graph, &neighbours, &in_order, &limits, &mut layers);
    without_gaps(&mut layers);
    layers
}

/// A number for each box, so that parents have lower ones than their children, but where they form a circle.
fn ranks(graph: &Graph) -> Vec<usize> {
    let given = Neighbours::given(graph);
    let mut missing: Vec<usize> = given.before.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..graph.boxes.len()).filter(|&node| missing[node] == 0).collect();
    let mut waiting: BTreeSet<usize> = (0..graph.boxes.len()).filter(|&node| missing[node] > 0).collect();
    let mut rank = vec![0; graph.boxes.len()];
    for number in 0..graph.boxes.len() {
        // In a circle, the box with the most children and the fewest parents goes first.
        let next = ready.pop_first().or_else(|| {
            let best = waiting
                .iter()
                .max_by_key(|&&node| (given.after[node].len() as i64 - missing[node] as i64, Reverse(node)));
            best.copied()
        });
        let Some(node) = next else { break };
        waiting.remove(&node);
        rank[node] = number;
        for &child in &given.after[node] {
            missing[child] = missing[child].saturating_sub(1);
            if missing[child] == 0 && waiting.remove(&child) {
                ready.insert(child);
            }
        }
    }
    rank
}

impl Neighbours {
    /// Parents before, children after.
    fn given(graph: &Graph) -> Neighbours {
        Neighbours::between(graph, &vec![0; graph.boxes.len()])
    }

    /// Lower ranks before, higher ones after; equal ranks leave the child behind its parent.
    fn between(graph: &Graph, rank: &[usize]) -> Neighbours {
        let nothing = vec![BTreeSet::new(); graph.boxes.len()];
        let mut neighbours = Neighbours { before: nothing.clone(), after: nothing };
        for edge in &graph.edges {
            let (parent, child) = (edge.parent.node, edge.child.node);
            if parent == child {
                continue;
            }
            let (first, second) = if rank[child] < rank[parent] { (child, parent) } else { (parent, child) };
            neighbours.after[first].insert(second);
            neighbours.before[second].insert(first);
        }
        neighbours
    }
}

/// How tall a layer should be at most in each group, so that the picture gets about half as wide again as it is high.
fn height_limits(graph: &Graph) -> Vec<i64> {
    let groups = graph.groups.iter().max().map_or(1, |last| last + 1);
    let (mut areas, mut tallest) = (vec![0; groups], vec![0; groups]);
    for (node, size) in graph.boxes.iter().enumerate() {
        let group = graph.group(node);
        areas[group] += (size.width + 3 * END_ROOM) * (size.height + BOX_GAP);
        tallest[group] = size.height.max(tallest[group]);
    }
    let whole: i64 = areas.iter().sum();
    let height = (whole * 2 / 3).isqrt();
    // The groups stand below each other.
    let share = |area: &i64| height * area / whole.max(1);
    areas.iter().map(share).zip(tallest).map(|(share, tallest)| share.max(tallest)).collect()
}

/// Fills layer by layer. Of the boxes whose parents are placed, those with the longest path below them go first.
fn fill(graph: &Graph, neighbours: &Neighbours, in_order: &[usize], limits: &[i64]) -> Vec<usize> {
    let mut way_below = vec![0_usize; graph.boxes.len()];
    for &node in in_order.iter().rev() {
        let longest = neighbours.after[node].iter().map(|&after| way_below[after] + 1).max();
        way_below[node] = longest.unwrap_or(0);
    }
    let key = |node: usize| (Reverse(way_below[node]), node);
    let mut missing: Vec<usize> = neighbours.before.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<_> = in_order.iter().filter(|&&n| missing[n] == 0).map(|&n| key(n)).collect();
    let mut layers = vec![0; graph.boxes.len()];
    let mut layer = 0;
    while !ready.is_empty() {
        let mut heights = vec![0; limits.len()];
        let mut taken = Vec::new();
        for &(way, node) in &ready {
            let (own, group) = (graph.boxes[node].height + BOX_GAP, graph.group(node));
            if heights[group] + own <= limits[group] + BOX_GAP {
                heights[group] += own;
                taken.push((way, node));
            }
        }
        for entry in taken {
            ready.remove(&entry);
            layers[entry.1] = layer;
            for &after in &neighbours.after[entry.1] {
                missing[after] -= 1;
                if missing[after] == 0 {
                    ready.insert(key(after));
                }
            }
        }
        layer += 1;
    }
    layers
}

/// Moves boxes to the right, where most of their lines go there and there is room.
fn move_closer(
    graph: &Graph,
    neighbours: &Neighbours,
    in_order: &[usize],
    limits: &[i64],
    layers: &mut [usize],
) {
    let mut heights: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for (node, &layer) in layers.iter().enumerate() {
        *heights.entry((layer, graph.group(node))).or_default() += graph.boxes[node].height + BOX_GAP;
    }
    for &node in in_order.iter().rev() {
        let Some(nearest) = neighbours.after[node].iter().map(|&after| layers[after]).min() else { continue };
        if neighbours.after[node].len() <= neighbours.before[node].len() {
            continue;
        }
        let (own, group) = (graph.boxes[node].height + BOX_GAP, graph.group(node));
        let taken = |layer: &usize| heights.get(&(*layer, group)).copied().unwrap_or(0);
        let room = |layer: &usize| taken(layer) + own <= limits[group] + BOX_GAP;
        if let Some(target) = (layers[node] + 1..nearest).rev().find(room) {
            *heights.entry((layers[node], group)).or_default() -= own;
            *heights.entry((target, group)).or_default() += own;
            layers[node] = target;
        }
    }
}

/// Closes up layers that have become empty.
fn without_gaps(layers: &mut [usize]) {
    let used: BTreeSet<usize> = layers.iter().copied().collect();
    let numbers: BTreeMap<usize, usize> = used.into_iter().enumerate().map(|(new, old)| (old, new)).collect();
    for layer in layers {
        *layer = numbers.get(layer).copied().unwrap_or(0);
    }
}
