//! Types: what the catalog says of them, and which of them values can be made for.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio_postgres::SimpleQueryRow;

use super::row::{list, number, text, value};
use crate::fill::{FillType, KeptFields, RareType, RowCheck};

/// A type as the catalog has it.
pub(super) struct CatalogType {
    pub name: String,
    pub schema: String,
    pub kind: String,
    pub is_array: bool,
    pub element: u32,
    pub base: u32,
    pub typmod: i32,
    pub not_null: bool,
    pub has_default: bool,
    pub subtype: u32,
    pub labels: Vec<String>,
    pub checks: Vec<DomainCheck>,
}

#[derive(Deserialize)]
pub(super) struct DomainCheck {
    pub name: String,
    pub expression: String,
}

pub(super) type Types = BTreeMap<u32, CatalogType>;

impl CatalogType {
    pub(super) fn sql(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

pub(super) fn catalog_type(row: &SimpleQueryRow) -> CatalogType {
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

/// The type below all domains, with what these add.
pub(super) fn below_domains(of: u32, typmod: i32, types: &Types) -> (u32, i32, bool, bool) {
    let (mut oid, mut typmod, mut not_null, mut has_default) = (of, typmod, false, false);
    while let Some(domain) = types.get(&oid).filter(|of| of.kind == "d") {
        not_null |= domain.not_null;
        has_default |= domain.has_default;
        (oid, typmod) = (domain.base, domain.typmod);
    }
    (oid, typmod, not_null, has_default)
}

/// The checks of the domains of a column, over the column.
pub(super) fn domain_checks(of: u32, (place, sql): (usize, &str), types: &Types) -> Vec<RowCheck> {
    let mut checks = Vec::new();
    let mut oid = of;
    while let Some(domain) = types.get(&oid).filter(|of| of.kind == "d") {
        checks.extend(domain.checks.iter().map(|check| RowCheck {
            name: check.name.clone(),
            expression: with_column(&check.expression, sql),
            columns: vec![place],
        }));
        oid = domain.base;
    }
    checks
}

/// `VALUE` is the column.
pub(super) fn with_column(expression: &str, column: &str) -> String {
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

pub(super) fn known(oid: u32, typmod: i32, types: &Types) -> FillType {
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
    // Extensions are in any schema.
    match of.name.as_str() {
        "citext" => return FillType::Text(None),
        "hstore" => return FillType::Rare(RareType::Hstore),
        "ltree" => return FillType::Rare(RareType::Ltree),
        _ => {}
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
        "oid" => FillType::Rare(RareType::Oid),
        "point" => FillType::Rare(RareType::Point),
        "lseg" => FillType::Rare(RareType::Lseg),
        "box" => FillType::Rare(RareType::Box),
        "line" => FillType::Rare(RareType::Line),
        "circle" => FillType::Rare(RareType::Circle),
        "path" => FillType::Rare(RareType::Path),
        "polygon" => FillType::Rare(RareType::Polygon),
        "xml" => FillType::Rare(RareType::Xml),
        _ => FillType::Other,
    }
}

/// The upper half of the number says which fields of an interval are kept, a bit for each (PostgreSQL, `datetime.h`).
pub(super) fn kept(typmod: i32) -> KeptFields {
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
pub(super) fn numeric(typmod: i32) -> FillType {
    let Ok(packed) = u32::try_from(typmod - 4) else { return FillType::Numeric(None) };
    let (precision, scale) = (packed >> 16, packed & 0x7ff);
    if scale >= 0x400 { FillType::Other } else { FillType::Numeric(Some((precision, scale))) }
}
