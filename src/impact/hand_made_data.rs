//! Rows and values that go away with what a half drops, and that the scratch database shows nothing of: somebody has made the table or the
//! column by hand, or it is of a type that loses a part.

use std::collections::BTreeSet;

use super::by_hand::{Fate, Preceding};
use super::dependents::on_target;
use super::names::{begins, mentions, parts_at, quoted};
use super::removal::{RemovedBy, removal};
use super::rights::relation;
use super::table_actions::{dropped_by, table_actions};
use super::unseen::written_on_target;
use super::{About, Consequence, Dependent, FileTrace, Question};
use crate::catalog::{Catalog, Identity, Kind};
use crate::migration::sql::{Cursor, StandardStrings};

/// How many questions are asked of a half at most: a schema may have thousands of tables.
const MOST_ASKED: usize = 20;

/// What to ask of the target before the last of these halves runs, each time what is lost. These need what it drops.
pub fn questions_of_hand_made(
    halves: &[FileTrace],
    dependents: &[Dependent],
    (only_on_target, target_now): (&Catalog, &Catalog),
) -> Vec<Question> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let losing = Losing { half, earlier, only_on_target, target_now };
    let mut asked = losing.along(dependents);
    asked.extend(losing.named());
    asked.extend(losing.parts_of_values());
    let mut known = BTreeSet::new();
    asked.retain(|(_, table, about)| known.insert(format!("{table} {about:?}")));
    asked.into_iter().take(MOST_ASKED).map(|one| losing.question(one)).collect()
}

/// The number of a statement, a table and what it loses.
type LostData = (usize, String, About);

struct Losing<'a> {
    half: &'a FileTrace,
    earlier: &'a [FileTrace],
    only_on_target: &'a Catalog,
    target_now: &'a Catalog,
}

