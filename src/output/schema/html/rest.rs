//! What the page says beside the tables: views, enums, functions, migrations, and findings about none of the tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::{escaped, line};
use super::parts::{advice, list};
use super::{Page, code, prose};
use crate::advise::Advice;
use crate::catalog::DifferenceClass;
use crate::catalog::schema::{DisplayName, Part, Table, View, without_public};
use crate::commands::SchemaMigration;

impl Page<'_> {
    /// The findings about each table, by its number, and those about none.
    pub(super) fn findings(&self) -> BTreeMap<Option<usize>, Vec<&Advice>> {
        let mut of: BTreeMap<Option<usize>, Vec<&Advice>> = BTreeMap::new();
        for finding in &self.around.findings {
            of.entry(self.table_of(&finding.object)).or_default().push(finding);
        }
        of
    }

    /// The number of the table that an object is, or belongs to: a column, an index.
    fn table_of(&self, object: &str) -> Option<usize> {
        let name = DisplayName::from_sql(object);
        let tables = &self.schema.tables;
        let has_index = |table: &Table| {
            table.name.schema == name.schema && table.indexes.iter().any(|index| index.name == name.name)
        };
        let own = tables.binary_search_by(|table| table.name.cmp(&name)).ok();
        own.or_else(|| tables.iter().position(has_index))
    }

    pub(super) fn migrations_of(&self, table: &DisplayName) -> String {
        let own = self.around.migrations.iter().filter(|migration| migration.tables.contains(table));
        list("Migrations", own.map(|migration| format!("<li>{}</li>", migration_words(migration))))
    }

    pub(super) fn rest(&self, findings: &[&Advice]) -> String {
        let schema = self.schema;
        let mut text: String = schema.views.iter().map(|view| self.view(view)).collect();
        for of in &schema.enums {
            let labels = of.labels.iter().map(|label| {
                let class = self.class(&Part::Label(of.name.clone(), label.clone()));
                format!("<li{class}>{}</li>", code(label))
            });
            let _ = write!(
                text,
                "<section class=\"part\" id=\"{}\">\n<h2{}><span class=\"name\">{}</span></h2><span class=\"kind\">enum</span>\n{}</section>\n",
                self.enum_id(&of.name),
                self.class(&Part::Enum(of.name.clone())),
                escaped(&line(&of.name.to_string())),
                list("Words", labels)
            );
        }
        let functions = schema.functions.iter().map(|function| {
            let result = function.result.as_deref().map(|result| format!(" → {}", without_public(result)));
            let kind = if function.kind == "function" { "" } else { &function.kind };
            let signature = format!("{}{}{}", function.name, function.arguments, result.unwrap_or_default());
            format!("<li>{} <span class=\"faint\">{}</span></li>", code(&signature), escaped(kind))
        });
        text.push_str(&section("All that differs", &self.all_that_differs()));
        text.push_str(&section("Functions", &list("", functions)));
        let migrations = self.around.migrations.iter().map(|migration| {
            let tables: Vec<String> = migration.tables.iter().map(|name| self.link(name)).collect();
            format!("<li>{} {}</li>", migration_words(migration), tables.join(" "))
        });
        text.push_str(&section("Migrations", &list("", migrations)));
        text.push_str(&section(
            "Beside the tables, pmdb advises",
            &findings.iter().map(|one| advice(one)).collect::<String>(),
        ));
        text
    }

    /// As `pmdb diff` names it: also what no picture shows.
    fn all_that_differs(&self) -> String {
        let items = self.differences.iter().flat_map(|difference| &difference.items);
        let items = items.filter(|item| item.class() == DifferenceClass::Structural);
        let lines: Vec<String> = items.flat_map(|item| item.lines()).map(|one| prose(&one)).collect();
        if lines.is_empty() { String::new() } else { format!("<pre>{}</pre>\n", lines.join("\n")) }
    }

    fn view(&self, view: &View) -> String {
        let kind = if view.materialized { "materialized view" } else { "view" };
        let as_table = Table { columns: view.columns.clone(), ..Table::default() };
        let comment =
            view.comment.as_ref().map_or_else(String::new, |text| format!("<p>{}</p>\n", prose(text)));
        format!(
            "<section class=\"part\">\n<h2{}><span class=\"name\">{}</span></h2><span class=\"kind\">{kind}</span>\n{comment}{}</section>\n",
            self.class(&Part::View(view.name.clone())),
            escaped(&line(&view.name.to_string())),
            self.columns(&as_table)
        )
    }
}

/// Nothing, where there is nothing in it.
fn section(title: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<section class=\"part\">\n<h2>{title}</h2>\n{}</section>\n", body.replacen("<h3></h3>\n", "", 1))
}

/// `0004 add_due_date, 2026-01-31T12:00:00Z by app`
fn migration_words(migration: &SchemaMigration) -> String {
    let mut words = code(&format!("{} {}", migration.version, migration.name));
    if let Some(at) = &migration.applied_at {
        let _ = write!(words, " <span class=\"faint\">{}", escaped(&line(at)));
        if let Some(by) = &migration.applied_by {
            let _ = write!(words, " by {}", escaped(&line(by)));
        }
        words.push_str("</span>");
    }
    words
}
