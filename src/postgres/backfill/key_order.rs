//! What decides the order of a key's values besides their type: the locale of its text, in the version that the server has of it, the
//! labels of its enums, and what composite types, ranges and arrays are made of. Where a half-done backfill finds another order, it
//! would leave rows out or do some twice.

use serde::Deserialize;

use crate::migration::BackfillProgress;

/// An expression in the query for a key: the family of operators and the collation by which a column of the index `i` is sorted.
pub fn sorted() -> String {
    format!(
        "pg_catalog.concat_ws(' ', (SELECT f.opfname FROM pg_catalog.pg_opclass c \
         JOIN pg_catalog.pg_opfamily f ON f.oid OPERATOR(pg_catalog.=) c.opcfamily \
         WHERE c.oid OPERATOR(pg_catalog.=) i.indclass[k.at]), {})",
        collation("i.indcollation[k.at]")
    )
}

/// A collation with its locale. The database has that of the default one. Which columns say it depends on the version of the server,
/// so they are read as JSON.
fn collation(oid: &str) -> String {
    format!(
        "(SELECT pg_catalog.concat_ws('/', l.collname, \
         s.said OPERATOR(pg_catalog.->>) 'collcollate', s.said OPERATOR(pg_catalog.->>) 'datcollate', \
         s.said OPERATOR(pg_catalog.->>) 'colliculocale', s.said OPERATOR(pg_catalog.->>) 'colllocale', \
         s.said OPERATOR(pg_catalog.->>) 'daticulocale', s.said OPERATOR(pg_catalog.->>) 'datlocale', \
         s.said OPERATOR(pg_catalog.->>) 'collicurules', s.said OPERATOR(pg_catalog.->>) 'daticurules', \
         COALESCE(pg_catalog.pg_collation_actual_version(l.oid), s.said OPERATOR(pg_catalog.->>) 'datcollversion')) \
         FROM pg_catalog.pg_collation l LEFT JOIN pg_catalog.pg_database d ON l.collprovider OPERATOR(pg_catalog.=) 'd' \
         AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
         CROSS JOIN LATERAL (SELECT CASE WHEN d.oid IS NULL THEN pg_catalog.to_jsonb(l) ELSE pg_catalog.to_jsonb(d) END AS said) AS s \
         WHERE l.oid OPERATOR(pg_catalog.=) {oid})"
    )
}

/// An expression in the same query: what the values of the column `a` are made of, as JSON ([`KeyParts`]). A domain is what it is of, an
/// array hands its collation on, and attributes and the bounds of ranges have their own.
pub fn parts() -> String {
    let (own, of_database) =
        (collation("p.collation"), collation("'pg_catalog.default'::pg_catalog.regcollation"));
    format!(
        "(WITH RECURSIVE part AS (SELECT a.atttypid AS type, i.indcollation[k.at] AS collation, NULL::pg_catalog.text AS name, \
         '{{}}'::pg_catalog.int4[] AS path UNION ALL SELECT n.type, n.collation, n.name COLLATE pg_catalog.\"default\", p.path OPERATOR(pg_catalog.||) n.at FROM part p \
         JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) p.type CROSS JOIN LATERAL ( \
         SELECT y.typbasetype AS type, p.collation AS collation, p.name AS name, '{{}}'::pg_catalog.int4[] AS at \
         WHERE y.typtype OPERATOR(pg_catalog.=) 'd' \
         UNION ALL SELECT y.typelem, p.collation, NULL, '{{0}}' WHERE y.typcategory OPERATOR(pg_catalog.=) 'A' \
         UNION ALL SELECT r.rngsubtype, r.rngcollation, f.opfname::pg_catalog.text, '{{0}}' FROM pg_catalog.pg_range r \
         JOIN pg_catalog.pg_opclass c ON c.oid OPERATOR(pg_catalog.=) r.rngsubopc \
         JOIN pg_catalog.pg_opfamily f ON f.oid OPERATOR(pg_catalog.=) c.opcfamily \
         WHERE y.oid OPERATOR(pg_catalog.=) r.rngtypid OR y.oid OPERATOR(pg_catalog.=) r.rngmultitypid \
         UNION ALL SELECT m.atttypid, m.attcollation, pg_catalog.quote_ident(m.attname), ARRAY[m.attnum::pg_catalog.int4] \
         FROM pg_catalog.pg_attribute m WHERE y.typtype OPERATOR(pg_catalog.=) 'c' \
         AND m.attrelid OPERATOR(pg_catalog.=) y.typrelid AND m.attnum OPERATOR(pg_catalog.>) 0 AND NOT m.attisdropped) AS n), \
         known AS (SELECT p.type, p.path, pg_catalog.concat_ws(' ', pg_catalog.cardinality(p.path), p.name, COALESCE( \
         (SELECT f.opfname FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_opfamily f ON f.oid OPERATOR(pg_catalog.=) c.opcfamily \
         JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) c.opcmethod AND m.amname OPERATOR(pg_catalog.=) 'btree' \
         WHERE c.opcintype OPERATOR(pg_catalog.=) p.type AND c.opcdefault), \
         CASE WHEN y.typcategory OPERATOR(pg_catalog.=) 'A' THEN 'array' WHEN y.typtype OPERATOR(pg_catalog.=) 'b' \
         THEN y.typname::pg_catalog.text ELSE y.typtype::pg_catalog.text END), {own}) AS said, e.rests_on \
         FROM part p JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) p.type \
         CROSS JOIN LATERAL (SELECT CASE WHEN y.typname OPERATOR(pg_catalog.=) ANY ('{{jsonb,citext}}') THEN {of_database} \
         WHEN y.typname OPERATOR(pg_catalog.=) 'money' THEN pg_catalog.current_setting('lc_monetary') \
         WHEN y.typname OPERATOR(pg_catalog.~) '^reg' AND y.typcategory OPERATOR(pg_catalog.=) 'N' THEN c.oid::pg_catalog.text END AS rests_on) AS e \
         WHERE y.typtype OPERATOR(pg_catalog.<>) 'd') \
         SELECT pg_catalog.json_build_object('labels', COALESCE((SELECT pg_catalog.json_agg(e.enumlabel ORDER BY p.path, e.enumsortorder) \
         FROM known p JOIN pg_catalog.pg_enum e ON e.enumtypid OPERATOR(pg_catalog.=) p.type), '[]'), \
         'made_of', COALESCE((SELECT pg_catalog.json_agg(pg_catalog.concat_ws(' ', p.said, p.rests_on) ORDER BY p.path) FROM known p \
         WHERE p.path OPERATOR(pg_catalog.<>) '{{}}' OR p.rests_on IS NOT NULL), '[]')))"
    )
}

