//! The note of what has been put off: a table beside the history, which is there only while something is put off.
//!
//! What stands in it is run as the role that fills, so the table has to be one that this role can trust, as the history.

use std::fmt;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::{Client, Error, SimpleQueryRow};

use crate::postgres::history::HistoryTable;
use crate::postgres::rows::rows;

/// The table with the note.
#[derive(Debug, Clone)]
pub(super) struct Note {
    table: HistoryTable,
}

/// Something that is put off, or the table that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PutOffItem {
    /// Where it stands among the others.
    pub id: u32,
    pub sort: Sort,
    /// The table, qualified and quoted.
    pub of: String,
    pub of_oid: u32,
    /// Its own name, quoted.
    pub name: String,
    /// Of a foreign key: the table that it refers to, qualified and quoted.
    pub refers_to: String,
    /// The statement that drops it; empty where that of another does.
    pub put_off: String,
    /// The statements that make it again.
    pub put_back: String,
    /// What the catalog says of it, as JSON.
    pub expected: String,
    /// Whether the table is still there, perhaps by another name.
    pub table_is_there: bool,
}

/// What it is, in the order in which they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// A table, which stays.
    Table,
    /// An index, also one of a key.
    Index,
    /// The index that its table was last clustered by. To mark it as such, nobody else may index the table.
    ClusteredIndex,
    /// A primary key or a UNIQUE constraint. It takes over its index.
    Key,
    /// A foreign key. It needs the keys of the other table.
    ForeignKey,
}

const SORTS: [(Sort, &str); 5] = [
    (Sort::Table, "table"),
    (Sort::Index, "index"),
    (Sort::ClusteredIndex, "clustered index"),
    (Sort::Key, "key"),
    (Sort::ForeignKey, "foreign key"),
];

/// What people who find the table should know.
const COMMENT: &str = "Indexes and constraints that pmdb fill has put off. While this table is here, some are missing: \
                       pmdb fill --restore brings them back, and removes it.";

impl Sort {
    /// As people call it.
    pub fn word(self) -> &'static str {
        SORTS.iter().find(|(sort, _)| *sort == self).map_or("", |(_, word)| word)
    }

    fn of(word: &str) -> Option<Sort> {
        SORTS.iter().find(|(_, known)| *known == word).map(|(sort, _)| *sort)
    }
}

impl PutOffItem {
    /// From a row of the candidates or of the note, whose columns are called as the fields are.
    pub fn of(row: &SimpleQueryRow) -> Option<PutOffItem> {
        let text = |column: &str| row.try_get(column).ok().flatten().unwrap_or_default().to_owned();
        Some(PutOffItem {
            id: text("id").parse().unwrap_or_default(),
            sort: Sort::of(&text("sort"))?,
            of: text("of"),
            of_oid: text("of_oid").parse().ok()?,
            name: text("name"),
            refers_to: text("refers_to"),
            put_off: text("put_off"),
            put_back: text("put_back"),
            expected: text("expected"),
            table_is_there: text("table_is_there") == "t",
        })
    }

    /// As in "the index idx_a of public.t".
    pub fn shown(&self) -> String {
        match self.sort {
            Sort::Table => format!("the table {}", self.of),
            sort => format!("the {} {} of {}", sort.word(), self.name, self.of),
        }
    }
}

impl Note {
    /// The one that lies beside this history.
    pub fn beside(history: &HistoryTable) -> Note {
        Note { table: history.put_off() }
    }

    /// All that stands in it, what belongs to the largest table first; nothing where there is none.
    pub async fn read(&self, client: &Client) -> Result<Vec<PutOffItem>, Error> {
        let there = format!("SELECT pg_catalog.to_regclass({}) IS NOT NULL AS there", self.table.literal());
        let is_there = rows(client, &there).await?.first().is_some_and(|row| row.get("there") == Some("t"));
        if !is_there {
            return Ok(Vec::new());
        }
        let query = format!(
            "{}SELECT id, sort, \"of\", of_oid, name, refers_to, put_back, expected, \
             EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) of_oid) AS table_is_there \
             FROM {} ORDER BY pg_catalog.pg_relation_size(of_oid::pg_catalog.regclass) DESC, id",
            self.table.trusted_to_read(),
            self.table.sql()
        );
        Ok(rows(client, &query).await?.iter().filter_map(PutOffItem::of).collect())
    }

    /// Makes it, with these in it.
    pub fn write(&self, items: &[PutOffItem]) -> String {
        let table = self.table.sql();
        let rows: Vec<String> = items
            .iter()
            .map(|item| {
                let texts =
                    [item.sort.word(), &item.of, &item.name, &item.refers_to, &item.put_back, &item.expected];
                let [sort, of, name, refers_to, put_back, expected] = texts.map(escape_literal);
                let (id, of_oid) = (item.id, item.of_oid);
                format!("({id}, {sort}, {of}, {of_oid}, {name}, {refers_to}, {put_back}, {expected})")
            })
            .collect();
        format!(
            "CREATE TABLE {table} (id pg_catalog.int4 PRIMARY KEY, sort pg_catalog.text NOT NULL, \
             \"of\" pg_catalog.text NOT NULL, of_oid pg_catalog.oid NOT NULL, name pg_catalog.text NOT NULL, \
             refers_to pg_catalog.text NOT NULL, put_back pg_catalog.text NOT NULL, expected pg_catalog.text NOT NULL, \
             put_off_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(), \
             put_off_by pg_catalog.text NOT NULL DEFAULT current_user); \
             COMMENT ON TABLE {table} IS {}; \
             INSERT INTO {table} (id, sort, \"of\", of_oid, name, refers_to, put_back, expected) VALUES {}",
            escape_literal(COMMENT),
            rows.join(", ")
        )
    }

    /// The statement that removes it.
    pub fn remove(&self) -> String {
        format!("DROP TABLE {}", self.table.sql())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)
    }
}
