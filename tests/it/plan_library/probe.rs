//! What another session may do with each table while an operation's transaction is open.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::lock::Mode;
use super::truth::Truth;

/// What users and indexes name, before the operation: tables, views, sequences.
const RELATIONS: &str = "
SELECT c.oid::regclass::text, c.relkind::text,
       array(SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = c.oid)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
ORDER BY 1";

/// A table, view or sequence.
#[derive(Debug)]
pub struct Relation {
    pub name: String,
    pub kind: String,
    pub indexes: Vec<String>,
}

impl Relation {
    /// Whether it can be written to, and locked by its name alone.
    pub fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p")
    }
}

/// What has to wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blocked {
    /// SELECT. Not tried for a view: it reads the tables below.
    pub reads: bool,
    /// INSERT, UPDATE, DELETE; nextval.
    pub writes: bool,
    /// Changes of the definition that go on beside reads and writes.
    pub changes: bool,
}

/// What another session met.
#[derive(Debug, Default)]
pub struct Met {
    pub blocked: BTreeMap<String, Blocked>,
    /// The lock on each table that is locked, concluded from which others are refused.
    pub modes: BTreeMap<String, Mode>,
}

impl Met {
    /// What is not met already without the operation.
    pub fn without(mut self, before: &Met) -> Met {
        self.modes.retain(|name, mode| before.modes.get(name) != Some(mode));
        self
    }

    /// What is blocked and should not be, and the other way round: a line each.
    pub fn unlike(&self, truth: &Truth, relations: &[Relation]) -> String {
        let differ = relations.iter().filter_map(|relation| {
            let (found, expected) = (self.blocked[&relation.name], Blocked::by(truth, relation));
            (found != expected)
                .then(|| format!("    {}: {found:?}\n    instead of {expected:?}\n", relation.name))
        });
        differ.collect()
    }
}

impl Blocked {
    /// What has to be blocked. A session that reads a table locks its indexes, too.
    fn by(truth: &Truth, relation: &Relation) -> Blocked {
        let own = truth.locks.get(&relation.name);
        let on_indexes = relation.indexes.iter().filter_map(|index| truth.locks.get(index));
        let blocks =
            |mode: Mode| own.into_iter().chain(on_indexes.clone()).any(|lock| lock.is_in_the_way_of(mode));
        Blocked {
            reads: relation.kind != "v" && blocks(Mode::AccessShare),
            writes: (relation.is_table() || relation.kind == "S") && blocks(Mode::RowExclusive),
            changes: own.is_some_and(|lock| lock.is_in_the_way_of(Mode::ShareUpdateExclusive)),
        }
    }
}

/// The relations that are there before an operation.
pub async fn relations(client: &Client) -> Vec<Relation> {
    let rows = client.query(RELATIONS, &[]).await.unwrap();
    rows.iter().map(|row| Relation { name: row.get(0), kind: row.get(1), indexes: row.get(2) }).collect()
}

/// Tries to read, to write and to change each of them.
pub async fn meet(client: &Client, relations: &[Relation]) -> Met {
    let mut met = Met::default();
    for relation in relations {
        if let Some(mode) = mode(client, relation).await {
            met.modes.insert(relation.name.clone(), mode);
        }
        met.blocked.insert(relation.name.clone(), blocked(client, relation).await);
    }
    met
}

async fn blocked(client: &Client, Relation { name, kind, .. }: &Relation) -> Blocked {
    let read = match kind.as_str() {
        "v" => None,
        _ => Some(format!("SELECT FROM ONLY {name} LIMIT 1")),
    };
    // No row is touched: what locks on rows are in the way of is another matter.
    let write = match kind.as_str() {
        "r" | "p" => Some(format!("DELETE FROM ONLY {name} WHERE ctid = '(0,0)'")),
        "S" => Some(format!("SELECT nextval('{name}')")),
        _ => None,
    };
    let word = match kind.as_str() {
        "v" => "VIEW",
        "m" => "MATERIALIZED VIEW",
        "S" => "SEQUENCE",
        _ => "TABLE",
    };
    let change = format!("COMMENT ON {word} {name} IS 'tried'");
    Blocked {
        reads: is_refused(client, read.as_deref()).await,
        writes: is_refused(client, write.as_deref()).await,
        changes: is_refused(client, Some(&change)).await,
    }
}

/// Which mode the other session has. Only tables can be locked by name, without what they stand on.
async fn mode(client: &Client, relation: &Relation) -> Option<Mode> {
    let name = &relation.name;
    if !relation.is_table() {
        return None;
    }
    let mut refused = Vec::new();
    // If not even this one is refused, there is no lock.
    for mode in Mode::ALL.into_iter().rev() {
        if is_refused(client, Some(&format!("LOCK TABLE ONLY {name} IN {mode} MODE NOWAIT"))).await {
            refused.insert(0, mode);
        } else if mode == Mode::AccessExclusive {
            return None;
        }
    }
    Some(Mode::by_conflicts(&refused).unwrap_or_else(|| panic!("{name}: no mode refuses just {refused:?}")))
}

/// Whether a statement has to wait for a lock.
async fn is_refused(client: &Client, sql: Option<&str>) -> bool {
    let Some(sql) = sql else { return false };
    let result = client.batch_execute(&format!("BEGIN; {sql}; ROLLBACK")).await;
    let Err(error) = result else { return false };
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE), "{sql}: {error}");
    true
}
