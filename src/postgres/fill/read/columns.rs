//! Columns, and what the server computes of them.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::types::{Types, below_domains, known};
use crate::fill::{Allowed, Computed, FillColumn, Sequence};

#[derive(Deserialize)]
pub(super) struct CatalogColumn {
    pub number: i16,
    pub name: String,
    pub sql: String,
    #[serde(rename = "type")]
    pub of: u32,
    pub typmod: i32,
    pub type_name: String,
    pub takes_binary: bool,
    pub not_null: bool,
    pub has_default: bool,
    /// How the server computes it.
    pub generated: Option<String>,
    pub sequences: Option<Vec<CatalogSequence>>,
}

#[derive(Deserialize)]
pub(super) struct CatalogSequence {
    pub name: String,
    /// Its last value, where it rises.
    pub most: Option<u64>,
    pub can_be_set: bool,
}

pub(super) fn described(column: &CatalogColumn, all: &[CatalogColumn], types: &Types) -> FillColumn {
    let (base, typmod, not_null, has_default) = below_domains(column.of, column.typmod, types);
    FillColumn {
        name: column.name.clone(),
        sql: column.sql.clone(),
        of: known(base, typmod, types),
        type_name: column.type_name.clone(),
        takes_binary: column.takes_binary,
        base_name: types.get(&base).map(|of| of.sql()).unwrap_or_default(),
        not_null: column.not_null || not_null,
        has_default: column.has_default || has_default,
        computed: column.generated.as_ref().map(|expression| Computed {
            expression: expression.clone(),
            columns: columns_in(expression, all),
        }),
        is_referred_to: false,
        allowed: Allowed::From(0),
        is_looked_up: false,
        largest: None,
        sequences: column.sequences.iter().flatten().map(CatalogSequence::as_sequence).collect(),
    }
}

impl CatalogSequence {
    fn as_sequence(&self) -> Sequence {
        Sequence { name: self.name.clone(), most: self.most, can_be_set: self.can_be_set }
    }
}

/// Instead of columns that the server computes from others so that different values stay apart, those others.
pub(super) fn sources_of_computed(numbers: Vec<i16>, all: &[CatalogColumn]) -> Vec<i16> {
    let sources = |number: i16| {
        let column = all.iter().find(|column| column.number == number);
        match column.and_then(|column| column.generated.as_deref()).filter(|text| keeps_apart(text, all)) {
            Some(text) => columns_in(text, all).iter().filter_map(|at| Some(all.get(*at)?.number)).collect(),
            None => vec![number],
        }
    };
    let mut sources: Vec<i16> = numbers.into_iter().flat_map(sources).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// Instead of columns that the server computes, those that it computes them from.
pub(super) fn without_computed(columns: &[usize], all: &[FillColumn]) -> Vec<usize> {
    let made =
        columns.iter().flat_map(|column| match all.get(*column).and_then(|one| one.computed.as_ref()) {
            Some(computed) => computed.columns.clone(),
            None => vec![*column],
        });
    let made: BTreeSet<usize> = made.collect();
    made.into_iter().collect()
}

/// The columns whose names stand in an expression.
pub(super) fn columns_in(expression: &str, columns: &[CatalogColumn]) -> Vec<usize> {
    let outside_of_strings = expression.split('\'').step_by(2).collect::<Vec<&str>>().join(" ");
    let words: Vec<&str> =
        outside_of_strings.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').collect();
    let is_in = |column: &CatalogColumn| match column.sql.starts_with('"') {
        true => outside_of_strings.contains(&column.sql),
        false => words.contains(&column.sql.as_str()),
    };
    columns.iter().enumerate().filter(|(_, column)| is_in(column)).map(|(place, _)| place).collect()
}

/// Whether values that are distinct, lower case and without blanks around them are distinct under these expressions.
pub(super) fn keeps_apart(expressions: &str, columns: &[CatalogColumn]) -> bool {
    let words = expressions
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '"')
        .filter(|word| !word.is_empty());
    let is_plain = |word: &str| {
        let harmless =
            ["lower", "upper", "btrim", "md5", "text", "character", "varying", "pg_catalog"].contains(&word);
        harmless || columns.iter().any(|column| column.sql == word || column.name == word)
    };
    let has_operators =
        expressions.replace("::", "").contains(['+', '-', '*', '/', '%', '<', '>', '=', '|', '\'']);
    !has_operators && words.into_iter().all(is_plain)
}