/// An expression in the same query: the type of the column `a`, or the one that its domain is of. Not all operators know domains.
pub const BASE_TYPE: &str = "(WITH RECURSIVE base AS (SELECT a.atttypid AS type UNION ALL SELECT y.typbasetype FROM base b \
     JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) b.type WHERE y.typtype OPERATOR(pg_catalog.=) 'd') \
     SELECT b.type FROM base b JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) b.type \
     WHERE y.typtype OPERATOR(pg_catalog.<>) 'd')";

/// An expression in the same query: how wide the values of the column `a` may be, as its type or its domain says.
pub const WIDTH: &str = "(SELECT CASE WHEN y.typtype OPERATOR(pg_catalog.=) 'd' THEN y.typtypmod ELSE a.atttypmod END \
     FROM pg_catalog.pg_type y WHERE y.oid OPERATOR(pg_catalog.=) a.atttypid)";

/// An expression in the same query: the type of the column `a`, its collation and its width, by their numbers.
pub const FORM: &str = "pg_catalog.concat_ws(' ', a.atttypid, a.attcollation, a.atttypmod)";

/// What the values of a column are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct KeyParts {
    /// The labels of its enums, in order.
    pub labels: Vec<String>,
    /// How each part of its arrays, ranges and composite types is sorted, with the names of attributes; and what else sorts it, such
    /// as the locale of the database, which the text in `jsonb` follows.
    pub made_of: Vec<String>,
}

/// How the columns of a key are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOrder {
    /// For each the family of operators, and the collation with its locale.
    pub sorted: Vec<String>,
    /// For each what it is made of.
    pub parts: Vec<KeyParts>,
    /// For each its type, with its schema and without quotes.
    pub types: Vec<String>,
    /// For each how wide its values may be.
    pub widths: Vec<i32>,
}

impl KeyOrder {
    /// Whether values stand in the order in which a backfill has found them.
    pub fn is_that_of(&self, done: &BackfillProgress) -> bool {
        let has_same = |labels: &Vec<Vec<String>>| has_same_order(labels, &self.labels());
        done.sorted.as_ref().is_none_or(|sorted| *sorted == self.sorted)
            && done.labels.as_ref().is_none_or(has_same)
            && done.made_of.as_ref().is_none_or(|made_of| *made_of == self.made_of())
            && done.types.as_ref().is_none_or(|types| keep_types(types, &self.types))
            && done.widths.as_ref().is_none_or(|widths| self.keeps_values(widths))
    }

    /// Whether another key has the same order.
    pub fn is_same(&self, other: &KeyOrder) -> bool {
        self.sorted == other.sorted
            && has_same_order(&self.labels(), &other.labels())
            && self.made_of() == other.made_of()
            && keep_types(&self.types, &other.types)
            && other.keeps_values(&self.widths)
    }

