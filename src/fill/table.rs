//! What a schema asks of the rows of its tables, as far as it matters for filling them.

use std::collections::BTreeSet;

use super::allowed::Allowed;
use super::named_constraint::NamedConstraint;
use super::types::FillType;

/// A table that can be filled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FillTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Qualified and quoted, as SQL names it.
    pub sql: String,
    /// Whether it consists of partitions.
    pub is_partitioned: bool,
    /// Whether an extension has made it.
    pub is_of_an_extension: bool,
    /// Whether rows can be put into it: not where it consists of partitions and has none, or one that is elsewhere.
    pub takes_rows: bool,
    /// Whether a partition is a foreign table: even to count its rows may take for ever.
    pub is_foreign: bool,
    /// Whether the role that fills may read it.
    pub can_be_read: bool,
    /// Whether policies apply to the role that fills: COPY writes no row then.
    pub has_row_security: bool,
    /// How many rows it has; `None` where that was not asked.
    pub rows: Option<u64>,
    /// The columns, in their order.
    pub columns: Vec<FillColumn>,
    /// Primary keys, unique constraints and unique indexes.
    pub keys: Vec<UniqueKey>,
    /// Foreign keys.
    pub foreign_keys: Vec<FillForeignKey>,
    /// Foreign keys that refer to nothing: those to something that is no table of its own (a partition, or a table of pmdb's own), and
    /// those that could hold at no time, since they close a circle.
    pub out_of_reach: Vec<UniqueKey>,
    /// Checks, those of domains, and what the partitions take, each as an expression over the columns.
    pub checks: Vec<RowCheck>,
    /// Exclusion constraints.
    pub exclusions: Vec<Exclusion>,
}

impl FillTable {
    /// What a query takes its rows from. The tables that inherit from it have rows of their own.
    pub fn from(&self) -> String {
        if self.is_partitioned { self.sql.clone() } else { format!("ONLY {}", self.sql) }
    }

