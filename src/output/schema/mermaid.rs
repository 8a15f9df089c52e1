//! A schema as an entity-relationship diagram of Mermaid, which Markdown viewers such as GitHub's draw.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::card::key_marks;
use super::line;
use crate::catalog::schema::{Cardinality, Changes, Column, DisplayName, ForeignKey, Mark, Part, Schema};

/// What each table is called in the diagram.
type Entities<'s> = BTreeMap<&'s DisplayName, String>;

/// The colours of what differs, where something does.
const CLASSES: &str = "    classDef new fill:#b4f1c1,stroke:#1a7f37,color:#1f2328
    classDef changed fill:#ffe7a3,stroke:#bf8700,color:#1f2328
    classDef gone fill:#ffd0cc,stroke:#cf222e,color:#1f2328
";

pub(super) fn text(schema: &Schema, changes: &Changes, title: Option<&str>) -> String {
    let entities = entities(schema);
    let mut diagram = title.map_or_else(String::new, front_matter) + "erDiagram\n";
    for table in &schema.tables {
        let class = changes.of(&Part::Table(table.name.clone()));
        let class = class.map_or_else(String::new, |mark| format!(":::{}", mark.word()));
        let _ = writeln!(diagram, "    \"{}\"{class} {{", entities[&table.name]);
        let mut taken = BTreeSet::new();
        for column in &table.columns {
            let mark = changes.of(&Part::Column(table.name.clone(), column.name.clone()));
            let mark = mark.map_or_else(String::new, |mark| format!(" \"{}\"", mark.word()));
            let _ = writeln!(diagram, "        {}{mark}", attribute(column, &mut taken));
        }
        diagram.push_str("    }\n");
    }
    for table in &schema.tables {
        for key in &table.foreign_keys {
            if let Some(parent) = entities.get(&key.references.table) {
                let mark = changes.of(&Part::ForeignKey(table.name.clone(), key.name.clone()));
                let _ = writeln!(diagram, "    {}", relation(parent, &entities[&table.name], key, mark));
            }
        }
    }
    for link in &schema.many_to_many {
        if let [Some(one), Some(other)] = link.between.each_ref().map(|name| entities.get(name)) {
            let through = &entities[&link.through];
            let _ =
                writeln!(diagram, "    \"{one}\" }}o..o{{ \"{other}\" : \"many-to-many through {through}\"");
        }
    }
    if changes.compares() {
        diagram.push_str(CLASSES);
    }
    diagram
}

/// The title, in quotes that YAML reads as JSON does.
fn front_matter(title: &str) -> String {
    format!("---\ntitle: {}\n---\n", serde_json::Value::from(line(title)))
}

/// `uuid id PK, FK`. A type is one word there.
fn attribute(column: &Column, taken: &mut BTreeSet<String>) -> String {
    let data_type = word(&column.short_type(), "()[]");
    let name = distinct(word(&column.name, ""), taken);
    let marks: Vec<&str> =
        key_marks(column).into_iter().map(|mark| if mark == "U" { "UK" } else { mark }).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
    format!("{data_type} {name}{marks}")
}

/// `"users" ||--o{ "tasks" : "assigned_to"`
fn relation(parent: &str, child: &str, key: &ForeignKey, mark: Option<Mark>) -> String {
    let left = if key.optional { "|o" } else { "||" };
    let right = match key.cardinality {
        Cardinality::OneToOne => "o|",
        Cardinality::OneToMany => "o{",
    };
    let columns: Vec<String> = key.columns.iter().map(|column| plain(column, "")).collect();
    let mark = mark.map_or_else(String::new, |mark| format!(" ({})", mark.word()));
    format!("\"{parent}\" {left}--{right} \"{child}\" : \"{}{mark}\"", columns.join(", "))
}

fn entities(schema: &Schema) -> Entities<'_> {
    let mut taken = BTreeSet::new();
    let shown = |name: &DisplayName| {
        if name.schema == "public" { name.name.clone() } else { format!("{}.{}", name.schema, name.name) }
    };
    let entity = |name: &DisplayName, taken: &mut _| distinct(plain(&shown(name), "."), taken);
    schema.tables.iter().map(|table| (&table.name, entity(&table.name, &mut taken))).collect()
}

/// Letters, digits, `_`, `-` and those in `also` stay; Mermaid has no way to write some of the others, so each of them
/// becomes `_`.
fn plain(text: &str, also: &str) -> String {
    let stays = |c: char| {
        c.is_ascii_alphanumeric()
            || "_-".contains(c)
            || also.contains(c)
            || (c >= '\u{c0}' && c.is_alphanumeric())
    };
    text.chars().map(|c| if stays(c) { c } else { '_' }).collect()
}

/// A word that stands without quotes: it begins with a letter and is not one of the marks.
fn word(text: &str, also: &str) -> String {
    let word = plain(text, also);
    let upper = word.to_ascii_uppercase();
    let is_mark = |mark| {
        upper
            .strip_prefix(mark)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    };
    let begins_well = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{c0}');
    if !begins_well || ["PK", "FK", "UK"].into_iter().any(is_mark) { format!("_{word}") } else { word }
}

/// Two names that differ only in what Mermaid cannot write get different ones all the same.
fn distinct(name: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_usize..).map(|number| format!("{name}_{number}"));
    let free =
        std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_only_what_mermaid_takes() {
        assert_eq!(word("numeric(10,2)", "()[]"), "numeric(10_2)");
        assert_eq!(word("double precision", "()[]"), "double_precision");
        assert_eq!(word("1st \"x\"", ""), "_1st__x_");
        assert_eq!(word("pk", ""), "_pk");
        assert_eq!(word("fk-x", ""), "_fk-x");
        assert_eq!(word("pkey", ""), "pkey");
        assert_eq!(word("größe😀", ""), "größe_");
    }

    #[test]
    fn names_that_become_the_same_are_numbered() {
        let mut taken = BTreeSet::new();
        let names = ["a b", "a_b", "a.b", "a_b_2"].map(|name| distinct(plain(name, ""), &mut taken));
        assert_eq!(names, ["a_b", "a_b_2", "a_b_3", "a_b_2_2"]);
    }
}