    /// Whether columns that were as wide as this before may hold the values that they had.
    fn keeps_values(&self, before: &[i32]) -> bool {
        let widths = before.iter().zip(&self.widths);
        self.types
            .iter()
            .zip(widths)
            .all(|(of, (&before, &now))| now < 0 || before == now || before >= 0 && is_wider(of, before, now))
    }

    /// The labels for the history: none where no column has any.
    pub fn known_labels(&self) -> Option<Vec<Vec<String>>> {
        some_of(self.labels())
    }

    /// What the columns are made of, for the history: none where each is sorted as a whole.
    pub fn known_parts(&self) -> Option<Vec<Vec<String>>> {
        some_of(self.made_of())
    }

    fn labels(&self) -> Vec<Vec<String>> {
        self.parts.iter().map(|parts| parts.labels.clone()).collect()
    }

    fn made_of(&self) -> Vec<Vec<String>> {
        self.parts.iter().map(|parts| parts.made_of.clone()).collect()
    }
}

fn some_of(words: Vec<Vec<String>>) -> Option<Vec<Vec<String>>> {
    words.iter().any(|words| !words.is_empty()).then_some(words)
}

/// Whether a type that is as wide as this now holds all values that it held before, as they are: of `numeric`, as many digits on both
/// sides of the point.
fn is_wider(of: &str, before: i32, now: i32) -> bool {
    if of != "pg_catalog.numeric" {
        return now > before;
    }
    // The server keeps the digits in all in the upper bits, those after the point in eleven below, and adds 4 to it.
    let digits = |width: i32| {
        let after_point = (((width - 4) & 0x7ff) ^ 1024) - 1024;
        (((width - 4) >> 16) - after_point, after_point)
    };
    let (before, now) = (digits(before), digits(now));
    now.0 >= before.0 && now.1 >= before.1
}

/// Whether values that columns of these types had are the same in those that they have now, and stand in the same order. Types that
/// somebody has made may have got other names; what they are made of is compared besides.
fn keep_types(before: &[String], now: &[String]) -> bool {
    // One that does not hold a value is an error, and rounds none.
    const WHOLE: [&str; 3] = ["pg_catalog.int2", "pg_catalog.int4", "pg_catalog.int8"];
    const TEXTS: [&str; 2] = ["pg_catalog.text", "pg_catalog.varchar"];
    let is_own = |one: &str| !one.starts_with("pg_catalog.");
    before.iter().zip(now).all(|(before, now)| {
        before == now
            || is_own(before) && is_own(now)
            || [&WHOLE[..], &TEXTS]
                .iter()
                .any(|alike| alike.contains(&before.as_str()) && alike.contains(&now.as_str()))
    })
}

/// A label may be added or be gone: those that were there before and are there now have to stand in one order.
fn has_same_order(before: &[Vec<String>], now: &[Vec<String>]) -> bool {
    let common = |labels: &[String], others: &[String]| -> Vec<String> {
        labels.iter().filter(|label| others.contains(label)).cloned().collect()
    };
    before.len() == now.len()
        && before.iter().zip(now).all(|(before, now)| common(before, now) == common(now, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_holds_the_values_of_another_as_they_are_is_as_good() {
        let types = |name: &str| vec![format!("pg_catalog.{name}")];
        for (before, now, kept) in [
            ("int4", "int8", true),
            ("int8", "int4", true),
            ("varchar", "text", true),
            ("timestamp", "date", false),
            ("timestamptz", "timestamp", false),
            ("float4", "float8", false),
            ("inet", "cidr", false),
        ] {
            assert_eq!(keep_types(&types(before), &types(now)), kept, "{before} {now}");
        }
        let numeric = |precision: i32, scale: i32| (precision << 16 | scale & 0x7ff) + 4;
        for (before, now, wider) in [
            (numeric(10, 3), numeric(12, 3), true),
            (numeric(10, 3), numeric(12, 4), true),
            (numeric(10, 3), numeric(12, 6), false),
            (numeric(10, 3), numeric(10, 1), false),
            (numeric(4, -2), numeric(6, 0), true),
        ] {
            assert_eq!(is_wider("pg_catalog.numeric", before, now), wider, "{before} {now}");
        }
        assert!(is_wider("pg_catalog.varchar", 3004, 5004) && !is_wider("pg_catalog.varchar", 3004, 1004));
    }

    #[test]
    fn labels_may_come_and_go_but_not_change_places() {
        let labels = |words: &str| vec![words.split(' ').map(str::to_owned).collect::<Vec<_>>()];
        for (before, now, same) in [
            ("a b c", "a b c", true),
            ("a b c", "new a b between c", true),
            ("a b c", "a c", true),
            ("a b c", "c b a", false),
            ("a b c", "b a", false),
            ("a b c", "x y z", true),
        ] {
            assert_eq!(has_same_order(&labels(before), &labels(now)), same, "{before} {now}");
        }
        assert!(!has_same_order(&labels("a"), &[]));
    }
}
