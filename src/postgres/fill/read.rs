//! From the rows of the answer to tables.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio_postgres::SimpleQueryRow;

use crate::fill::{
    Allowed, Computed, Exclusion, FillColumn, FillForeignKey, FillTable, FillType, KeptFields, RowCheck,
    Sequence, UniqueKey,
};
use crate::postgres::history::HistoryTable;

/// A type as the catalog has it.
struct CatalogType {
    name: String,
    schema: String,
    kind: String,
    is_array: bool,
    element: u32,
    base: u32,
    typmod: i32,
    not_null: bool,
    has_default: bool,
    subtype: u32,
    labels: Vec<String>,
    checks: Vec<DomainCheck>,
}

#[derive(Deserialize)]
struct DomainCheck {
    name: String,
    expression: String,
}

#[derive(Deserialize)]
struct CatalogColumn {
    number: i16,
    name: String,
    sql: String,
    #[serde(rename = "type")]
    of: u32,
    typmod: i32,
    type_name: String,
    takes_binary: bool,
    not_null: bool,
    has_default: bool,
    /// How the server computes it.
    generated: Option<String>,
    sequences: Option<Vec<CatalogSequence>>,
}

#[derive(Deserialize)]
struct CatalogSequence {
    name: String,
    /// Its last value, where it rises.
    most: Option<u64>,
    can_be_set: bool,
}

#[derive(Deserialize)]
struct CatalogKey {
    name: String,
    expressions: Option<String>,
    /// Not known before 15.
    nulls_are_equal: Option<bool>,
    /// Which rows are in it, of a partial index.
    predicate: Option<String>,
    columns: Option<Vec<i16>>,
}

#[derive(Deserialize)]
struct CatalogForeignKey {
    name: String,
    columns: Vec<i16>,
    parent: u32,
    parent_columns: Vec<i16>,
    deferrable: bool,
}

#[derive(Deserialize)]
struct CatalogCheck {
    name: String,
    expression: Option<String>,
    columns: Option<Vec<i16>>,
}

#[derive(Deserialize)]
struct CatalogExclusion {
    name: String,
    columns: Vec<i16>,
    operators: Vec<String>,
}

type Types = BTreeMap<u32, CatalogType>;

pub(super) fn tables(rows: &[SimpleQueryRow], own: &[HistoryTable]) -> Vec<FillTable> {
    let of_types = rows.iter().filter_map(|row| Some((number(row, "type_oid")?, catalog_type(row))));
    let types: Types = of_types.collect();
    let is_own = |row: &SimpleQueryRow| {
        own.iter().any(|table| table.schema() == text(row, "schema") && table.name() == text(row, "name"))
    };
    let of_tables: Vec<&SimpleQueryRow> =
        rows.iter().filter(|row| value(row, "table_oid").is_some() && !is_own(row)).collect();
    let numbers: Vec<Vec<i16>> = of_tables
        .iter()
        .map(|row| {
            let columns: Vec<CatalogColumn> = list(row, "columns");
            columns.iter().map(|column| column.number).collect()
        })
        .collect();
    let oids: Vec<u32> = of_tables.iter().filter_map(|row| number(row, "table_oid")).collect();
    let mut tables: Vec<FillTable> = of_tables
        .iter()
        .zip(&numbers)
        .map(|(row, of_this)| table(row, of_this, &types, &oids, &numbers))
        .collect();
    mark_what_is_referred_to(&mut tables);
    for row in rows.iter().filter(|row| value(row, "distributed_oid").is_some()) {
        let (oid, column) = (number(row, "distributed_oid"), number(row, "distribution_column"));
        let Some(place) = oids.iter().position(|one| Some(*one) == oid) else { continue };
        let columns = tables[place].columns.iter_mut().zip(&numbers[place]);
        columns.filter(|(_, number)| Some(**number) == column).for_each(|(column, _)| column.not_null = true);
    }
    tables
}

fn mark_what_is_referred_to(tables: &mut [FillTable]) {
    let keys = tables.iter().flat_map(|table| &table.foreign_keys);
    let referred_to: Vec<(usize, usize)> =
        keys.flat_map(|key| key.parent_columns.iter().map(|column| (key.parent, *column))).collect();
    for (table, column) in referred_to {
        if let Some(column) = tables.get_mut(table).and_then(|table| table.columns.get_mut(column)) {
            column.is_referred_to = true;
        }
    }
}

