//! How far down each item stands: in the order of its layer, without overlap, and so that lines run as straight as
//! they can.

use std::collections::BTreeSet;

use super::nets::{NetPlan, Pin, What};
use super::order::Order;
use super::{BOX_GAP, GROUP_GAP, LINE_GAP};

/// More sweeps hardly move anything.
const SWEEPS: usize = 12;

/// A line that would have to step aside by less than this is drawn straight, where there is room for it.
const STEP: i64 = 24;

/// The top of each item. The groups stand below each other.
pub(super) fn assign(plan: &NetPlan, order: &Order) -> Vec<i64> {
    let joints = joints(plan);
    let mut tops = vec![0; plan.items.len()];
    let groups: BTreeSet<usize> = plan.items.iter().map(|item| item.group).collect();
    let mut next = 0;
    for group in groups {
        let of_group = |layer: &Vec<usize>| {
            layer.iter().copied().filter(|&item| plan.items[item].group == group).collect()
        };
        let order: Order = order.iter().map(of_group).collect();
        assign_group(plan, &order, &joints, &mut tops);
        let items = || order.iter().flatten().copied();
        let highest = items().map(|item| tops[item]).min().unwrap_or(0);
        items().for_each(|item| tops[item] += next - highest);
        let lowest = items().map(|item| tops[item] + plan.items[item].height).max();
        next = lowest.unwrap_or(next) + GROUP_GAP;
    }
    tops
}

fn assign_group(plan: &NetPlan, order: &Order, joints: &[Vec<Joint>], tops: &mut [i64]) {
    for layer in order {
        let mut next = 0;
        for (index, &item) in layer.iter().enumerate() {
            next += layer.get(index + 1).map_or(0, |&below| distance(plan, item, below));
            if let Some(&below) = layer.get(index + 1) {
                tops[below] = next;
            }
        }
    }
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            order.iter().for_each(|layer| settle(plan, layer, joints, tops));
        } else {
            order.iter().rev().for_each(|layer| settle(plan, layer, joints, tops));
        }
    }
    for layer in order.iter().chain(order.iter().rev()) {
        straighten(plan, layer, joints, tops);
    }
}

/// How far the top of an item is above the top of the one below it, at least.
fn distance(plan: &NetPlan, item: usize, below: usize) -> i64 {
    let is_box = |item: usize| plan.items[item].what != What::Passing;
    let gap = if is_box(item) && is_box(below) { BOX_GAP } else { LINE_GAP };
    plan.items[item].height + gap
}

/// Pins that a line joins across a channel: the item's own pin, and what it is joined to.
struct Joint {
    own: i64,
    others: Vec<Pin>,
    weight: i64,
}

/// The joints of each item. What is in another group draws nothing out of its own.
fn joints(plan: &NetPlan) -> Vec<Vec<Joint>> {
    let mut joints: Vec<Vec<Joint>> = Vec::new();
    joints.resize_with(plan.items.len(), Vec::new);
    for strand in &plan.strands {
        for (own, others) in [(&strand.left, &strand.right), (&strand.right, &strand.left)] {
            for pin in own {
                let group = plan.items[pin.item].group;
                let others: Vec<Pin> =
                    others.iter().copied().filter(|pin| plan.items[pin.item].group == group).collect();
                if others.is_empty() {
                    continue;
                }
                let passes = |pin: &Pin| plan.items[pin.item].what == What::Passing;
                // The longer a line runs, the more it should run straight.
                let weight = match (passes(pin), others.iter().any(passes)) {
                    (true, true) => 8,
                    (true, false) | (false, true) => 2,
                    (false, false) => 1,
                };
                joints[pin.item].push(Joint { own: pin.y, others, weight });
            }
        }
    }
    joints
}

/// Moves the items of a layer towards their neighbours: the sum of the squared distances to where they would best
/// stand becomes least. Items that get into each other's way move as one block ("pool adjacent violators").
fn settle(plan: &NetPlan, layer: &[usize], joints: &[Vec<Joint>], tops: &mut [i64]) {
    let mut blocks: Vec<Block> = Vec::new();
    let mut offset = 0;
    for (index, &item) in layer.iter().enumerate() {
        if let Some(above) = index.checked_sub(1) {
            offset += distance(plan, layer[above], item);
        }
        let (wish, weight) = wish(item, &joints[item], tops);
        let mut block = Block { wishes: (wish - offset) * weight, weight, items: vec![(item, offset)] };
        while let Some(mut above) = blocks.pop_if(|above| above.is_not_above(&block)) {
            above.wishes += block.wishes;
            above.weight += block.weight;
            above.items.append(&mut block.items);
            block = above;
        }
        blocks.push(block);
    }
    for Block { wishes, weight, items } in blocks {
        let top = wishes.div_euclid(weight.max(1));
        for (item, offset) in items {
            tops[item] = top + offset;
        }
    }
}

/// Items that stand as close to each other as they may.
struct Block {
    /// The sum of where its items would put the top of the layer, by their weights.
    wishes: i64,
    /// The sum of the weights.
    weight: i64,
    /// With how far each is below the top of the layer.
    items: Vec<(usize, i64)>,
}

impl Block {
    /// Whether the mean of its wishes is at or below that of another block, which has to stand below it.
    fn is_not_above(&self, below: &Block) -> bool {
        self.wishes * below.weight >= below.wishes * self.weight
    }
}

/// Where an item would best stand, and how much that matters.
fn wish(item: usize, joints: &[Joint], tops: &[i64]) -> (i64, i64) {
    let (mut sum, mut weights) = (0, 0);
    for joint in joints {
        let mean: i64 = joint.others.iter().map(|pin| tops[pin.item] + pin.y).sum::<i64>()
            / (joint.others.len() as i64).max(1);
        sum += (mean - joint.own) * joint.weight;
        weights += joint.weight;
    }
    if weights == 0 { (tops[item], 1) } else { (sum.div_euclid(weights), weights) }
}

/// Takes small steps out of lines, one item after the other, as far as its neighbours in the layer leave room.
fn straighten(plan: &NetPlan, layer: &[usize], joints: &[Vec<Joint>], tops: &mut [i64]) {
    for (index, &item) in layer.iter().enumerate() {
        let steps = joints[item].iter().filter(|joint| joint.others.len() == 1).filter_map(|joint| {
            let other = joint.others.first()?;
            Some((joint.weight, tops[other.item] + other.y - joint.own - tops[item]))
        });
        let Some((_, step)) = steps.max_by_key(|(weight, step)| (*weight, -step.abs())) else { continue };
        if step.abs() > STEP {
            continue;
        }
        let wanted = tops[item] + step;
        let above = index.checked_sub(1).map(|above| layer[above]);
        let clear_above = above.is_none_or(|above| wanted >= tops[above] + distance(plan, above, item));
        let below = layer.get(index + 1);
        let clear_below = below.is_none_or(|&below| wanted + distance(plan, item, below) <= tops[below]);
        if clear_above && clear_below {
            tops[item] = wanted;
        }
    }
}
