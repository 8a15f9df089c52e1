//! From what was seen before and after a statement to what it has locked and worked on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::observation::{Observation, Observed};
use super::relations::{KnownRelation, Number, Relations};
use super::server_message::ServerMessage;
use crate::impact::{Emptied, HeldLock, LockMode, Relation, RelationKind, RowWork};

/// A foreign key that the server has checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedForeignKey {
    /// Whose keys were looked up.
    pub table: Number,
    /// Where they have to be found.
    pub parent: Number,
}

/// All that was seen of a statement. A statement may touch thousands of partitions, and the server says something of each: what
/// is made of it takes as long as there is of it, and no longer.
pub(super) struct Seen<'a> {
    /// The relations that were there before its transaction.
    pub relations: &'a Relations,
    /// Its text.
    pub text: &'a str,
    /// What the session held and had done before it.
    pub before: &'a Observation,
    /// The same after it.
    pub after: &'a Observation,
    /// What the server has said meanwhile.
    pub messages: &'a [ServerMessage],
    /// The foreign keys that it has spoken of.
    pub foreign_keys: &'a [CheckedForeignKey],
}

/// What the server has spoken of.
struct NamedByServer<'a> {
    /// The tables that were written anew.
    rewritten: BTreeSet<Number>,
    /// The tables that were read, to check something.
    verified: BTreeSet<Number>,
    /// Each index that was built, with its table.
    built: Vec<(&'a str, Number)>,
}

/// A relation that a statement may have worked on.
struct Touched<'a> {
    number: Number,
    known: &'a KnownRelation,
    before: Option<&'a Observed>,
    after: &'a Observed,
}