impl Losing<'_> {
    fn preceding(&self, number: usize) -> Preceding<'_> {
        Preceding::new(self.earlier, (self.half, number), self.only_on_target)
    }

    /// What `CASCADE` takes along.
    fn along(&self, dependents: &[Dependent]) -> Vec<LostData> {
        let is_whole = |name: &String| {
            dependents.iter().any(|one| one.object.kind == Kind::Table && one.object.name == *name)
        };
        let along = dependents.iter().filter(|one| !one.stays).filter_map(|one| {
            let RemovedBy::Cascade(number) = removal(self.earlier, self.half, &one.needs) else {
                return None;
            };
            let data = match one.object.kind {
                // Rows of a child are told with those of the table above.
                Kind::Table if one.needs.kind == Kind::Table => None,
                Kind::Table if self.parents(&one.object).iter().any(is_whole) => None,
                _ => self.data_of(&one.object),
            };
            let (table, about) = data.filter(|_| self.preceding(number).leave_as_it_is(&one.object))?;
            Some((number, table, about))
        });
        along.collect()
    }

    /// What a statement itself drops, if it is there.
    fn named(&self) -> Vec<LostData> {
        let mut found = Vec::new();
        for (number, statement) in self.half.statements.iter().enumerate() {
            let text = &statement.text;
            let tables = dropped_tables(text).into_iter().filter_map(|name| self.by_hand(number, &name));
            let columns = table_actions(text).into_iter().filter_map(dropped_by).filter_map(|column| {
                let of = relation(self.half, number, &table_of_actions(text)).and_then(written_on_target)?;
                Some(Identity { kind: Kind::Column, of: Some(of), name: quoted(&column) })
            });
            let dropped = tables.chain(columns).filter(|one| self.only_on_target.objects.contains_key(one));
            let dropped = dropped.filter(|one| self.preceding(number).fate_of(one) == Fate::Stays);
            found.extend(
                dropped.filter_map(|one| self.data_of(&one)).map(|(table, about)| (number, table, about)),
            );
        }
        found
    }

    /// A table that somebody has made, by the name that a statement uses. Where a name without a schema is looked for is known only
    /// while nothing sets the path, and where no other table has it.
    fn by_hand(&self, number: usize, name: &[String]) -> Option<Identity> {
        let sets_path = |one: &super::StatementTrace| mentions(&one.text, "search_path");
        let table = match name {
            [schema, name] => format!("{}.{}", quoted(schema), quoted(name)),
            [name] if !self.half.statements.iter().take(number).any(sets_path) => {
                let suffix = format!(".{}", quoted(name));
                let mut such = self
                    .target_now
                    .objects
                    .keys()
                    .filter(|one| one.kind == Kind::Table && one.name.ends_with(&suffix));
                such.next().filter(|_| such.next().is_none())?.name.clone()
            }
            _ => return None,
        };
        Some(Identity { kind: Kind::Table, of: None, name: table })
    }

    /// Columns of a composite type that loses an attribute.
    fn parts_of_values(&self) -> Vec<LostData> {
        let attributes = self.half.lineage.gone.iter().filter_map(|gone| {
            let there = on_target(gone, self.earlier).filter(|one| one.kind == Kind::Column)?;
            let of = there.of.as_ref()?;
            let composite = Identity { kind: Kind::CompositeType, of: None, name: of.clone() };
            let stays = !self.half.lineage.gone.contains(&composite);
            (stays && self.target_now.objects.contains_key(&composite)).then_some((of, &there.name))
        });
        let losses = attributes.flat_map(|(of, attribute)| {
            let all = self.target_now.objects.iter().filter(|(one, _)| one.kind == Kind::Column);
            let own = all.filter(move |(_, column)| {
                column.get("type") == Some(of) && column.get("inherited").is_none()
            });
            own.filter_map(move |(column, _)| {
                let table = column.of.clone().filter(|of| self.has_table(of))?;
                let about = About::DroppedColumn { column: format!("({}).{attribute}", column.name) };
                Some((self.naming(attribute), table, about))
            })
        });
        losses.collect()
    }

    /// The statement that drops an attribute.
    fn naming(&self, attribute: &str) -> usize {
        let drops = |text: &str| begins(text, "ALTER TYPE") && mentions(text, attribute);
        self.half.statements.iter().position(|one| drops(&one.text)).unwrap_or_default()
    }

    fn data_of(&self, object: &Identity) -> Option<(String, About)> {
        match object.kind {
            Kind::Table => Some((object.name.clone(), About::DroppedTable)),
            Kind::Column => {
                let of = object.of.clone().filter(|of| self.has_table(of))?;
                Some((of, About::DroppedColumn { column: object.name.clone() }))
            }
            _ => None,
        }
    }

    fn parents(&self, table: &Identity) -> Vec<String> {
        self.only_on_target.objects.get(table).map(|table| table.list("inherits")).unwrap_or_default()
    }

    fn has_table(&self, name: &str) -> bool {
        let table = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
        self.target_now.objects.contains_key(&table)
    }

    fn question(&self, (number, table, about): LostData) -> Question {
        Question {
            table,
            about,
            consequence: Consequence::Loses,
            location: self.half.statements.get(number).map(|one| one.location),
            changed_before: None,
            new_values: Vec::new(),
            own_rows: false,
            may_come: false,
            made_by: None,
        }
    }
}

/// The tables that `DROP TABLE a, b` names, each in its parts.
fn dropped_tables(text: &str) -> Vec<Vec<String>> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let mut tables = Vec::new();
    if !cursor.eat("DROP TABLE") {
        return tables;
    }
    cursor.eat("IF EXISTS");
    loop {
        tables.push(parts_at(&mut cursor));
        if !cursor.eat_sign(",") {
            return tables;
        }
    }
}

/// The table of an `ALTER TABLE`, in its parts.
fn table_of_actions(text: &str) -> Vec<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.eat("ALTER TABLE");
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    parts_at(&mut cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_that_a_statement_drops_is_read() {
        let read = |text| dropped_tables(text).iter().map(|name| name.join(".")).collect::<Vec<_>>();
        assert_eq!(read("DROP TABLE IF EXISTS a, s.\"B\" CASCADE"), ["a", "s.B"]);
        assert_eq!(read("drop table a;"), ["a"]);
        assert!(read("DROP VIEW a").is_empty());
    }
}
