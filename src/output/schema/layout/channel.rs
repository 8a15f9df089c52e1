//! The lines of a channel: where each net has its vertical piece, and from that the way of every line.

use super::nets::{NetPlan, Pin, Way, What};
use super::{END_ROOM, Graph, Layout, Point, Size, TRACK_GAP};

/// A net in a channel, at the heights where it ends.
struct Span {
    left: Vec<i64>,
    right: Vec<i64>,
    top: i64,
    bottom: i64,
}

/// Lines that run closer together than this look like one.
const TOO_CLOSE: i64 = 4;

/// Two lines on top of each other are as bad as this many crossings.
const OVERLAP: i64 = 20;

/// Places the layers beside each other, as far apart as the lines between them need it, and draws the lines.
pub(super) fn route(graph: &Graph, plan: &NetPlan, tops: &[i64]) -> Layout {
    let tracks = Tracks::assign(plan, tops);
    let mut widths = vec![0; plan.layers];
    for item in &plan.items {
        if let What::Box(node) = item.what {
            widths[item.layer] = widths[item.layer].max(graph.boxes[node].width);
        }
    }
    let mut lefts = Vec::new();
    let mut x = 0;
    for (channel, width) in widths.iter().enumerate() {
        lefts.push(x);
        x += width;
        let lanes = tracks.lanes[channel];
        let last = channel + 1 == plan.layers;
        x += match lanes {
            0 if last => 0,
            lanes if last => END_ROOM + (lanes - 1) * TRACK_GAP,
            lanes => 2 * END_ROOM + (lanes - 1).max(0) * TRACK_GAP,
        };
    }
    let boxes: Vec<Point> = graph
        .boxes
        .iter()
        .enumerate()
        .map(|(node, _)| Point { x: lefts[plan.items[node].layer], y: tops[node] })
        .collect();
    let track_x = |strand: usize| {
        let channel = plan.strands[strand].channel;
        tracks.of[strand].map(|lane| lefts[channel] + widths[channel] + END_ROOM + lane * TRACK_GAP)
    };
    let routes = plan.ways.iter().map(|way| route_of(way, graph, plan, tops, &boxes, &track_x)).collect();
    let bottom = plan.items.iter().zip(tops).map(|(item, top)| top + item.height).max().unwrap_or(0);
    Layout { size: Size { width: x, height: bottom }, boxes, routes }
}

/// The corners of one line.
fn route_of(
    way: &Way,
    graph: &Graph,
    plan: &NetPlan,
    tops: &[i64],
    boxes: &[Point],
    track_x: &impl Fn(usize) -> Option<i64>,
) -> Vec<Point> {
    let height = |pin: &Pin| tops[pin.item] + pin.y;
    let mut corners = Vec::new();
    for (strand, pins) in way.strands.iter().zip(way.pins.windows(2)) {
        if let ([from, to], Some(x)) = (pins, track_x(*strand)) {
            corners.push(Point { x, y: height(from) });
            corners.push(Point { x, y: height(to) });
        }
    }
    let end = |pin: Option<&Pin>, strand: Option<&usize>| {
        let (pin, strand) = (pin?, &plan.strands[*strand?]);
        let x = boxes[pin.item].x;
        let on_right = strand.left.contains(pin);
        Some(Point { x: if on_right { x + graph.boxes[pin.item].width } else { x }, y: height(pin) })
    };
    let first = end(way.pins.first(), way.strands.first());
    let last = end(way.pins.last(), way.strands.last());
    simplified(first.into_iter().chain(corners).chain(last))
}

/// Without the points that are no corners.
fn simplified(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::new();
    for point in points {
        if corners.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = corners.as_slice()
            && ((before.x == last.x && last.x == point.x) || (before.y == last.y && last.y == point.y))
        {
            corners.pop();
        }
        corners.push(point);
    }
    corners
}

/// Which lane of its channel each strand has; none if it runs straight.
struct Tracks {
    of: Vec<Option<i64>>,
    /// How many lanes each channel has.
    lanes: Vec<i64>,
}

impl Tracks {
    fn assign(plan: &NetPlan, tops: &[i64]) -> Tracks {
        let spans: Vec<Span> = plan
            .strands
            .iter()
            .map(|strand| {
                let heights = |pins: &[Pin]| pins.iter().map(|pin| tops[pin.item] + pin.y).collect();
                Span::new(heights(&strand.left), heights(&strand.right))
            })
            .collect();
        let mut tracks = Tracks { of: vec![None; spans.len()], lanes: vec![0; plan.layers] };
        for channel in 0..plan.layers {
            let inside = (0..spans.len()).filter(|&strand| plan.strands[strand].channel == channel);
            let bent = in_order(inside.filter(|&strand| spans[strand].is_bent()).collect(), &spans);
            for (index, &strand) in bent.iter().enumerate() {
                let beside = bent[..index].iter().filter(|&&other| spans[other].touches(&spans[strand]));
                let lane = beside.filter_map(|&other| tracks.of[other]).max().map_or(0, |lane| lane + 1);
                tracks.of[strand] = Some(lane);
                tracks.lanes[channel] = tracks.lanes[channel].max(lane + 1);
            }
        }
        tracks
    }
}

/// More rounds hardly ever find something better.
const ROUNDS: usize = 8;

/// Orders the nets of a channel from left to right: each in turn moves to where it makes the fewest crossings.
fn in_order(mut strands: Vec<usize>, spans: &[Span]) -> Vec<usize> {
    strands.sort_by_key(|&strand| (spans[strand].top, spans[strand].bottom));
    for _ in 0..ROUNDS {
        let before = strands.clone();
        for &strand in &before {
            move_to_best_place(strand, &mut strands, spans);
        }
        if strands == before {
            break;
        }
    }
    strands
}

fn move_to_best_place(strand: usize, strands: &mut Vec<usize>, spans: &[Span]) {
    let Some(old) = strands.iter().position(|&other| other == strand) else { return };
    strands.remove(old);
    // The cost of each place, compared with that of the leftmost one.
    let mut cost = 0;
    let mut costs = vec![cost];
    for &other in strands.iter() {
        let (own, other) = (&spans[strand], &spans[other]);
        cost += other.cost_left_of(own) - own.cost_left_of(other);
        costs.push(cost);
    }
    // Without need it stays.
    let best = (0..costs.len()).min_by_key(|&place| (costs[place], place != old));
    strands.insert(best.unwrap_or(old), strand);
}

impl Span {
    fn new(left: Vec<i64>, right: Vec<i64>) -> Span {
        let all = || left.iter().chain(&right).copied();
        let (top, bottom) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        Span { left, right, top, bottom }
    }

    /// Whether it needs a vertical piece. One that ends twice on the same side has to turn round.
    fn is_bent(&self) -> bool {
        self.top != self.bottom || self.left.is_empty() || self.right.is_empty()
    }

    fn touches(&self, other: &Span) -> bool {
        self.top - TOO_CLOSE <= other.bottom && other.top - TOO_CLOSE <= self.bottom
    }

    fn holds(&self, y: i64) -> bool {
        self.top < y && y < self.bottom
    }

    /// How bad it is when this one stands to the left of the other one.
    fn cost_left_of(&self, other: &Span) -> i64 {
        let crossed = self.right.iter().filter(|&&y| other.holds(y)).count()
            + other.left.iter().filter(|&&y| self.holds(y)).count();
        let overlaps = self.right.iter().flat_map(|y| other.left.iter().map(move |other| (y - other).abs()));
        crossed as i64 + OVERLAP * overlaps.filter(|apart| *apart < TOO_CLOSE).count() as i64
    }
}