fn table(row: &SimpleQueryRow, numbers: &[i16], types: &Types, oids: &[u32], all: &[Vec<i16>]) -> FillTable {
    let place = |number: &i16| numbers.iter().position(|one| one == number);
    let places = |columns: &[i16]| columns.iter().filter_map(place).collect::<Vec<usize>>();
    let columns: Vec<CatalogColumn> = list(row, "columns");
    let mut checks: Vec<RowCheck> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        checks.extend(domain_checks(column, at, types));
    }
    let own: Vec<CatalogCheck> = list(row, "checks");
    let partitions: Option<CatalogCheck> =
        value(row, "partitions").and_then(|text| serde_json::from_str(text).ok());
    checks.extend(own.into_iter().chain(partitions).filter_map(|check| {
        Some(RowCheck {
            name: check.name,
            expression: check.expression?,
            columns: places(&check.columns.unwrap_or_default()),
        })
    }));
    let of_partitions: Vec<CatalogCheck> = list(row, "partition_checks");
    checks.extend(of_partitions.into_iter().filter_map(|check| {
        let expression = check.expression?;
        Some(RowCheck { name: check.name, columns: columns_in(&expression, &columns), expression })
    }));
    let keys: Vec<CatalogKey> = list(row, "keys");
    let keys = keys.into_iter().map(|mut key| {
        key.columns = key.columns.map(|numbers| sources_of_computed(numbers, &columns));
        key
    });
    let keys = keys.map(|key| UniqueKey {
        is_computed: key
            .expressions
            .as_deref()
            .is_some_and(|expressions| !keeps_apart(expressions, &columns)),
        nulls_are_equal: key.nulls_are_equal == Some(true),
        predicate: key.predicate.map(|expression| RowCheck {
            name: key.name.clone(),
            columns: columns_in(&expression, &columns),
            expression,
        }),
        name: key.name,
        columns: places(&key.columns.unwrap_or_default()),
    });
    let foreign_keys: Vec<CatalogForeignKey> = list(row, "foreign_keys");
    let out_of_reach = foreign_keys.iter().filter(|key| !oids.contains(&key.parent));
    let out_of_reach = out_of_reach.map(|key| UniqueKey {
        name: key.name.clone(),
        columns: places(&key.columns),
        is_computed: false,
        nulls_are_equal: false,
        predicate: None,
    });
    let out_of_reach: Vec<UniqueKey> = out_of_reach.collect();
    let foreign_keys = foreign_keys.into_iter().filter_map(|key| {
        let parent = oids.iter().position(|oid| *oid == key.parent)?;
        let there = all.get(parent)?;
        let parent_columns =
            key.parent_columns.iter().filter_map(|number| there.iter().position(|one| one == number));
        Some(FillForeignKey {
            name: key.name,
            columns: places(&key.columns),
            parent,
            parent_columns: parent_columns.collect(),
            is_deferrable: key.deferrable,
        })
    });
    let exclusions: Vec<CatalogExclusion> = list(row, "exclusions");
    let exclusions = exclusions.into_iter().map(|exclusion| Exclusion {
        name: exclusion.name,
        parts: exclusion.columns.iter().map(place).zip(exclusion.operators).collect(),
    });
    let mut described: Vec<FillColumn> =
        columns.iter().map(|column| described(column, &columns, types)).collect();
    // Partitions have the same keys.
    let mut keys: Vec<UniqueKey> = keys.fold(Vec::new(), |mut keys, key| {
        let is_same = |one: &UniqueKey| {
            let told = |key: &UniqueKey| (key.is_computed, key.nulls_are_equal, key.predicate.clone());
            one.columns == key.columns && told(one) == told(&key)
        };
        if key.predicate.is_some() || !keys.iter().any(is_same) {
            keys.push(key);
        }
        keys
    });
    for (place, column) in described.iter_mut().enumerate() {
        // As DDL writes it that nobody has said NOT NULL to.
        let says_so = format!("({} IS NOT NULL)", column.sql);
        column.not_null |= checks.iter().any(|check| check.columns == [place] && check.expression == says_so);
    }
    let predicates = keys.iter_mut().filter_map(|key| key.predicate.as_mut());
    for check in checks.iter_mut().chain(predicates) {
        check.columns = without_computed(&check.columns, &described);
    }
    FillTable {
        schema: text(row, "schema"),
        name: text(row, "name"),
        sql: text(row, "sql"),
        is_partitioned: value(row, "is_partitioned") == Some("t"),
        is_of_an_extension: value(row, "is_of_an_extension") == Some("t"),
        takes_rows: value(row, "takes_rows") == Some("t") && value(row, "is_foreign") != Some("t"),
        is_foreign: value(row, "is_foreign") == Some("t"),
        out_of_reach,
        can_be_read: value(row, "can_be_read") == Some("t"),
        has_row_security: value(row, "has_row_security") == Some("t"),
        rows: None,
        keys,
        foreign_keys: foreign_keys.collect(),
        checks,
        exclusions: exclusions.collect(),
        columns: described,
    }
}

