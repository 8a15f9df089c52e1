//! The recipes of `pmdb plan`: each is run where it was printed for, and has to end where the operation ends.

use pmdb::catalog::{Catalog, Change, Difference, Item, Object, Strictness};
use serde_json::Value;

use super::check;
use super::operation::Operation;
use super::planned::{PLANNED, Planned, given, in_transaction, migration, plan, write};
use crate::plan_recipes::catalog;
use crate::support::{Database, Project, side_by_side};

/// The rows of all tables but the history, by the name of each column. What differs each time is left out.
const ROWS: &str = "
SELECT relname || xpath('//rows/text()', query_to_xml(format(
    'SELECT string_agg(row, '','' ORDER BY row) AS rows FROM (
        SELECT (to_jsonb(t) - ''token'' - ''created'')::text AS row FROM ONLY %I AS t) AS rows', relname),
    true, true, ''))::text
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') AND relname NOT LIKE 'schema%' ORDER BY 1";

/// These replace the whole file, not their statement alone.
const OF_THE_FILE: [&str; 1] = ["lock-held-during-work"];

/// What these do has no way that is in nobody's way.
const BLOCKS_AS_WELL: [&str; 1] = ["domain-checked-at-once"];

#[test]
fn each_recipe_runs_where_it_was_printed_for_ends_where_the_operation_ends_and_is_in_nobodys_way() {
    check(side_by_side(&PLANNED, wrong).into_iter().flatten());
}

/// What is wrong with the recipes for an operation.
fn wrong(planned: &Planned) -> Vec<String> {
    let Planned { operation, document, .. } = planned;
    let target = planned.target();
    let ways = ways(operation, document);
    if ways.is_empty() {
        return Vec::new();
    }
    let itself = vec![migration(in_transaction(operation), &operation.sql)];
    let dangerous = match (Way { files: itself, rules: Vec::new() }).end(operation, target) {
        Ok(end) => end,
        Err(error) => return vec![format!("{}: {error}", operation.name)],
    };
    let wrong = ways.iter().filter_map(|way| {
        way.end(operation, target)
            .and_then(|end| end.same(&dangerous))
            .err()
            .map(|error| way.told(operation, &error))
    });
    wrong.collect()
}

/// Migrations instead of the operation.
struct Way {
    files: Vec<String>,
    /// Whose recipes they are.
    rules: Vec<String>,
}

/// Where a way ends.
struct End {
    catalog: Catalog,
    rows: Vec<Vec<Option<String>>>,
}

/// The recipes of each statement in its place, and those for the file.
fn ways(operation: &Operation, document: &Value) -> Vec<Way> {
    let findings: Vec<&Value> =
        list(&document["findings"]).filter(|one| list(&one["recipe"]["files"]).next().is_some()).collect();
    let (of_file, of_statement): (Vec<&Value>, Vec<&Value>) =
        findings.iter().partition(|one| OF_THE_FILE.contains(&text(&one["rule"])));
    let mut ways: Vec<Way> = of_file
        .iter()
        .map(|one| Way { files: files(one), rules: vec![text(&one["rule"]).to_owned()] })
        .collect();
    if of_statement.is_empty() {
        return ways;
    }
    let file = list(&document["files"]).last().unwrap();
    let mut way = Way { files: Vec::new(), rules: Vec::new() };
    for (place, statement) in list(&file["statements"]).enumerate() {
        let own: Vec<&&Value> = of_statement.iter().filter(|one| one["statement"] == place + 1).collect();
        if own.is_empty() {
            way.files.push(migration(in_transaction(operation), text(&statement["sql"])));
        }
        for finding in own {
            way.files.extend(files(finding));
            way.rules.push(text(&finding["rule"]).to_owned());
        }
    }
    ways.push(way);
    ways
}

fn files(finding: &Value) -> Vec<String> {
    let files = list(&finding["recipe"]["files"]);
    files.map(|file| migration(file["transaction"].as_bool().unwrap(), text(&file["sql"]))).collect()
}

impl Way {
    /// Goes it on a copy of the target.
    fn end(&self, operation: &Operation, target: &Database) -> Result<End, String> {
        let (project, database) = (Project::new(), target.copy());
        write(&project, &[given(operation), self.files.clone()].concat());
        if !self.rules.is_empty() {
            self.blocks_nobody(&plan(&project, &database, &["--no-questions"]))?;
        }
        let outcome = project.pmdb(&["up"]).database(&database).run();
        if outcome.code != Some(0) {
            return Err(outcome.stderr);
        }
        Ok(End { catalog: catalog(&database), rows: database.sql(ROWS) })
    }

    fn blocks_nobody(&self, document: &Value) -> Result<(), String> {
        let blocks = |one: &&Value| one["class"] == "blocks" && !BLOCKS_AS_WELL.contains(&text(&one["rule"]));
        match list(&document["findings"]).find(blocks) {
            Some(finding) => Err(format!("it blocks, too: {}: {}", finding["rule"], finding["what"])),
            None => Ok(()),
        }
    }

    fn told(&self, operation: &Operation, error: &str) -> String {
        let (Operation { name, sql, .. }, rules) = (operation, self.rules.join(", "));
        format!("{name} ({rules})\n{sql}  {error}\n{}\n", self.files.join("\n"))
    }
}

impl End {
    /// What the NOT NULL of a partition is called, that it has from the whole, is nobody's concern: the server takes the name
    /// of the one or of the other.
    fn is_only_a_name(&self, item: &Item) -> bool {
        let Change::Changed { attributes } = &item.change else { return false };
        let inherited = |object: &std::sync::Arc<Object>| object.get("inherited").is_some();
        attributes.iter().all(|change| change.attribute == "not null constraint")
            && self.catalog.objects.get(&item.identity).is_some_and(inherited)
    }

    fn same(&self, other: &End) -> Result<(), String> {
        let mut difference = Difference::between(&other.catalog, &self.catalog);
        difference.items.retain(|item| !self.is_only_a_name(item));
        if difference.counts(Strictness::Default) {
            let lines: Vec<String> = difference.items.iter().flat_map(|item| item.lines()).collect();
            return Err(format!("the recipe makes something else: {lines:#?}"));
        }
        if self.rows != other.rows {
            let first = self.rows.iter().zip(&other.rows).find(|(own, others)| own != others);
            return Err(format!("the recipe leaves other rows: {:.1000}", format!("{first:?}")));
        }
        Ok(())
    }
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
