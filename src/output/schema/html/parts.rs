//! What the page says of a table.

use std::fmt::Write;

use super::super::card::{key_marks, note};
use super::super::{escaped, line};
use super::{Page, code, prose};
use crate::advise::Advice;
use crate::catalog::schema::{
    Cardinality, Column, DisplayName, ForeignKey, Mark, Part, Table, without_public,
};

impl Page<'_> {
    pub(super) fn table(&self, number: usize, table: &Table, findings: &[&Advice]) -> String {
        let name = escaped(&line(&table.name.to_string()));
        let mark = self.changes.of(&Part::Table(table.name.clone()));
        let word =
            mark.map_or_else(String::new, |mark| format!("<span class=\"kind\">{}</span>", mark.word()));
        let note = note(table, self.schema);
        let note =
            note.map_or_else(String::new, |note| format!("<span class=\"kind\">{}</span>", escaped(&note)));
        let mut text = format!(
            "<section class=\"part\" id=\"table-{number}\" data-table=\"{number}\">\n\
             <h2{}><span class=\"name\">{name}</span></h2>{word}{note}\
             <button class=\"show\" data-table=\"{number}\">Show in the picture</button>\n",
            self.class(&Part::Table(table.name.clone())),
        );
        if let Some(comment) = &table.comment {
            let _ = writeln!(text, "<p>{}</p>", prose(comment));
        }
        text.push_str(&self.columns(table));
        text.push_str(&list("Refers to", table.foreign_keys.iter().map(|key| self.reference(table, key))));
        text.push_str(&list("Referred to by", self.referring(&table.name)));
        text.push_str(&list("Keys and checks", self.constraints(table)));
        let of = |part| self.class(&part);
        let indexes = table.indexes.iter().map(|index| {
            let class = of(Part::Index(table.name.clone(), index.name.clone()));
            format!("<li{class}>{}</li>", code(&index.definition))
        });
        text.push_str(&list("Indexes", indexes));
        let triggers = table.triggers.iter().map(|trigger| {
            let class = of(Part::Trigger(table.name.clone(), trigger.name.clone()));
            let off = if trigger.enabled { "" } else { " <span class=\"faint\">disabled</span>" };
            format!("<li{class}>{}{off}</li>", code(&trigger.definition))
        });
        text.push_str(&list("Triggers", triggers));
        let partitions = table.partitions.iter().map(|name| format!("<li>{}</li>", code(&name.to_string())));
        text.push_str(&list("Partitions", partitions));
        text.push_str(&self.migrations_of(&table.name));
        if !findings.is_empty() {
            text.push_str("<h3>What pmdb advises</h3>\n");
            findings.iter().for_each(|finding| text.push_str(&advice(finding)));
        }
        text.push_str("</section>\n");
        text
    }

    pub(super) fn columns(&self, table: &Table) -> String {
        if table.columns.is_empty() {
            return "<p class=\"faint\">No columns.</p>\n".to_owned();
        }
        let mut text =
            "<div class=\"scroll\"><table>\n<tr><th>Column</th><th>Type</th><th>Null</th><th>Key</th>\
                        <th>Default</th><th>Comment</th></tr>\n"
                .to_owned();
        for column in &table.columns {
            text.push_str(&self.column(table, column));
        }
        text.push_str("</table></div>\n");
        text
    }

    fn column(&self, table: &Table, column: &Column) -> String {
        let mark = self.changes.of(&Part::Column(table.name.clone(), column.name.clone()));
        let class = self.class(&Part::Column(table.name.clone(), column.name.clone()));
        let sign = mark.map_or_else(String::new, |mark| format!("{} ", Mark::sign(mark)));
        let before = self.changes.column_before(&table.name, &column.name);
        let was = |of: fn(&Column) -> String| {
            let was = before.map(of).filter(|was| *was != of(column));
            was.map_or_else(String::new, |was| format!("<del>{}</del> → ", escaped(&line(&was))))
        };
        let data_type = |column: &Column| column.short_type();
        let null = |column: &Column| if column.nullable { "null" } else { "not null" }.to_owned();
        let marks: String =
            key_marks(column).iter().map(|mark| format!("<span class=\"mark\">{mark}</span>")).collect();
        let shown_null = if column.nullable {
            "null"
        } else if before.is_some() {
            "not null"
        } else {
            ""
        };
        format!(
            "<tr{class}><td class=\"name\">{sign}{}</td><td>{}{}</td><td class=\"faint\">{}{shown_null}</td><td>{marks}</td>\
             <td>{}{}</td><td class=\"prose\">{}</td></tr>\n",
            escaped(&line(&column.name)),
            was(data_type),
            self.data_type(column),
            was(null),
            was(value),
            some_code(&value(column)),
            column.comment.as_deref().map_or_else(String::new, prose),
        )
    }

    /// An enum leads to its words.
    fn data_type(&self, column: &Column) -> String {
        let shown = code(&column.short_type());
        match self.schema.enum_of(column) {
            Some(of) => format!("<a href=\"#{}\">{shown}</a>", self.enum_id(&of.name)),
            None => shown,
        }
    }

    pub(super) fn enum_id(&self, name: &DisplayName) -> String {
        let number = self.schema.enums.iter().position(|of| of.name == *name).unwrap_or_default();
        format!("enum-{number}")
    }

    /// The name of a table, which leads to its part of the page, if it has one.
    pub(super) fn link(&self, name: &DisplayName) -> String {
        let shown = code(&name.to_string());
        match self.schema.tables.binary_search_by(|table| table.name.cmp(name)) {
            Ok(number) => format!("<a href=\"#table-{number}\">{shown}</a>"),
            Err(_) => shown,
        }
    }

    fn reference(&self, table: &Table, key: &ForeignKey) -> String {
        let class = self.class(&Part::ForeignKey(table.name.clone(), key.name.clone()));
        format!(
            "<li{class}>{} → {} {} <span class=\"faint\">{}</span></li>",
            code(&key.columns.join(", ")),
            self.link(&key.references.table),
            code(&key.references.columns.join(", ")),
            escaped(&line(&words(key)))
        )
    }

    fn referring(&self, name: &DisplayName) -> Vec<String> {
        let keys = self
            .schema
            .tables
            .iter()
            .flat_map(|child| child.foreign_keys.iter().map(move |key| (child, key)));
        let own = keys.filter(|(_, key)| key.references.table == *name);
        own.map(|(child, key)| {
            let class = self.class(&Part::ForeignKey(child.name.clone(), key.name.clone()));
            format!(
                "<li{class}>{} {} <span class=\"faint\">{}</span></li>",
                self.link(&child.name),
                code(&key.columns.join(", ")),
                escaped(&line(&words(key)))
            )
        })
        .collect()
    }

    fn constraints(&self, table: &Table) -> Vec<String> {
        let name = &table.name;
        let primary = (!table.primary_key.is_empty()).then(|| {
            format!("<li>{}</li>", code(&format!("PRIMARY KEY ({})", table.primary_key.join(", "))))
        });
        let unique = table.unique_keys.iter().map(|key| {
            let class = self.class(&Part::UniqueKey(name.clone(), key.clone()));
            format!("<li{class}>{}</li>", code(&format!("UNIQUE ({})", key.join(", "))))
        });
        let checks = table.checks.iter().map(|check| {
            let class = self.class(&Part::Check(name.clone(), check.name.clone()));
            format!("<li{class}>{}</li>", code(&check.definition))
        });
        primary.into_iter().chain(unique).chain(checks).collect()
    }
}

