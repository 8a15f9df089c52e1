//! Rows that are too large for an index: a B-tree holds no entry that is larger than a third of a page.

use super::{About, Making, Question, column_of};
use crate::catalog::Object;
use crate::catalog::schema::DisplayName;
use crate::impact::TargetStats;

/// What an entry may hold; and a text of fewer letters fits, whatever they are.
const MOST_LETTERS: u32 = 2704 / 4;

/// Types without a limit of their own.
const WIDE: [&str; 9] = [
    "text",
    "bytea",
    "jsonb",
    "citext",
    "tsvector",
    "bit varying",
    "character varying",
    "character",
    "bpchar",
];

/// An empty TOAST table has an index of one page.
const EMPTY_TOAST: u64 = 8192;

impl Making<'_> {
    /// Expressions are left out: what they give is not in the table.
    pub(super) fn too_wide(&self, of: &str, name: &str, index: &Object) -> Option<About> {
        let definition = index.get("definition").filter(|text| text.contains(" USING btree ("))?;
        let table = self.table_before(of)?;
        // Rows of such a table keep what the server has not tried to compress.
        let keeps_wide_rows =
            table.get("options").is_some_and(|options| options.contains("toast_tuple_target"));
        let mut columns: Vec<String> =
            index.list("columns").iter().map(|column| self.name_of(of, column)).collect();
        columns.extend(included(definition));
        columns.retain(|column| self.may_be_wide(of, column));
        (!columns.is_empty() && !keeps_wide_rows && index.get("parent").is_none()).then(|| About::TooWide {
            name: name.to_owned(),
            columns,
            predicate: index.get("predicate").map(str::to_owned),
        })
    }

    fn may_be_wide(&self, of: &str, column: &str) -> bool {
        let identity = column_of(of, column);
        let type_of =
            |object: Option<&Object>| object.and_then(|column| column.get("type")).map(str::to_owned);
        let before = type_of(self.object_before(&identity));
        let Some(name) = type_of(self.object_after(&identity)).filter(|after| before.as_ref() == Some(after))
        else {
            return false;
        };
        let below = self.domain_after(&name).and_then(|domain| domain.get("type"));
        is_wide(below.unwrap_or(&name))
    }
}

fn is_wide(type_name: &str) -> bool {
    let (base, limit) = type_name.split_once('(').unwrap_or((type_name, ""));
    let letters = limit.trim_end_matches(')').parse::<u32>().unwrap_or(u32::MAX);
    type_name.ends_with("[]")
        || type_name.ends_with(".citext")
        || WIDE.contains(&base) && letters > MOST_LETTERS
}

/// The columns that an index only holds, as SQL writes them.
fn included(definition: &str) -> Vec<String> {
    let inside = definition.split_once(" INCLUDE (").and_then(|(_, rest)| rest.split_once(')'));
    let names = inside.map(|(names, _)| names).unwrap_or_default();
    names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

impl Question {
    /// Whether rows can be in the way, as far as the sizes of tables tell.
    pub fn is_at_issue(&self, stats: Option<&TargetStats>) -> bool {
        if !matches!(self.about, About::TooWide { .. }) {
            return true;
        }
        let name = DisplayName::from_sql(&self.table);
        let table = stats.and_then(|stats| stats.relations.get(&name.schema)?.get(&name.name));
        // What is that large stands beside the table; and what another statement makes of it first is not in it.
        self.new_values.is_empty() && table.is_none_or(|table| table.toast_bytes > EMPTY_TOAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_type_that_holds_much_is_looked_at() {
        for name in
            ["text", "character varying", "character varying(4000)", "text[]", "integer[]", "public.citext"]
        {
            assert!(is_wide(name), "{name}");
        }
        for name in
            ["integer", "uuid", "character varying(255)", "numeric(10,2)", "timestamp(3) without time zone"]
        {
            assert!(!is_wide(name), "{name}");
        }
    }

    #[test]
    fn columns_that_an_index_only_holds_are_read() {
        let read = |sql| included(sql).join(" ");
        assert_eq!(
            read("CREATE INDEX i ON public.t USING btree (a) INCLUDE (b, \"C\") WHERE (a > 0)"),
            "b \"C\""
        );
        assert_eq!(read("CREATE INDEX i ON public.t USING btree (a)"), "");
    }
}
