//! In which order tables are loaded. Tables that refer to each other in a circle are one unit, loaded in one transaction. A
//! unit is there only once all that it refers to is there: so whenever a run is killed, every foreign key holds.

/// Tables that are loaded in one transaction, and the units before it that they refer to, both by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub tables: Vec<usize>,
    pub parents: Vec<usize>,
}

/// The units of this many tables, parents first. A reference is a pair: from, to.
pub(super) fn units(tables: usize, references: &[(usize, usize)]) -> Vec<Unit> {
    let reached: Vec<Vec<bool>> = (0..tables).map(|table| reached_from(table, tables, references)).collect();
    let reaches = |from: usize, to: usize| reached.get(from).and_then(|row| row.get(to)) == Some(&true);
    // A table that is referred to reaches fewer others than the one that refers to it.
    let mut order: Vec<usize> = (0..tables).collect();
    order.sort_by_key(|table| (0..tables).filter(|other| other != table && reaches(*table, *other)).count());
    let mut units: Vec<Unit> = Vec::new();
    for table in order {
        match units
            .iter_mut()
            .find(|unit| unit.tables.iter().any(|one| reaches(*one, table) && reaches(table, *one)))
        {
            Some(unit) => unit.tables.push(table),
            None => units.push(Unit { tables: vec![table], parents: Vec::new() }),
        }
    }
    let is_parent = |unit: &Unit, other: &Unit| {
        references.iter().any(|(from, to)| unit.tables.contains(from) && other.tables.contains(to))
    };
    let parents = |place: usize, unit: &Unit| {
        let others = units.iter().enumerate().filter(|(other, _)| *other != place);
        others.filter(|(_, other)| is_parent(unit, other)).map(|(other, _)| other).collect()
    };
    let with_parents = units.iter().enumerate().map(|(place, unit)| {
        let mut tables = unit.tables.clone();
        tables.sort_unstable();
        Unit { tables, parents: parents(place, unit) }
    });
    with_parents.collect()
}

/// Which tables a table refers to, itself or by others.
fn reached_from(table: usize, tables: usize, references: &[(usize, usize)]) -> Vec<bool> {
    let mut reached = vec![false; tables];
    let mut left = vec![table];
    while let Some(from) = left.pop() {
        for (_, to) in references.iter().filter(|(one, _)| *one == from) {
            if let Some(is_reached) = reached.get_mut(*to)
                && !*is_reached
            {
                *is_reached = true;
                left.push(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(tables: &[usize], parents: &[usize]) -> Unit {
        Unit { tables: tables.to_vec(), parents: parents.to_vec() }
    }

    #[test]
    fn parents_come_first() {
        assert_eq!(
            units(3, &[(0, 1), (1, 2), (0, 2)]),
            [unit(&[2], &[]), unit(&[1], &[0]), unit(&[0], &[0, 1])]
        );
    }

    #[test]
    fn tables_in_a_circle_are_one_unit() {
        let references = [(0, 1), (1, 0), (2, 1), (1, 3), (2, 2)];
        assert_eq!(units(4, &references), [unit(&[3], &[]), unit(&[0, 1], &[0]), unit(&[2], &[1])]);
    }

    #[test]
    fn whatever_refers_to_what_a_unit_comes_after_all_that_it_waits_for() {
        let all: Vec<(usize, usize)> = (0..9).map(|place| (place / 3, place % 3)).collect();
        for chosen in 0..1 << all.len() {
            let references = all.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            let references: Vec<(usize, usize)> = references.map(|(_, reference)| *reference).collect();
            for (place, unit) in units(3, &references).iter().enumerate() {
                assert!(unit.parents.iter().all(|parent| *parent < place), "{references:?}");
            }
        }
    }
}