/// What gives a column its value.
fn value(column: &Column) -> String {
    let default = column.short_default().map(str::to_owned);
    let generated = column.generated.as_ref().map(|generated| format!("generated {generated}"));
    let identity = column.identity.as_ref().map(|identity| format!("identity {identity}"));
    default.or(generated).or(identity).unwrap_or_default()
}

fn some_code(text: &str) -> String {
    if text.is_empty() { String::new() } else { code(without_public(text)) }
}

/// How many rows a key may join, and what happens when one goes.
fn words(key: &ForeignKey) -> String {
    let many = match key.cardinality {
        Cardinality::OneToOne => "one-to-one",
        Cardinality::OneToMany => "one-to-many",
    };
    let rest = key.definition.split_once(" REFERENCES ").and_then(|(_, to)| to.split_once(") "));
    let rest = rest.map_or_else(String::new, |(_, rest)| format!(", {}", rest.to_lowercase()));
    format!("{many}{}{rest}", if key.optional { ", may be none" } else { "" })
}

/// A heading with a list, or nothing.
pub(super) fn list(heading: &str, entries: impl IntoIterator<Item = String>) -> String {
    let entries: Vec<String> = entries.into_iter().collect();
    if entries.is_empty() {
        return String::new();
    }
    format!("<h3>{heading}</h3>\n<ul class=\"plain\">\n{}\n</ul>\n", entries.join("\n"))
}

pub(super) fn advice(finding: &Advice) -> String {
    format!(
        "<div class=\"advice\"><p><b>{}</b> {}: {}</p>\n<pre>{}</pre></div>\n",
        escaped(&finding.rule.to_string()),
        code(&finding.object),
        escaped(&line(&finding.why)),
        prose(&finding.fix)
    )
}
