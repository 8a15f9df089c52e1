//! A rule about what stays with a relation, or goes with it, when another one takes its name.

use super::unique_keys::is_same;
use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::by_hand::Fate;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::foreign_keys::referring;
use crate::impact::look::HalfView;
use crate::impact::names::{begins, mentions, quoted, says};

pub(super) const LEFT_BEHIND: PlanRuleText = PlanRuleText {
    id: "left-behind",
    class: Class::Breaks,
    title: "what stays with a table whose name another one takes",
    text: "\
A table that is built beside the old one and takes its name has what `CREATE TABLE` gave it: `LIKE … INCLUDING ALL` copies no trigger, no \
policy and no row level security, and foreign keys of other tables lead to the old table, so that rows which refer to new ones are \
refused. A unique index that is missing is one that `ON CONFLICT` needs. So it is with a view that is dropped and made anew, and was \
written through a trigger or a rule, and with a materialized view that loses its unique index and so `REFRESH … CONCURRENTLY`. What was \
made by hand on the target counts as well. Make all of it on the new one, in the same migration.",
    given: "\
CREATE TABLE notes (id bigint PRIMARY KEY, writer text);
CREATE POLICY own ON notes USING (writer = current_user);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",
    breaks: "\
CREATE TABLE notes_new (LIKE notes INCLUDING ALL);
ALTER TABLE notes RENAME TO notes_old;
ALTER TABLE notes_new RENAME TO notes;",
    safe: "\
-- migrate:up
CREATE TABLE notes_new (LIKE notes INCLUDING ALL);
CREATE POLICY own ON notes_new USING (writer = current_user);
ALTER TABLE notes_new ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes RENAME TO notes_old;
ALTER TABLE notes_new RENAME TO notes;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let lineage = &look.case.trace.lineage;
    let gone = lineage.gone.iter().map(|old| (old, None));
    let renamed = lineage.renamed().map(|(old, new)| (old, Some(new)));
    let relations = gone.chain(renamed).filter(|(old, _)| {
        matches!(old.kind, Kind::Table | Kind::View | Kind::MaterializedView)
            && lineage.is_taken_over(old)
            && look.is_called_so_today(old)
    });
    relations.filter_map(|(old, new)| Succession { look, old, new }.finding()).collect()
}

/// A relation of today, and another one that has its name after the half.
struct Succession<'l> {
    look: &'l HalfView<'l>,
    old: &'l Identity,
    /// The name of the old one from now on; `None` where it is gone.
    new: Option<&'l Identity>,
}

