//! Whether a column of the key is generated from one that the backfill assigns: then its rows move along the key, and come again.

use tokio_postgres::SimpleQueryRow;

/// An expression in the query for a key: the columns that the column `a` of the table `c` is generated from, as JSON. Until 14 the column itself depends on them, since 15 its expression does.
pub const GENERATED_FROM: &str = "(SELECT pg_catalog.to_json(pg_catalog.array_agg(s.attname)) FROM pg_catalog.pg_depend d \
     JOIN pg_catalog.pg_attribute s ON s.attrelid OPERATOR(pg_catalog.=) d.refobjid \
     AND s.attnum::pg_catalog.int4 OPERATOR(pg_catalog.=) d.refobjsubid \
     WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid \
     AND d.refobjid OPERATOR(pg_catalog.=) c.oid AND s.attnum OPERATOR(pg_catalog.<>) a.attnum \
     AND a.attgenerated OPERATOR(pg_catalog.<>) '' \
     AND (d.classid OPERATOR(pg_catalog.=) d.refclassid AND d.objid OPERATOR(pg_catalog.=) c.oid \
     AND d.objsubid OPERATOR(pg_catalog.=) a.attnum::pg_catalog.int4 \
     OR d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid \
     AND EXISTS (SELECT FROM pg_catalog.pg_attrdef e WHERE e.oid OPERATOR(pg_catalog.=) d.objid \
     AND e.adrelid OPERATOR(pg_catalog.=) c.oid AND e.adnum OPERATOR(pg_catalog.=) a.attnum)))";

/// The first of these columns that the one in a row of the query is generated from.
pub fn assigned_source(row: &SimpleQueryRow, assigned: &[String]) -> Option<String> {
    let from: Vec<String> = serde_json::from_str(row.get("generated_from")?).ok()?;
    assigned.iter().find(|assigned| from.contains(assigned)).cloned()
}