/// Instead of columns that the server computes from others so that different values stay apart, those others.
fn sources_of_computed(numbers: Vec<i16>, all: &[CatalogColumn]) -> Vec<i16> {
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
fn without_computed(columns: &[usize], all: &[FillColumn]) -> Vec<usize> {
    let made =
        columns.iter().flat_map(|column| match all.get(*column).and_then(|one| one.computed.as_ref()) {
            Some(computed) => computed.columns.clone(),
            None => vec![*column],
        });
    let made: BTreeSet<usize> = made.collect();
    made.into_iter().collect()
}

/// The columns whose names stand in an expression.
fn columns_in(expression: &str, columns: &[CatalogColumn]) -> Vec<usize> {
    let outside_of_strings = expression.split('\'').step_by(2).collect::<Vec<&str>>().join(" ");
    let words: Vec<&str> =
        outside_of_strings.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').collect();
    let is_in = |column: &CatalogColumn| match column.sql.starts_with('"') {
        true => outside_of_strings.contains(&column.sql),
        false => words.contains(&column.sql.as_str()),
    };
    columns.iter().enumerate().filter(|(_, column)| is_in(column)).map(|(place, _)| place).collect()
}

fn described(column: &CatalogColumn, all: &[CatalogColumn], types: &Types) -> FillColumn {
    let (base, typmod, not_null, has_default) = below_domains(column, types);
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

/// The type below all domains, with what these add.
fn below_domains(column: &CatalogColumn, types: &Types) -> (u32, i32, bool, bool) {
    let (mut oid, mut typmod, mut not_null, mut has_default) = (column.of, column.typmod, false, false);
    while let Some(domain) = types.get(&oid).filter(|of| of.kind == "d") {
        not_null |= domain.not_null;
        has_default |= domain.has_default;
        (oid, typmod) = (domain.base, domain.typmod);
    }
    (oid, typmod, not_null, has_default)
}

/// The checks of the domains of a column, over the column.
fn domain_checks(column: &CatalogColumn, place: usize, types: &Types) -> Vec<RowCheck> {
    let mut checks = Vec::new();
    let mut oid = column.of;
    while let Some(domain) = types.get(&oid).filter(|of| of.kind == "d") {
        checks.extend(domain.checks.iter().map(|check| RowCheck {
            name: check.name.clone(),
            expression: with_column(&check.expression, &column.sql),
            columns: vec![place],
        }));
        oid = domain.base;
    }
    checks
}

/// `VALUE` is the column.
fn with_column(expression: &str, column: &str) -> String {
    let mut text = String::new();
    for (place, part) in expression.split('\'').enumerate() {
        if place > 0 {
            text.push('\'');
        }
        // Every other part stands in quotes.
        text.push_str(&if place % 2 == 0 { part.replace("VALUE", column) } else { part.to_owned() });
    }
    text
}

fn known(oid: u32, typmod: i32, types: &Types) -> FillType {
    let Some(of) = types.get(&oid) else { return FillType::Other };
    match of.kind.as_str() {
        "e" if of.labels.is_empty() => return FillType::Other,
        "e" => return FillType::Enum(of.labels.clone()),
        "r" => {
            let element = known(of.subtype, -1, types);
            return if element == FillType::Other {
                FillType::Other
            } else {
                FillType::Range(Box::new(element))
            };
        }
        "b" => {}
        _ => return FillType::Other,
    }
    if of.is_array && of.element != 0 {
        let is_domain = types.get(&of.element).is_some_and(|element| element.kind == "d");
        let element = known(of.element, typmod, types);
        let is_known = !is_domain && element != FillType::Other;
        return if is_known {
            FillType::Array { element: Box::new(element), oid: of.element }
        } else {
            FillType::Other
        };
    }
    // varchar(n) and char(n) count the header, too.
    let length = usize::try_from(typmod - 4).ok().filter(|length| *length > 0);
    let bits = u32::try_from(typmod).ok().filter(|bits| *bits > 0);
    if of.name == "citext" {
        return FillType::Text(None);
    }
    if of.schema != "pg_catalog" {
        return FillType::Other;
    }
    match of.name.as_str() {
        "bool" => FillType::Bool,
        "int2" => FillType::Int2,
        "int4" => FillType::Int4,
        "int8" => FillType::Int8,
        "money" => FillType::Money,
        "float4" => FillType::Float4,
        "float8" => FillType::Float8,
        "numeric" => numeric(typmod),
        "text" => FillType::Text(None),
        "varchar" => FillType::Text(length),
        "name" => FillType::Text(Some(63)),
        "bpchar" => FillType::Char(length.unwrap_or(8)),
        "bytea" => FillType::Bytea,
        "uuid" => FillType::Uuid,
        "date" => FillType::Date,
        "time" => FillType::Time,
        "timetz" => FillType::Timetz,
        "timestamp" | "timestamptz" => FillType::Timestamp,
        "interval" => FillType::Interval(kept(typmod)),
        "json" => FillType::Json,
        "jsonb" => FillType::Jsonb,
        "tsvector" => FillType::TsVector,
        "inet" => FillType::Inet,
        "cidr" => FillType::Cidr,
        "macaddr" => FillType::Macaddr,
        "bit" => FillType::Bits(bits.unwrap_or(1)),
        "varbit" => FillType::Bits(bits.unwrap_or(16).min(64)),
        _ => FillType::Other,
    }
}

/// The upper half of the number says which fields of an interval are kept, a bit for each (PostgreSQL, `datetime.h`).
fn kept(typmod: i32) -> KeptFields {
    const MONTH: u32 = 1 << 1;
    const YEAR: u32 = 1 << 2;
    const ALL: u32 = 0x7fff;
    match u32::try_from(typmod).map(|packed| packed >> 16) {
        Ok(fields) if fields == ALL => KeptFields::All,
        Ok(fields) if fields & !(MONTH | YEAR) == 0 => KeptFields::Years,
        Ok(_) => KeptFields::Days,
        Err(_) => KeptFields::All,
    }
}

/// The upper half of the number is the precision, the lower one the scale, in 11 bits with a sign (PostgreSQL, `numeric.c`).
fn numeric(typmod: i32) -> FillType {
    let Ok(packed) = u32::try_from(typmod - 4) else { return FillType::Numeric(None) };
    let (precision, scale) = (packed >> 16, packed & 0x7ff);
    if scale >= 0x400 { FillType::Other } else { FillType::Numeric(Some((precision, scale))) }
}

/// Whether values that are distinct, lower case and without blanks around them are distinct under these expressions.
fn keeps_apart(expressions: &str, columns: &[CatalogColumn]) -> bool {
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

impl CatalogSequence {
    fn as_sequence(&self) -> Sequence {
        Sequence { name: self.name.clone(), most: self.most, can_be_set: self.can_be_set }
    }
}

impl CatalogType {
    fn sql(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

fn catalog_type(row: &SimpleQueryRow) -> CatalogType {
    let is = |column| value(row, column) == Some("t");
    CatalogType {
        name: text(row, "name"),
        schema: text(row, "schema"),
        kind: text(row, "kind"),
        is_array: is("is_array"),
        element: number(row, "element").unwrap_or(0),
        base: number(row, "base").unwrap_or(0),
        typmod: value(row, "typmod").and_then(|text| text.parse().ok()).unwrap_or(-1),
        not_null: is("not_null"),
        has_default: is("has_default"),
        subtype: number(row, "subtype").unwrap_or(0),
        labels: list(row, "labels"),
        checks: list(row, "checks"),
    }
}

fn list<T: DeserializeOwned>(row: &SimpleQueryRow, column: &str) -> Vec<T> {
    value(row, column).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn number<T: FromStr>(row: &SimpleQueryRow, column: &str) -> Option<T> {
    value(row, column)?.parse().ok()
}

fn text(row: &SimpleQueryRow, column: &str) -> String {
    value(row, column).unwrap_or_default().to_owned()
}

fn value<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok().flatten()
}