    /// Its name alone, quoted.
    pub fn alias(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    /// The columns that have to be distinct, alone or with others, and that no foreign key decides.
    pub fn columns_of_keys(&self) -> BTreeSet<usize> {
        let of_keys = self.keys.iter().flat_map(|key| key.columns.iter().copied());
        let of_exclusions =
            self.exclusions.iter().flat_map(|one| one.parts.iter().filter_map(|(column, _)| *column));
        let is_made = |column: &usize| {
            !self.foreign_keys.iter().any(|key| key.columns.contains(column))
                && self
                    .columns
                    .get(*column)
                    .is_some_and(|column| column.computed.is_none() && column.of != FillType::Other)
        };
        of_keys.chain(of_exclusions).filter(is_made).collect()
    }

    /// How many rows may be without a value in one of these columns, so that a key of them says nothing of them.
    pub fn without_value(&self, key: &UniqueKey) -> u64 {
        match key.columns.iter().any(|column| self.may_be_without(*column)) {
            false => 0,
            true if !key.nulls_are_equal => u64::MAX,
            // A single one, where nothing else tells two of them apart.
            true => u64::from(key.columns.len() == 1),
        }
    }

    /// Whether rows beyond the values of a column may have NULL there, and in all columns that foreign keys bind to it.
    pub fn may_be_without(&self, column: usize) -> bool {
        let takes_null = |column: &usize| {
            self.columns
                .get(*column)
                .is_some_and(|one| !one.not_null && !one.is_referred_to && one.computed.is_none())
        };
        let bound = self.foreign_keys.iter().filter(|key| key.columns.contains(&column));
        takes_null(&column) && bound.flat_map(|key| &key.columns).all(takes_null)
    }

    /// How many rows a key allows beside those that are there, of as many as it allows in all. Where it is not known how many of these
    /// are taken, none is taken off.
    pub fn left_of(&self, key: &UniqueKey, most: u64) -> u64 {
        let is_foreign = |column: &usize| self.foreign_keys.iter().any(|key| key.columns.contains(column));
        let has_all_listed = |column: &usize| {
            let column = self.columns.get(*column);
            column
                .is_some_and(|one| matches!(one.of, FillType::Bool | FillType::Enum(_)) && !one.is_narrowed())
        };
        let is_exact = key.columns.iter().all(|column| is_foreign(column) || has_all_listed(column));
        let taken = if is_exact && !key.nulls_are_equal { self.rows.unwrap_or(0) } else { 0 };
        most.saturating_sub(taken)
    }

    /// Keeps all rows out of a partial index that has this name. Whether there is one.
    pub fn stay_out_of(&mut self, index: &str) -> bool {
        let is_it = |key: &UniqueKey| key.predicate.is_some() && key.name == index;
        let Some(place) = self.keys.iter().position(is_it) else { return false };
        self.checks.extend(self.keys.remove(place).predicate.map(|predicate| RowCheck {
            name: predicate.name,
            expression: format!("({}) IS NOT TRUE", predicate.expression),
            columns: predicate.columns,
        }));
        true
    }

    /// Has a foreign key refer to nothing, if it may: NULL stands in a column of it then. Whether that is so.
    pub fn refer_to_nothing(&mut self, key: &str) -> bool {
        let Some(place) =
            self.foreign_keys.iter().position(|one| one.name == key && self.may_refer_to_nothing(one))
        else {
            return false;
        };
        let FillForeignKey { name, columns, .. } = self.foreign_keys.remove(place);
        self.out_of_reach.push(UniqueKey {
            name,
            columns,
            is_computed: false,
            nulls_are_equal: false,
            predicate: None,
        });
        true
    }

    /// Whether a foreign key may be NULL in one of its columns: then the server asks for nothing.
    pub(super) fn may_refer_to_nothing(&self, key: &FillForeignKey) -> bool {
        key.columns.iter().any(|column| self.columns.get(*column).is_some_and(|column| !column.not_null))
    }

    /// Whether rows can be there before those that a foreign key of the table leads to.
    pub(super) fn can_come_before(&self, key: &FillForeignKey) -> bool {
        key.is_deferrable || self.may_refer_to_nothing(key)
    }

    /// A key, and what leaves few values to its columns: "t_pkey with t_check".
    pub fn with_limits(&self, key: &str, columns: &[usize]) -> NamedConstraint {
        let limits =
            columns.iter().filter_map(|column| self.columns.get(*column)).flat_map(FillColumn::limits);
        NamedConstraint { name: key.to_owned(), narrowed_by: limits.map(str::to_owned).collect() }
    }

    /// As people call it: without the schema where that is `public`.
    pub fn shown(&self) -> String {
        match self.schema.as_str() {
            "public" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillColumn {
    /// Its name.
    pub name: String,
    /// Its name as SQL wants it.
    pub sql: String,
    /// Its type; of a domain the one below it.
    pub of: FillType,
    /// The type as people call it: `public.citext`.
    pub type_name: String,
    /// The type as SQL names it; of a domain the one below it.
    pub base_name: String,
    /// Whether the server can read values of the type from COPY BINARY, which it asks of every column.
    pub takes_binary: bool,
    /// Whether it takes no NULL.
    pub not_null: bool,
    /// Whether a foreign key refers to it.
    pub is_referred_to: bool,
    /// Whether something fills it that is left out: a default or an identity.
    pub has_default: bool,
    /// How the server computes it, where it does.
    pub computed: Option<Computed>,
    /// Which values it may have where it has to be distinct.
    pub allowed: Allowed,
    /// Whether these meet the checks of this column alone.
    pub is_looked_up: bool,
    /// The largest value of a column of whole numbers that is a key, where its table has rows.
    pub largest: Option<i64>,
    /// The sequences that are its own, or that its default takes values from.
    pub sequences: Vec<Sequence>,
}

/// A sequence that goes on after the last value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Its name, as SQL names it.
    pub name: String,
    /// The last value that it gives, where it rises.
    pub most: Option<u64>,
    /// Whether the role that fills may set it.
    pub can_be_set: bool,
}

impl FillColumn {
    /// How many different values it can have; `None` for more than anybody fills.
    pub fn values(&self) -> Option<u64> {
        let of_sequence = self
            .sequence_that_ends()
            .and_then(|one| one.most)
            .map(|most| most.saturating_sub(self.allowed.first()));
        [self.allowed.values(&self.of), of_sequence].into_iter().flatten().min()
    }

    /// Whether those of its values that there are for new rows are listed.
    fn is_narrowed(&self) -> bool {
        matches!(self.allowed, Allowed::Only(_))
    }

    /// A sequence whose last value is reached before the type's: rows that are filled leave the next ones to it.
    fn sequence_that_ends(&self) -> Option<&Sequence> {
        let most = self.of.values().unwrap_or(u64::MAX >> 1);
        let ends = |one: &&Sequence| one.most.is_some_and(|last| last < most);
        self.sequences.iter().filter(ends).min_by_key(|one| one.most)
    }

    /// What leaves few values to it, as people call it.
    fn limits(&self) -> impl Iterator<Item = &str> {
        let checks = match &self.allowed {
            Allowed::Only(listed) => Some(listed.checks.as_str()).filter(|checks| !checks.is_empty()),
            Allowed::From(_) => None,
        };
        checks.into_iter().chain(self.sequence_that_ends().map(|one| one.name.as_str()))
    }
}

/// What the server computes a column from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The expression, over the names of the columns.
    pub expression: String,
    /// The columns in it, by their places.
    pub columns: Vec<usize>,
}

/// Columns whose values together are there once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// The name of the constraint or index.
    pub name: String,
    /// Its columns, by their places.
    pub columns: Vec<usize>,
    /// Whether it is made of expressions whose results may be the same for different values.
    pub is_computed: bool,
    /// Whether two NULLs count as the same.
    pub nulls_are_equal: bool,
    /// Of a partial index: which rows are in it.
    pub predicate: Option<RowCheck>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillForeignKey {
    /// Its name.
    pub name: String,
    /// Its columns, by their places.
    pub columns: Vec<usize>,
    /// The table that it refers to, by its place.
    pub parent: usize,
    /// The columns there, by their places.
    pub parent_columns: Vec<usize>,
    /// Whether the server may look at it at the end of a transaction.
    pub is_deferrable: bool,
}

/// A condition that each row has to meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCheck {
    /// The name of the constraint.
    pub name: String,
    /// The condition, over the names of the columns.
    pub expression: String,
    /// The columns in it, by their places; instead of one that the server computes, those that it is computed from.
    pub columns: Vec<usize>,
}

/// Rows that may not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The name of the constraint.
    pub name: String,
    /// The column and the operator of each part; no column for an expression.
    pub parts: Vec<(Option<usize>, String)>,
}
