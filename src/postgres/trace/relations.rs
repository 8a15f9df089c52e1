//! The relations that are there before a transaction begins. Only what is among them can be in anybody's way.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::SimpleQueryRow;

use crate::connect::Session;
use crate::impact::{Relation, RelationKind, TargetName};
use crate::postgres::history::HistoryTable;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rebuild::RebuildError;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// The OID of a relation on the scratch database. It outlives a new name.
pub(super) type Number = u32;

/// What the target calls its relations, by the number of each on the scratch database.
pub(super) type TargetNames = HashMap<Number, TargetName>;

/// The relations of a database.
#[derive(Debug, Default)]
pub(super) struct Relations {
    by_number: BTreeMap<Number, KnownRelation>,
}

/// A relation.
#[derive(Debug)]
pub(super) struct KnownRelation {
    pub relation: Relation,
    /// The file with its rows. Another one after a statement: they were written anew.
    pub filenode: Option<Number>,
    /// Of an index: its table.
    pub table: Option<Number>,
    /// Of a partition: the table that it is one of.
    pub partitioned_table: Option<Number>,
}

impl Relations {
    /// Reads them, all but these tables.
    pub async fn read(session: &Session, left_out: &[HistoryTable]) -> Result<Relations, RebuildError> {
        let query = by_own_path(Lasting::ForTheTransaction, include_str!("sql/relations.sql"));
        let rows = rows(session.client(), &query).await.map_err(|error| RebuildError::Sql {
            doing: "the relations of the scratch database cannot be read",
            source: SqlError::from(error),
        })?;
        let mut by_number: BTreeMap<Number, KnownRelation> = rows.iter().filter_map(known).collect();
        let is_left_out = |one: &KnownRelation| {
            let Relation { schema, name, .. } = &one.relation;
            left_out.iter().any(|table| table.schema() == schema && table.name() == name)
        };
        by_number.retain(|_, one| !is_left_out(one));
        Ok(Relations { by_number })
    }

    #[cfg(test)]
    pub fn of(relations: impl IntoIterator<Item = (Number, KnownRelation)>) -> Relations {
        Relations { by_number: relations.into_iter().collect() }
    }

    /// What the target calls them, where no pending file has run yet.
    pub fn names(&self) -> TargetNames {
        let name = |one: &KnownRelation| TargetName {
            schema: one.relation.schema.clone(),
            name: one.relation.name.clone(),
        };
        self.by_number.iter().map(|(number, one)| (*number, name(one))).collect()
    }

    /// The same relations, each with what the target calls it, and an index with its table.
    pub fn with_target_names(mut self, names: &TargetNames) -> Relations {
        for (number, one) in &mut self.by_number {
            one.relation.on_target = names.get(number).cloned();
        }
        let tables: Vec<(Number, Relation)> = self
            .by_number
            .iter()
            .filter_map(|(number, one)| Some((*number, self.by_number.get(&one.table?)?.relation.clone())))
            .collect();
        for (number, table) in tables {
            if let Some(one) = self.by_number.get_mut(&number) {
                one.relation.of = Some(Box::new(table));
            }
        }
        self
    }

    pub fn get(&self, number: Number) -> Option<&KnownRelation> {
        self.by_number.get(&number)
    }

    /// Each with its number.
    pub fn iter(&self) -> impl Iterator<Item = (Number, &KnownRelation)> {
        self.by_number.iter().map(|(number, one)| (*number, one))
    }
}

fn known(row: &SimpleQueryRow) -> Option<(Number, KnownRelation)> {
    let number = |column: &str| row.get(column).and_then(|number| number.parse().ok());
    let relation = Relation {
        schema: row.get("schema")?.to_owned(),
        name: row.get("name")?.to_owned(),
        kind: kind(row.get("kind")?)?,
        on_target: None,
        of: None,
    };
    let known = KnownRelation {
        relation,
        filenode: number("filenode"),
        table: number("table_number"),
        partitioned_table: number("partitioned_table"),
    };
    Some((number("number")?, known))
}

/// By the letter of `pg_class.relkind`.
fn kind(letter: &str) -> Option<RelationKind> {
    Some(match letter {
        "r" => RelationKind::Table,
        "p" => RelationKind::PartitionedTable,
        "i" | "I" => RelationKind::Index,
        "m" => RelationKind::MaterializedView,
        "v" => RelationKind::View,
        "S" => RelationKind::Sequence,
        "f" => RelationKind::ForeignTable,
        _ => return None,
    })
}
