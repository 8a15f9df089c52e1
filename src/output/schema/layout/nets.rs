//! What runs through which channel: lines that share a parent port are one net, and a net that goes further than the
//! next layer passes the layers between through an item of its own.

use std::collections::BTreeMap;

use super::{Anchor, Graph};

/// How far apart two lines are that end at the same row, and how much room all of them have.
const PIN_GAP: i64 = 10;
const PIN_ROOM: i64 = 20;

/// What stands in a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayoutItem {
    pub layer: usize,
    pub what: What,
    pub height: i64,
    /// The group of the box; of a line that passes, that of the box it comes from.
    pub group: usize,
}

/// A box, or a line that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Box(usize),
    Passing,
}

/// Where a net touches an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pin {
    pub item: usize,
    /// Below the top of the item.
    pub y: i64,
}

/// A net within one channel.
#[derive(Debug, Clone)]
pub(super) struct Strand {
    /// The channel: that many layers stand to its left, less one.
    pub channel: usize,
    /// Pins at the right sides of items, which are at the left of the channel.
    pub left: Vec<Pin>,
    /// Pins at the left sides of items.
    pub right: Vec<Pin>,
}

/// The way of a line: from its parent's pin through strands to its child's pin, with the pins at which it passes.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    pub strands: Vec<usize>,
    /// One more than strands.
    pub pins: Vec<Pin>,
}

/// All of it.
pub(super) struct NetPlan {
    pub layers: usize,
    pub items: Vec<LayoutItem>,
    pub strands: Vec<Strand>,
    /// For each edge.
    pub ways: Vec<Way>,
}

/// Which side of the parent a net leaves at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

/// What a net is known by. Lines that share it are drawn as one, as far as they go together.
type NetKey = (Anchor, u8, Side);

impl NetPlan {
    pub(super) fn new(graph: &Graph, layers: &[usize]) -> NetPlan {
        let boxes = graph.boxes.iter().zip(layers).enumerate();
        let items = boxes
            .map(|(node, (size, &layer))| LayoutItem {
                layer,
                what: What::Box(node),
                height: size.height,
                group: graph.group(node),
            })
            .collect();
        let mut plan = NetPlan {
            layers: layers.iter().max().map_or(0, |last| last + 1),
            items,
            strands: Vec::new(),
            ways: vec![Way::default(); graph.edges.len()],
        };
        let mut nets: BTreeMap<NetKey, Vec<usize>> = BTreeMap::new();
        for (index, edge) in graph.edges.iter().enumerate() {
            let side =
                if layers[edge.child.node] < layers[edge.parent.node] { Side::Left } else { Side::Right };
            nets.entry((edge.parent, edge.trunk, side)).or_default().push(index);
        }
        let pins = spread(graph, &nets);
        for (key, edges) in &nets {
            plan.add_net(*key, edges, &pins);
        }
        plan
    }

    /// The layer that an item stands in.
    fn layer(&self, item: usize) -> usize {
        self.items[item].layer
    }

    fn add_net(&mut self, key: NetKey, edges: &[usize], pins: &Pins) {
        let parent = pins.parents[&key];
        let mut children: Vec<(usize, Pin)> = edges.iter().map(|&edge| (edge, pins.children[edge])).collect();
        let (home, side) = (self.layer(parent.item), key.2);
        let distance = |plan: &NetPlan, pin: Pin| plan.layer(pin.item).abs_diff(home);
        let mut at = parent;
        let mut way = Way { strands: Vec::new(), pins: vec![parent] };
        let mut step = 1;
        while !children.is_empty() {
            let (here, further): (Vec<_>, Vec<_>) =
                children.into_iter().partition(|(_, pin)| distance(self, *pin) <= step);
            let passing = (!further.is_empty()).then(|| self.pass(side, parent.item, step));
            let strand = self.strands.len();
            way.strands.push(strand);
            for &(edge, pin) in &here {
                let mut whole = way.clone();
                whole.pins.push(pin);
                self.ways[edge] = whole;
            }
            self.strands.push(self.strand(side, at, &here, passing));
            if let Some(pin) = passing {
                way.pins.push(pin);
                at = pin;
            }
            children = further;
            step += 1;
        }
    }

    /// An item for a line that passes the layer that is this many steps away.
    fn pass(&mut self, side: Side, parent: usize, step: usize) -> Pin {
        let LayoutItem { layer: home, group, .. } = self.items[parent];
        let layer = match side {
            Side::Right => home + step,
            Side::Left => home.saturating_sub(step),
        };
        self.items.push(LayoutItem { layer, what: What::Passing, height: 0, group });
        Pin { item: self.items.len() - 1, y: 0 }
    }

    /// The piece of a net that begins at a pin. A child beside its own parent hangs at the same side.
    fn strand(&self, side: Side, at: Pin, here: &[(usize, Pin)], passing: Option<Pin>) -> Strand {
        let layer = self.layer(at.item);
        let (mut near, mut far) = (vec![at], Vec::new());
        for &(_, pin) in here {
            if self.layer(pin.item) == layer { near.push(pin) } else { far.push(pin) }
        }
        far.extend(passing);
        match side {
            Side::Right => Strand { channel: layer, left: near, right: far },
            Side::Left => Strand { channel: layer.saturating_sub(1), left: far, right: near },
        }
    }
}

/// The pins at boxes.
struct Pins {
    parents: BTreeMap<NetKey, Pin>,
    /// For each edge.
    children: Vec<Pin>,
}

/// Whose pin it is.
#[derive(Clone, Copy)]
enum Owner {
    Net(NetKey),
    Edge(usize),
}

/// Pins at the same side of the same row are drawn apart.
fn spread(graph: &Graph, nets: &BTreeMap<NetKey, Vec<usize>>) -> Pins {
    let mut rows: BTreeMap<(Anchor, Side), Vec<Owner>> = BTreeMap::new();
    for (key, edges) in nets {
        let (parent, _, side) = *key;
        rows.entry((parent, side)).or_default().push(Owner::Net(*key));
        for &edge in edges {
            let child = graph.edges[edge].child;
            let opposite =
                if side == Side::Right && child.node != parent.node { Side::Left } else { Side::Right };
            rows.entry((child, opposite)).or_default().push(Owner::Edge(edge));
        }
    }
    let mut pins = Pins { parents: BTreeMap::new(), children: Vec::new() };
    pins.children.resize(graph.edges.len(), Pin { item: 0, y: 0 });
    for ((port, _), owners) in rows {
        let count = owners.len() as i64;
        let apart = (PIN_ROOM / count.max(1)).clamp(1, PIN_GAP);
        for (index, owner) in owners.into_iter().enumerate() {
            let y = (port.y + apart * (2 * index as i64 - (count - 1)) / 2)
                .clamp(0, graph.boxes[port.node].height);
            let pin = Pin { item: port.node, y };
            match owner {
                Owner::Net(key) => drop(pins.parents.insert(key, pin)),
                Owner::Edge(edge) => pins.children[edge] = pin,
            }
        }
    }
    pins
}
