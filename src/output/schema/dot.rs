//! A schema in the language of Graphviz: `pmdb schema --format dot | dot -Tpdf`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::card::key_marks;
use super::{escaped, line};
use crate::catalog::schema::{Cardinality, DisplayName, Enum, ForeignKey, Schema, Table};

const HEAD: &str = "\
digraph schema {
    graph [rankdir=LR, nodesep=0.4, ranksep=1]
    node [shape=plain, fontname=\"Helvetica,Arial,sans-serif\", fontsize=11]
    edge [dir=both, color=\"#57606a\"]
";

pub(super) fn text(schema: &Schema, title: Option<&str>) -> String {
    let mut graph = HEAD.to_owned();
    if let Some(title) = title {
        let _ =
            writeln!(graph, "    label=\"{}\"; labelloc=t; fontname=Helvetica; fontsize=16", quoted(title));
    }
    let schemas: BTreeSet<&str> = schema.tables.iter().map(|table| table.name.schema.as_str()).collect();
    for (number, name) in schemas.iter().enumerate() {
        let tables = schema.tables.iter().filter(|table| table.name.schema == *name);
        let tables: String = tables
            .map(|table| format!("    {} [label=<{}>]\n", id(&table.name), label(table, schema)))
            .collect();
        match schemas.len() {
            1 => graph.push_str(&tables),
            _ => {
                let _ = writeln!(
                    graph,
                    "    subgraph cluster_{number} {{ label=\"{}\"; style=dashed",
                    quoted(name)
                );
                let _ = writeln!(graph, "{tables}    }}");
            }
        }
    }
    for of in &schema.enums {
        let _ = writeln!(graph, "    {} [label=<{}>]", id(&of.name), enum_label(of));
    }
    for table in &schema.tables {
        for key in &table.foreign_keys {
            if let Some(parent) = schema.table(&key.references.table) {
                let _ = writeln!(graph, "    {}", edge(parent, table, key));
            }
        }
    }
    graph.push_str("}\n");
    graph
}

/// An enum with a row for each of its words.
fn enum_label(of: &Enum) -> String {
    let title = escaped(&line(&of.name.to_string()));
    let rows =
        of.labels.iter().map(|label| format!("<TR><TD ALIGN=\"LEFT\">{}</TD></TR>", escaped(&line(label))));
    format!(
        "<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"4\">\
         <TR><TD BGCOLOR=\"#d8f3e4\"><B>{title}</B><BR/><FONT POINT-SIZE=\"9\">enum</FONT></TD></TR>{}</TABLE>",
        rows.collect::<String>()
    )
}

/// A table with a row for each column; the number of the column is its port.
fn label(table: &Table, schema: &Schema) -> String {
    let (colour, note) = match schema.link(&table.name) {
        Some(_) => ("#e9ddf8", "<BR/><FONT POINT-SIZE=\"9\">many-to-many</FONT>"),
        None => ("#dbe9f9", ""),
    };
    let title = escaped(&line(&table.name.to_string()));
    let mut label = format!(
        "<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"5\">\
         <TR><TD COLSPAN=\"3\" PORT=\"title\" BGCOLOR=\"{colour}\"><B>{title}</B>{note}</TD></TR>"
    );
    for (number, column) in table.columns.iter().enumerate() {
        let null = if column.nullable { " null" } else { "" };
        let _ = write!(
            label,
            "<TR><TD PORT=\"{number}w\">{}</TD><TD ALIGN=\"LEFT\">{}</TD><TD ALIGN=\"LEFT\" PORT=\"{number}e\">{}{null}</TD></TR>",
            key_marks(column).join(" "),
            escaped(&line(&column.name)),
            escaped(&line(&column.short_type())),
        );
    }
    label.push_str("</TABLE>");
    label
}

/// From the table that is referred to, as everywhere: it stands to the left.
fn edge(parent: &Table, child: &Table, key: &ForeignKey) -> String {
    let tail = if key.optional { "teeodot" } else { "teetee" };
    let head = match key.cardinality {
        Cardinality::OneToOne => "teeodot",
        Cardinality::OneToMany => "crowodot",
    };
    format!(
        "{}:{}:e -> {}:{}:w [arrowtail={tail}, arrowhead={head}, tooltip=\"{}\"]",
        id(&parent.name),
        port(parent, &key.references.columns, "e"),
        id(&child.name),
        port(child, &key.columns, "w"),
        quoted(&key.name),
    )
}

fn port(table: &Table, columns: &[String], side: &str) -> String {
    let number =
        columns.first().and_then(|first| table.columns.iter().position(|column| column.name == *first));
    number.map_or("title".to_owned(), |number| format!("\"{number}{side}\""))
}

fn id(name: &DisplayName) -> String {
    format!("\"{}\"", quoted(&name.to_string()))
}

fn quoted(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('"', "\\\"")
}
