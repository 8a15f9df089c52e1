//! Rules about tables whose changes are published: the server must be able to name the row that changes.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, mentions, parts, quoted, says};
use crate::impact::rights::{NamedRelation, named, relation};
use crate::impact::{RelationKind, Right, StatementTrace};

pub(super) const NO_REPLICA_IDENTITY: PlanRuleText = PlanRuleText {
    id: "no-replica-identity",
    class: Class::Fails,
    title: "a change of rows that are published and have no replica identity",
    text: "\
The target has a publication that no migration has made, of all tables or of this one. An `UPDATE`, `DELETE` or `MERGE` of a published \
table fails that has neither a primary key nor another `REPLICA IDENTITY`, whatever rows there are.",
    given: "\
CREATE TABLE tags (name text NOT NULL);
-- by hand: CREATE PUBLICATION everything FOR ALL TABLES;",
    breaks: "DELETE FROM tags WHERE name = '';",
    safe: "",
};

pub(super) const REPLICA_IDENTITY_LOST: PlanRuleText = PlanRuleText {
    id: "replica-identity-lost",
    class: Class::Breaks,
    title: "a published table that loses its replica identity",
    text: "\
Without a primary key or another `REPLICA IDENTITY`, each `UPDATE` and `DELETE` of a published table fails, so that what runs today can \
only insert. Publications that were made by hand on the target count as well.",
    given: "\
CREATE TABLE tags (id bigint CONSTRAINT tags_key PRIMARY KEY, name text);
CREATE PUBLICATION everything FOR ALL TABLES;",
    breaks: "ALTER TABLE tags DROP CONSTRAINT tags_key;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        look.statements().flat_map(|(number, statement)| refused(look, number, statement)).collect();
    findings.extend(identities_lost(look));
    findings.extend(columns_in_use(look));
    findings
}

/// What a statement changes in a table whose publication no migration knows. Of those that they know, the trial says it.
fn refused(look: &HalfView<'_>, number: usize, statement: &StatementTrace) -> Vec<Finding> {
    let by_hand = [look.case.only_on_target, look.target];
    if publications(look.case.only_on_target).next().is_none() || changes_publications(look, number) {
        return Vec::new();
    }
    let changed = named(&statement.text).into_iter().filter_map(|NamedRelation { right, name, .. }| {
        let event = match right {
            Right::Update => "update",
            Right::Delete => "delete",
            _ => return None,
        };
        let table = relation(look.case.trace, number, &name)?;
        (table.kind == RelationKind::Table).then_some(())?;
        let on_target = table.on_target.as_ref()?;
        let there = format!("{}.{}", quoted(&on_target.schema), quoted(&on_target.name));
        let publication = published(&by_hand, look.case.target_now, &there, event)?;
        let schema = look.schema_at(number);
        let has_identity = has_identity(schema, &look.name(table)) || has_by_hand(look, &there);
        (!has_identity).then(|| (look.name(table), publication, event))
    });
    let line = statement.location.line;
    let told = changed.map(|(table, publication, event)| {
        let what = format!(
            "{table} has no replica identity, and the publication {publication}, which no migration has made, publishes each {event}: \
             this file will fail at line {line}"
        );
        let note = format!("Before it: ALTER TABLE {table} REPLICA IDENTITY FULL; or give it a primary key.");
        look.finding(PlanRule::NoReplicaIdentity, Some(number), table, what).with_recipe(Recipe::note(note))
    });
    told.collect()
}

/// Tables that could name a changed row before, and are published.
fn identities_lost<'l>(look: &'l HalfView<'_>) -> impl Iterator<Item = Finding> + use<'l> {
    let known = [look.case.only_on_target, look.case.after];
    let is_published = known.iter().any(|schema| publications(schema).next().is_some());
    let tables = look.case.before.objects.keys().filter(move |one| is_published && one.kind == Kind::Table);
    tables.filter_map(move |identity| {
        let after = look.case.trace.lineage.after(identity)?;
        let there = look.name_on_target(identity)?;
        if !has_identity(look.case.before, &identity.name)
            || !has_identity(look.target, &there.name)
            || has_identity(look.case.after, &after.name)
        {
            return None;
        }
        let events = ["update", "delete"];
        let publication = events.iter().find_map(|event| published(&known, look.case.target_now, &there.name, event))?;
        let is_over = look.statements().count();
        if changes_publications(look, is_over) || has_by_hand(look, &there.name) {
            return None;
        }
        let statement = look.statement_naming(&[&after.name]);
        let what = format!(
            "{} has no replica identity from now on, and the publication {publication} publishes its changes: each UPDATE and DELETE of it \
             fails",
            after.name
        );
        let note = format!("In the same migration, before: ALTER TABLE {} REPLICA IDENTITY FULL;", after.name);
        let finding = look.finding(PlanRule::ReplicaIdentityLost, statement, &after.name, what);
        Some(finding.with_recipe(Recipe::note(note)))
    })
}