impl Seen<'_> {
    /// The locks that are stronger than what the transaction held before.
    pub fn locks(&self) -> Vec<HeldLock> {
        let lock = |touched: Touched<'_>| {
            let mode = touched.after.lock?;
            let is_stronger = touched.lock_before().is_none_or(|before| before < mode);
            is_stronger.then(|| HeldLock { relation: touched.known.relation.clone(), mode })
        };
        self.touched().filter_map(lock).collect()
    }

    /// The work that grows with the number of rows.
    pub fn work(&self) -> Vec<RowWork> {
        let first_word = first_word(self.text);
        if first_word == "truncate" {
            return Vec::new();
        }
        let NamedByServer { rewritten, verified, built } = self.named();
        let mut work: Vec<RowWork> =
            rewritten.iter().filter_map(|number| self.relation(*number)).map(RowWork::Rewrite).collect();
        work.extend(verified.iter().filter_map(|number| self.relation(*number)).map(RowWork::Scan));
        work.extend(self.foreign_keys.iter().filter_map(|key| self.foreign_key_check(*key)));
        let concurrently = is_concurrent(self.text);
        for (index, number) in &built {
            if let Some(table) = self.relation(*number).filter(|_| !rewritten.contains(number)) {
                work.push(RowWork::IndexBuild { index: (*index).to_owned(), table, concurrently });
            }
        }
        // On empty tables the planner reads all of one where it would use an index on the target.
        if is_of_rows(&first_word) {
            let by_index = self.written_by_index();
            let is_changed = |touched: &Touched<'_>| {
                touched.has_changed_rows(&first_word) || by_index.contains(&touched.number)
            };
            let changed = self.touched().filter(is_changed);
            work.extend(changed.map(|touched| RowWork::ChangedRows(touched.known.relation.clone())));
            let read = self.touched().filter(|touched| !is_changed(touched) && touched.is_read(&first_word));
            work.extend(read.map(|touched| RowWork::Query(touched.known.relation.clone())));
            return work;
        }
        // An index that is built beside writes takes a second look, for what came in between.
        let scans_of_build = if concurrently { 2 } else { 1 };
        let mut explained: BTreeMap<Number, u64> = BTreeMap::new();
        for number in rewritten.iter().chain(&verified) {
            *explained.entry(*number).or_default() += 1;
        }
        for (_, number) in &built {
            *explained.entry(*number).or_default() += scans_of_build;
        }
        for key in self.foreign_keys {
            for number in BTreeSet::from([key.table, key.parent]) {
                *explained.entry(number).or_default() += 1;
            }
        }
        let scanned = self.touched().filter(|touched| {
            has_rows(touched.known)
                && touched.new_scans() > explained.get(&touched.number).copied().unwrap_or_default()
                && !rewritten.contains(&touched.number)
        });
        work.extend(scanned.map(|touched| RowWork::Scan(touched.known.relation.clone())));
        work
    }

    /// The tables whose rows are gone: a new file of which the server does not say that it is written from the old one is empty.
    pub fn emptied(&self) -> Vec<Emptied> {
        let first_word = first_word(self.text);
        let truncates = matches!(&*first_word, "truncate" | "do" | "call" | "select" | "execute");
        let is_written = |name: &str| {
            self.messages
                .iter()
                .any(|message| matches!(message, ServerMessage::Rewrites { table } if table == name))
        };
        let emptied = self.touched().filter(|touched| touched.known.relation.kind == RelationKind::Table);
        emptied
            .filter_map(|touched| {
                let table = touched.known.relation.clone();
                let had_name = touched.before.is_none_or(|before| before.name.is_some());
                match touched.after.name.as_deref() {
                    None => had_name.then_some(Emptied { table, is_dropped: true }),
                    Some(name) => (truncates && touched.has_other_file() && !is_written(name))
                        .then_some(Emptied { table, is_dropped: false }),
                }
            })
            .collect()
    }

    /// The tables in which rows are found by an index in order to change them: where the table itself was locked before, only the
    /// lock on the index shows it. No change of a definition takes that one.
    fn written_by_index(&self) -> BTreeSet<Number> {
        let is_written = |touched: &Touched<'_>| {
            let writes = |lock: Option<LockMode>| lock == Some(LockMode::RowExclusive);
            writes(touched.after.lock) && (!writes(touched.lock_before()) || touched.new_scans() > 0)
        };
        self.touched().filter(is_written).filter_map(|touched| touched.known.table).collect()
    }

    /// The keys of a partitioned table are looked up partition by partition.
    fn foreign_key_check(&self, key: CheckedForeignKey) -> Option<RowWork> {
        let (table, parent) = (self.relation(key.table)?, self.relation(key.parent)?);
        (table.kind != RelationKind::PartitionedTable).then_some(RowWork::ForeignKeyCheck { table, parent })
    }

    /// What the server has spoken of, and the tables whose rows are in another file than before.
    fn named(&self) -> NamedByServer<'_> {
        let by_name = self.by_name();
        let replaced = self.touched().filter(|touched| has_rows(touched.known) && touched.has_other_file());
        let mut named = NamedByServer {
            rewritten: replaced.map(|touched| touched.number).collect(),
            verified: BTreeSet::new(),
            built: Vec::new(),
        };
        for message in self.messages {
            match message {
                ServerMessage::Rewrites { table } => named.rewritten.extend(by_name.get(table.as_str())),
                ServerMessage::Verifies { table } => named.verified.extend(by_name.get(table.as_str())),
                ServerMessage::Builds { index, table } => {
                    let number = by_name.get(table.as_str());
                    named.built.extend(number.map(|number| (lasting_name(index, self.text), *number)));
                }
                ServerMessage::ValidatesForeignKey { .. } => {}
            }
        }
        named
    }

    /// The tables that the server may mean by a name without a schema: of several, the one on which most was done.
    fn by_name(&self) -> HashMap<&str, Number> {
        let weight = |touched: &Touched<'_>| {
            (touched.has_other_file(), touched.new_scans(), touched.after.lock.is_some(), touched.after.lock)
        };
        let mut by_name: HashMap<&str, Touched<'_>> = HashMap::new();
        for touched in self.touched().filter(|touched| has_rows(touched.known)) {
            let Some(name) = touched.after.name.as_deref() else { continue };
            let is_less = by_name.get(name).is_some_and(|known| weight(&touched) < weight(known));
            if !is_less {
                by_name.insert(name, touched);
            }
        }
        by_name.into_iter().map(|(name, touched)| (name, touched.number)).collect()
    }

    fn relation(&self, number: Number) -> Option<Relation> {
        Some(self.relations.get(number)?.relation.clone())
    }

    fn touched(&self) -> impl Iterator<Item = Touched<'_>> {
        self.after.iter().filter_map(|(number, after)| {
            let known = self.relations.get(*number)?;
            Some(Touched { number: *number, known, before: self.before.get(number), after })
        })
    }
}