impl Succession<'_> {
    fn finding(&self) -> Option<Finding> {
        let mut lacking = self.triggers();
        lacking.extend(self.row_security());
        lacking.extend(self.unique_indexes());
        let keys = self.foreign_keys();
        if lacking.is_empty() && keys.is_empty() {
            return None;
        }
        let Identity { kind, name, .. } = self.old;
        let mut what = match self.new {
            Some(new) => {
                format!("{name} is called {} from now on, and another {kind} has its name", new.name)
            }
            None => format!("the {kind} {name} is dropped and made anew"),
        };
        if !lacking.is_empty() {
            what += &format!(", without {}", lacking.join(", "));
        }
        if let (false, Some(new)) = (keys.is_empty(), self.new) {
            what += &format!(
                ": {} still leads to {}, so that rows which refer to new ones are refused",
                keys.join(", "),
                new.name
            );
        }
        let note = "In the same migration: make on the new one what it lacks, and the foreign keys anew.";
        let statement = self.look.statement_naming(&[name]);
        let finding = self.look.finding(PlanRule::LeftBehind, statement, name, what);
        Some(finding.with_recipe(Recipe::note(note)))
    }

    /// What the old one has of a sort, made by migrations or by hand. What a file drops by its name is not wanted any more; an index may
    /// have to go where another one needs its name.
    fn of_old(&self, kind: Kind) -> impl Iterator<Item = (&Identity, &Object)> {
        let look = self.look;
        let known = look.case.before.parts(kind, &self.old.name).filter(|(one, _)| look.is_on_target(one));
        let by_hand = look.case.only_on_target.parts(kind, &self.old.name);
        let is_dropped = move |one: &Identity| {
            let mut drop = look.statements().filter(|(_, one)| drops(&one.text));
            kind != Kind::Index && drop.any(|(_, drop)| mentions(&drop.text, &one.name))
        };
        known.chain(by_hand).filter(move |(one, _)| !is_dropped(one))
    }

    /// What the new one has of a sort.
    fn of_new(&self, kind: Kind) -> impl Iterator<Item = (&Identity, &Object)> {
        self.look.case.after.parts(kind, &self.old.name)
    }

    /// Also rules. One that calls the same function may have another name.
    fn triggers(&self) -> Vec<String> {
        let kinds = [Kind::Trigger, Kind::Rule].into_iter();
        let lacking = kinds.flat_map(|kind| {
            self.of_old(kind).filter(move |(one, object)| {
                let is_there = |(other, its): (&Identity, &Object)| {
                    other.name == one.name || kind == Kind::Trigger && call(its) == call(object)
                };
                object.get("enabled") != Some("no") && !self.of_new(kind).any(is_there)
            })
        });
        lacking.map(|(one, _)| format!("the {} {}", one.kind, one.name)).collect()
    }

    fn row_security(&self) -> Vec<String> {
        let is_on = |object: &Object| object.get("row security").is_some();
        if !self.look.before(self.old).is_some_and(is_on) || !self.look.today(self.old).is_some_and(is_on) {
            return Vec::new();
        }
        if !self.look.after(self.old).is_some_and(is_on) {
            return vec!["row level security".to_owned()];
        }
        // Who makes some has thought of them.
        let lacking = self.of_old(Kind::Policy).filter(|_| self.of_new(Kind::Policy).next().is_none());
        lacking.map(|(one, _)| format!("the {} {}", one.kind, one.name)).collect()
    }

    fn unique_indexes(&self) -> Vec<String> {
        let is_unique = |index: &Object| {
            index.get("unique").is_some() && index.get("valid").is_none() && index.get("parent").is_none()
        };
        let left = self.look.after(self.old).map(|object| object.list("columns")).unwrap_or_default();
        let lacking = self.of_old(Kind::Index).filter(|(_, index)| {
            is_unique(index)
                && index.list("columns").iter().all(|column| left.contains(column))
                && !self.of_new(Kind::Index).any(|(_, other)| is_same(index, other))
        });
        let listed = |index: &Object| {
            let columns = index.list("columns").into_iter().map(|column| quoted(&column));
            format!("a unique index of ({})", columns.collect::<Vec<_>>().join(", "))
        };
        lacking.map(|(_, index)| listed(index)).collect()
    }

    /// Those of tables of today that lead to the old one. Where it is gone, they are gone.
    fn foreign_keys(&self) -> Vec<String> {
        let (look, Some(new)) = (self.look, self.new) else { return Vec::new() };
        let lineage = &look.case.trace.lineage;
        let is_of_today = |table: &str| {
            let table = Identity { kind: Kind::Table, of: None, name: table.to_owned() };
            lineage.before(&table) == Some(&table) && look.is_called_so_today(&table)
        };
        let known = referring(look.case.after, new.name.clone())
            .filter(|key| is_of_today(key.table) && !lineage.made.contains(&constraint(key.table, key.name)));
        let end = look.preceding(look.case.trace.statements.len());
        let by_hand = referring(look.case.only_on_target, self.old.name.clone())
            .filter(|key| end.fate_of(&constraint(key.table, key.name)) == Fate::Stays);
        let keys = known.chain(by_hand).filter(|key| key.is_enforced() && !key.is_of_whole());
        keys.map(|key| format!("the foreign key {} of {}", key.name, key.table)).collect()
    }
}

fn drops(text: &str) -> bool {
    begins(text, "DROP") || begins(text, "ALTER") && says(text, "DROP")
}

fn constraint(table: &str, name: &str) -> Identity {
    Identity { kind: Kind::Constraint, of: Some(table.to_owned()), name: name.to_owned() }
}

/// What a trigger runs: `FUNCTION f()`.
fn call(trigger: &Object) -> Option<&str> {
    Some(trigger.get("definition")?.rsplit_once(" EXECUTE ")?.1)
}