/// Columns that go away or get another type, and that a publication names which no migration has made.
fn columns_in_use(look: &HalfView<'_>) -> Vec<Finding> {
    let lineage = &look.case.trace.lineage;
    let parts = look.case.only_on_target.objects.iter();
    let parts: Vec<_> = parts.filter(|(identity, _)| identity.kind == Kind::PublicationTable).collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let has_other_type = |column: &Identity| {
        let after = lineage.after(column).and_then(|after| look.after(after));
        let type_of =
            |object: Option<&Object>| object.and_then(|object| object.get("type")).map(str::to_owned);
        after.is_some() && type_of(after) != type_of(look.before(column))
    };
    let gone = lineage.gone.iter().filter(|one| one.kind == Kind::Column);
    let changed = look.case.before.objects.keys().map(AsRef::as_ref);
    let changed = changed.filter(|one: &&Identity| one.kind == Kind::Column && has_other_type(one));
    let mut findings = Vec::new();
    for column in gone.chain(changed) {
        let Some((of, name)) =
            look.name_on_target(column).and_then(|one| Some((one.of.as_ref()?, &one.name)))
        else {
            continue;
        };
        let uses = |publication: &Object| {
            publication.list("columns").iter().any(|one| quoted(one) == *name)
                || publication.get("where").is_some_and(|condition| mentions(condition, name))
        };
        let using = parts.iter().find(|(identity, object)| identity.name == *of && uses(object));
        let Some((identity, _)) = using else { continue };
        let publication = identity.of.clone().unwrap_or_default();
        let of_now = column.of.as_deref().unwrap_or_default();
        let Some(number) = look.statement_naming(&[of_now, &column.name]) else { continue };
        let statement = look.case.trace.statements.get(number);
        if changes_publications(look, number) || statement.is_none_or(|one| says(&one.text, "CASCADE")) {
            continue;
        }
        let line = statement.map(|one| one.location.line).unwrap_or_default();
        let what = format!(
            "the publication {publication} of {of}, which no migration has made, needs the column {name}: this file will fail at line {line}"
        );
        let note = format!(
            "Before it, leave {name} out of the publication {publication}: ALTER PUBLICATION {publication} SET TABLE …;"
        );
        let finding = look.finding(PlanRule::UnknownDependents, Some(number), publication, what);
        findings.push(finding.with_recipe(Recipe::note(note)));
    }
    findings
}

fn publications(catalog: &Catalog) -> impl Iterator<Item = (&Identity, &Object)> {
    let all = catalog.objects.iter().map(|(identity, object)| (identity.as_ref(), object.as_ref()));
    all.filter(|(identity, _)| {
        matches!(identity.kind, Kind::Publication | Kind::PublicationTable | Kind::PublicationSchema)
    })
}

/// The publication by which a change of this sort of a table is published, of all in these schemas. What it publishes, the target says.
fn published(schemas: &[&Catalog], target_now: &Catalog, table: &str, event: &str) -> Option<String> {
    let target = |kind, name: &str| {
        target_now.objects.get(&Identity { kind, of: None, name: name.to_owned() }).map(AsRef::as_ref)
    };
    let is_logged = target(Kind::Table, table).is_none_or(|table| table.get("persistence").is_none());
    let schema = parts(table).first().map(|schema| quoted(schema));
    let of = |(identity, object): (&Identity, &Object)| -> Option<String> {
        let publication = match identity.kind {
            Kind::Publication => object.get("all tables").map(|_| &identity.name)?,
            Kind::PublicationTable => identity.of.as_ref().filter(|_| identity.name == table)?,
            _ => identity.of.as_ref().filter(|_| Some(&identity.name) == schema.as_ref())?,
        };
        let known = schemas.iter().find_map(|catalog| {
            let identity = Identity { kind: Kind::Publication, of: None, name: publication.clone() };
            catalog.objects.get(&identity).map(AsRef::as_ref)
        });
        let publishes = known.or_else(|| target(Kind::Publication, publication))?.get("publish")?;
        publishes.split(", ").any(|one| one == event).then(|| publication.clone())
    };
    schemas.iter().flat_map(|catalog| publications(catalog)).filter(|_| is_logged).find_map(of)
}

/// Whether the server can name a changed row of a table.
fn has_identity(catalog: &Catalog, table: &str) -> bool {
    let identity = Identity { kind: Kind::Table, of: None, name: table.to_owned() };
    let Some(object) = catalog.objects.get(&identity) else { return false };
    match object.get("replica identity") {
        Some("full") => true,
        Some("nothing") => false,
        Some(_) => {
            catalog.parts(Kind::Index, table).any(|(_, index)| index.get("replica identity").is_some())
        }
        None => catalog.parts(Kind::Constraint, table).any(|(_, constraint)| {
            let is_deferrable = constraint.get("definition").is_some_and(|text| text.contains(" DEFERRABLE"));
            constraint.get("type") == Some("primary key") && !is_deferrable
        }),
    }
}

/// Whether somebody has given it one that no migration knows.
fn has_by_hand(look: &HalfView<'_>, table: &str) -> bool {
    has_identity(look.case.target_now, table) && !has_identity(look.target, table)
}

/// Whether a file may change publications before this statement.
fn changes_publications(look: &HalfView<'_>, number: usize) -> bool {
    let earlier = look.earlier().iter().flat_map(|case| &case.trace.statements);
    let mut before = earlier.chain(look.case.trace.statements.iter().take(number));
    before.any(|one| mentions(&one.text, "PUBLICATION") || begins(&one.text, "CALL"))
}