impl Touched<'_> {
    fn lock_before(&self) -> Option<LockMode> {
        self.before.and_then(|before| before.lock)
    }

    fn has_other_file(&self) -> bool {
        let before = self.before.map_or(self.known.filenode, |before| before.filenode);
        matches!((before, self.after.filenode), (Some(before), Some(after)) if before != after)
    }

    fn new_scans(&self) -> u64 {
        since(self.before.map_or(0, |before| before.scans), self.after.scans)
    }

    /// A query locks what it reads. Code may lock much and read little: what it reads as a whole counts.
    fn is_read(&self, first_word: &str) -> bool {
        let is_code = matches!(first_word, "do" | "call" | "execute");
        let is_new = self.after.lock.is_some() && self.lock_before().is_none();
        has_rows(self.known) && (self.new_scans() > 0 || is_new && !is_code)
    }

    /// A statement that finds no row changes none, so that what it locks counts too, and what it reads of what is locked.
    fn has_changed_rows(&self, first_word: &str) -> bool {
        let is_table =
            matches!(self.known.relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
        let writes = |lock: Option<LockMode>| lock.is_some_and(|lock| lock >= LockMode::RowExclusive);
        // What runs code may also change the definition: that locks more than rows need.
        let is_of_rows = !matches!(first_word, "do" | "call" | "select" | "execute")
            || self.after.lock == Some(LockMode::RowExclusive);
        let begins_to_write = is_of_rows && writes(self.after.lock) && !writes(self.lock_before());
        let goes_on = writes(self.after.lock)
            && matches!(first_word, "update" | "delete" | "merge")
            && self.new_scans() > 0;
        let counts = since(self.before.map_or(0, |before| before.changes), self.after.changes) > 0;
        is_table && (begins_to_write || goes_on || counts)
    }
}

/// The server begins to count anew once it has reported its counts to all.
fn since(before: u64, after: u64) -> u64 {
    after.checked_sub(before).unwrap_or(after)
}

fn has_rows(known: &KnownRelation) -> bool {
    matches!(
        known.relation.kind,
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView
    )
}

/// The word that a statement begins with, in lower case.
fn first_word(statement: &str) -> String {
    let end = statement.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(statement.len());
    statement.get(..end).unwrap_or_default().to_ascii_lowercase()
}

/// Whether what it does may take long without any rows: a change of a definition does not, unless the machine is busy.
pub(super) fn runs_code(statement: &str) -> bool {
    is_of_rows(&first_word(statement))
}

/// Whether it works on rows, or runs code that may.
fn is_of_rows(first_word: &str) -> bool {
    matches!(
        first_word,
        "insert"
            | "update"
            | "delete"
            | "merge"
            | "copy"
            | "with"
            | "select"
            | "values"
            | "do"
            | "call"
            | "execute"
    )
}

/// REINDEX CONCURRENTLY builds `an_index_ccnew` beside `an_index`, and in the end gives it that name.
fn lasting_name<'a>(index: &'a str, statement: &str) -> &'a str {
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    match index.rsplit_once("_ccnew") {
        Some((name, number)) if first_word(statement) == "reindex" && is_number(number) => name,
        _ => index,
    }
}

/// Whether it lets others write meanwhile: of all that builds indexes, only CREATE INDEX and REINDEX can.
fn is_concurrent(statement: &str) -> bool {
    matches!(first_word(statement).as_str(), "create" | "reindex")
        && statement
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .any(|word| word.eq_ignore_ascii_case("concurrently"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> KnownRelation {
        let relation = Relation {
            schema: "public".to_owned(),
            name: name.to_owned(),
            kind: RelationKind::Table,
            on_target: None,
            of: None,
        };
        KnownRelation { relation, filenode: Some(1), table: None, partitioned_table: None }
    }

    /// Each pair of partitions looked at would be 900,000,000, and the test would seem to hang.
    #[test]
    fn thousands_of_partitions_take_as_many_steps_and_not_their_square() {
        const PARTITIONS: u32 = 30_000;
        let name = |number: u32| format!("p_{number}");
        let relations = Relations::of((0..PARTITIONS).map(|number| (number, known(&name(number)))));
        let observed = |number: u32| Observed {
            name: Some(name(number)),
            lock: Some(LockMode::Share),
            filenode: Some(1),
            scans: 2,
            ..Observed::default()
        };
        let after: Observation = (0..PARTITIONS).map(|number| (number, observed(number))).collect();
        let message = |number| {
            let (index, table) = (format!("i_{number}"), name(number));
            [ServerMessage::Builds { index, table: table.clone() }, ServerMessage::Verifies { table }]
        };
        let messages: Vec<ServerMessage> = (0..PARTITIONS).flat_map(message).collect();
        let foreign_keys: Vec<CheckedForeignKey> =
            (0..PARTITIONS).map(|number| CheckedForeignKey { table: number, parent: 0 }).collect();
        let seen = Seen {
            relations: &relations,
            text: "CREATE INDEX ON p (a)",
            before: &Observation::default(),
            after: &after,
            messages: &messages,
            foreign_keys: &foreign_keys,
        };
        let work = seen.work();
        let count = |is_it: fn(&RowWork) -> bool| work.iter().filter(|work| is_it(work)).count();
        let all = PARTITIONS as usize;
        assert_eq!(count(|work| matches!(work, RowWork::IndexBuild { .. })), all);
        assert_eq!(count(|work| matches!(work, RowWork::ForeignKeyCheck { .. })), all);
        assert_eq!(count(|work| matches!(work, RowWork::Scan(_))), all);
    }
}
