//! What `pmdb plan` says of the operations. It looks at a database without a row.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check;
use super::lock::Mode;
use super::operation::Operation;
use super::planned::PLANNED;
use super::truth::Truth;
use super::world::server;

#[test]
fn pmdb_plan_claims_what_the_library_says_no_more_and_no_less() {
    check(PLANNED.iter().filter_map(|planned| disagreement(planned.operation, &planned.document)));
}

fn disagreement(operation: &Operation, document: &Value) -> Option<String> {
    let Operation { name, sql, .. } = operation;
    let file = document["files"].as_array().unwrap().last().unwrap();
    if !file["error"].is_null() {
        return Some(format!("{name}\n{sql}  pmdb says that it fails: {}", file["error"]));
    }
    let mut truth = operation.truth(server().major());
    let mut claims = Claims::of(file);
    // What is read as a whole here may be read by an index elsewhere, and what is changed is read for that.
    let mut reads = std::mem::take(&mut claims.work.reads);
    reads.extend(truth.changes.iter().cloned());
    if truth.reads.is_subset(&reads) {
        truth.reads.clear();
    }
    let blocked = claims.wrongly_blocked(file);
    let claimed = claims.as_truth();
    let is_wrong = claimed != truth || !blocked.is_empty();
    (is_wrong != operation.unseen.is_some())
        .then(|| format!("{name}\n{sql}  the library says\n{truth}  pmdb says\n{claimed}{blocked}"))
}

/// What is claimed of a file.
struct Claims {
    /// The strongest lock on each relation.
    locks: BTreeMap<String, Mode>,
    /// The tables of the indexes among them.
    tables: BTreeMap<String, String>,
    work: Truth,
}

impl Claims {
    fn of(file: &Value) -> Claims {
        let mut claims = Claims { locks: BTreeMap::new(), tables: BTreeMap::new(), work: Truth::default() };
        for statement in list(&file["statements"]) {
            list(&statement["locks"]).for_each(|lock| claims.lock(lock));
            list(&statement["work"]).for_each(|work| claims.work(work));
        }
        claims
    }

    fn lock(&mut self, lock: &Value) {
        let relation = &lock["relation"];
        let name = text(&relation["name"]);
        let mode = Mode::from_sql(&text(&lock["mode"]).replace('_', " ").to_uppercase()).unwrap();
        let strongest = self.locks.entry(name.clone()).or_insert(mode);
        *strongest = mode.max(*strongest);
        if let Some(table) = relation["of"]["name"].as_str() {
            self.tables.insert(name, table.to_owned());
        }
    }

    fn work(&mut self, work: &Value) {
        let done = &mut self.work;
        match text(&work["work"]).as_str() {
            "rewrite" => done.rewrites.insert(text(&work["name"])),
            "scan" => done.scans.insert(text(&work["name"])),
            "index_build" => {
                done.builds.insert(format!("{} on {}", text(&work["index"]), text(&work["table"]["name"])))
            }
            "foreign_key_check" => {
                done.scans.insert(text(&work["table"]["name"]));
                done.scans.insert(text(&work["parent"]["name"]))
            }
            "query" => done.reads.insert(text(&work["name"])),
            "changed_rows" => done.changes.insert(text(&work["name"])),
            other => panic!("what work is this? {other}"),
        };
    }

    /// Without the locks on indexes that are in the way of no more than the one on their table.
    fn as_truth(&self) -> Truth {
        let matters = |name: &String, mode: Mode| {
            let Some(table) = self.tables.get(name) else { return true };
            let on_table = self.locks.get(table);
            [Mode::AccessShare, Mode::RowExclusive].into_iter().any(|other| {
                mode.is_in_the_way_of(other) && !on_table.is_some_and(|lock| lock.is_in_the_way_of(other))
            })
        };
        let locks = self.locks.iter().filter(|(name, mode)| matters(name, **mode));
        Truth { locks: locks.map(|(name, mode)| (name.clone(), *mode)).collect(), ..self.work.clone() }
    }

    /// Who is said to wait, compared with the locks that are said to be taken. What the target does not have is in
    /// nobody's way.
    fn wrongly_blocked(&self, file: &Value) -> String {
        let mut expected: BTreeMap<String, &str> = BTreeMap::new();
        for (name, mode) in self.as_truth().locks {
            let relation = self.tables.get(&name).unwrap_or(&name);
            let blocks = match mode {
                _ if mode.is_in_the_way_of(Mode::AccessShare) => "reads_and_writes",
                _ if mode.is_in_the_way_of(Mode::RowExclusive) => "writes",
                _ if mode.is_in_the_way_of(Mode::ShareUpdateExclusive) => "definitions",
                _ => continue,
            };
            let strongest = expected.entry(relation.clone()).or_insert(blocks);
            *strongest = strength(strongest).max(strength(blocks)).1;
        }
        let is_on_target = |name: &String| {
            list(&file["statements"]).flat_map(|one| list(&one["locks"])).any(|lock| {
                let relation = &lock["relation"];
                let target = |one: &Value| one["name"] == **name && !one["on_target"].is_null();
                target(relation) || target(&relation["of"])
            })
        };
        expected.retain(|name, _| is_on_target(name));
        let mut found: BTreeMap<String, &str> = BTreeMap::new();
        for one in list(&file["blocked"]) {
            let blocks = one["blocks"].as_str().unwrap();
            let strongest = found.entry(text(&one["name"])).or_insert(blocks);
            *strongest = strength(strongest).max(strength(blocks)).1;
        }
        if found == expected {
            String::new()
        } else {
            format!("    blocked: {found:?}\n    instead of {expected:?}\n")
        }
    }
}

fn strength(blocks: &str) -> (usize, &str) {
    let words = ["definitions", "writes", "reads_and_writes"];
    (words.iter().position(|word| *word == blocks).unwrap(), blocks)
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
