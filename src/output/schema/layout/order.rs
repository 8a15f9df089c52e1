//! In which order the items of a layer stand, so that few lines cross.
//!
//! The barycentre method: each item goes where the mean of its neighbours in the layer beside it is, sweep by sweep,
//! and the best order of all sweeps is kept.

use super::nets::{NetPlan, Strand, What};

/// More sweeps hardly ever find something better.
const SWEEPS: usize = 16;

/// The items of each layer, from top to bottom.
pub(super) type Order = Vec<Vec<usize>>;

pub(super) fn with_few_crossings(plan: &NetPlan) -> Order {
    let mut order = vec![Vec::new(); plan.layers];
    for (item, standing) in plan.items.iter().enumerate() {
        order[standing.layer].push(item);
    }
    order.iter_mut().for_each(|layer| layer.sort_by_key(|&item| plan.items[item].group));
    let mut channels = vec![Vec::new(); plan.layers];
    for strand in &plan.strands {
        channels[strand.channel].push(strand);
    }
    let mut places = places(plan, &order);
    let mut best = (crossings(&channels, &places), order.clone());
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            for layer in 1..plan.layers {
                sort(plan, &mut order[layer], &channels[layer - 1], &mut places, Towards::Left);
            }
        } else {
            for layer in (1..plan.layers).rev() {
                sort(plan, &mut order[layer - 1], &channels[layer - 1], &mut places, Towards::Right);
            }
        }
        let crossings = crossings(&channels, &places);
        // Of orders that are as good, the later one is better balanced.
        if crossings <= best.0 {
            best = (crossings, order.clone());
        }
    }
    best.1
}

/// Which neighbours count.
#[derive(Clone, Copy, PartialEq)]
enum Towards {
    Left,
    Right,
}

/// An item's place in its layer. Pins divide the way to the next place.
const PLACE: i64 = 1 << 20;
/// Less than a place, and more than the rows of a box make a difference.
const SAME: i64 = PLACE / 8;

fn places(plan: &NetPlan, order: &Order) -> Vec<i64> {
    let mut places = vec![0; plan.items.len()];
    for layer in order {
        number(layer, &mut places);
    }
    places
}

fn number(layer: &[usize], places: &mut [i64]) {
    for (place, &item) in layer.iter().enumerate() {
        places[item] = place as i64 * PLACE;
    }
}

fn sort(plan: &NetPlan, layer: &mut [usize], channel: &[&Strand], places: &mut [i64], towards: Towards) {
    // For each item: the sum of its neighbours' places, and how many they are.
    let mut sums: Vec<(i64, i64)> = vec![(0, 0); places.len()];
    for strand in channel {
        let (own, others) = match towards {
            Towards::Left => (&strand.right, &strand.left),
            Towards::Right => (&strand.left, &strand.right),
        };
        for pin in own {
            for other in others {
                let (sum, count) = &mut sums[pin.item];
                *sum += places[other.item] + other.y - pin.y;
                *count += 1;
            }
        }
    }
    let key = |item: usize| match sums[item] {
        // Without neighbours it stays about where it is.
        (_, 0) => places[item],
        (sum, count) => sum / count,
    };
    let group = |item: usize| plan.items[item].group;
    layer.sort_by_key(|&item| (group(item), key(item), places[item]));
    for close in layer.chunk_by_mut(|&one, &other| group(one) == group(other) && key(other) - key(one) < SAME)
    {
        lines_to_the_middle(plan, close);
    }
    number(layer, places);
}

/// Among items that want to stand at the same place, a line that passes goes between the boxes: so it runs on at the
/// height at which it comes, instead of around all of them.
fn lines_to_the_middle(plan: &NetPlan, group: &mut [usize]) {
    group.sort_by_key(|&item| plan.items[item].what == What::Passing);
    let boxes = group.partition_point(|&item| plan.items[item].what != What::Passing);
    let (above, lines) = (boxes / 2, group.len() - boxes);
    group[above..].rotate_right(lines);
}

/// How many pairs of lines cross, as if they ran straight from pin to pin.
fn crossings(channels: &[Vec<&Strand>], places: &[i64]) -> usize {
    let count = |channel: &Vec<&Strand>| {
        let mut lines: Vec<(i64, i64)> = Vec::new();
        for strand in channel {
            for left in &strand.left {
                let from = places[left.item] + left.y;
                lines.extend(strand.right.iter().map(|right| (from, places[right.item] + right.y)));
            }
        }
        lines.sort_unstable();
        inversions(&mut lines.into_iter().map(|(_, right)| right).collect::<Vec<_>>())
    };
    channels.iter().map(count).sum()
}

/// How many pairs stand in the wrong order, counted while they are merged into the right one.
fn inversions(values: &mut [i64]) -> usize {
    if values.len() < 2 {
        return 0;
    }
    let (one, other) = values.split_at_mut(values.len() / 2);
    let mut count = inversions(one) + inversions(other);
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let mut rest = one.iter().copied().peekable();
    for &value in other.iter() {
        while let Some(smaller) = rest.next_if(|&left| left <= value) {
            merged.push(smaller);
        }
        count += rest.len();
        merged.push(value);
    }
    merged.extend(rest);
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_the_pairs_in_the_wrong_order() {
        assert_eq!(inversions(&mut [1, 2, 2, 3]), 0);
        assert_eq!(inversions(&mut [3, 2, 1]), 3);
        assert_eq!(inversions(&mut [2, 4, 1, 3]), 3);
    }
}
