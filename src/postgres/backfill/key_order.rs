//! What decides the order of a key's values besides their type: the locale of its text, in the version that the server has of it, and
//! the labels of its enums. Where a half-done backfill finds another order, it would leave rows out or do some twice.

use crate::migration::BackfillProgress;

/// An expression in the query for a key: the collation of a column of the index `i`, with its locale. The database has that of the
/// default one. Which columns say it depends on the version of the server, so they are read as JSON.
pub const COLLATION: &str = "(SELECT pg_catalog.concat_ws('/', l.collname, \
     s.said OPERATOR(pg_catalog.->>) 'collcollate', s.said OPERATOR(pg_catalog.->>) 'datcollate', \
     s.said OPERATOR(pg_catalog.->>) 'colliculocale', s.said OPERATOR(pg_catalog.->>) 'colllocale', \
     s.said OPERATOR(pg_catalog.->>) 'daticulocale', s.said OPERATOR(pg_catalog.->>) 'datlocale', \
     s.said OPERATOR(pg_catalog.->>) 'collicurules', s.said OPERATOR(pg_catalog.->>) 'daticurules', \
     COALESCE(pg_catalog.pg_collation_actual_version(l.oid), s.said OPERATOR(pg_catalog.->>) 'datcollversion')) \
     FROM pg_catalog.pg_collation l LEFT JOIN pg_catalog.pg_database d ON l.collprovider OPERATOR(pg_catalog.=) 'd' \
     AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
     CROSS JOIN LATERAL (SELECT CASE WHEN d.oid IS NULL THEN pg_catalog.to_jsonb(l) ELSE pg_catalog.to_jsonb(d) END AS said) AS s \
     WHERE l.oid OPERATOR(pg_catalog.=) i.indcollation[k.at])";

/// An expression in the same query: the labels of the enums that values of the column `a` are made of, in order, as JSON.
pub const LABELS: &str = "(WITH RECURSIVE part AS (SELECT a.atttypid AS type, '{}'::pg_catalog.int4[] AS path \
     UNION ALL SELECT n.type, p.path OPERATOR(pg_catalog.||) n.at::pg_catalog.int4 FROM part p \
     JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) p.type CROSS JOIN LATERAL ( \
     SELECT y.typbasetype AS type, 0 AS at WHERE y.typtype OPERATOR(pg_catalog.=) 'd' \
     UNION ALL SELECT y.typelem, 0 WHERE y.typcategory OPERATOR(pg_catalog.=) 'A' \
     UNION ALL SELECT r.rngsubtype, 0 FROM pg_catalog.pg_range r \
     WHERE y.oid OPERATOR(pg_catalog.=) r.rngtypid OR y.oid OPERATOR(pg_catalog.=) r.rngmultitypid \
     UNION ALL SELECT m.atttypid, m.attnum FROM pg_catalog.pg_attribute m WHERE y.typtype OPERATOR(pg_catalog.=) 'c' \
     AND m.attrelid OPERATOR(pg_catalog.=) y.typrelid AND m.attnum OPERATOR(pg_catalog.>) 0 AND NOT m.attisdropped) AS n) \
     SELECT pg_catalog.json_agg(e.enumlabel ORDER BY p.path, e.enumsortorder) FROM part p \
     JOIN pg_catalog.pg_enum e ON e.enumtypid OPERATOR(pg_catalog.=) p.type)";

/// An expression in the same query: the type of the column `a`, or the one that its domain is of. Not all operators know domains.
pub const BASE_TYPE: &str = "(WITH RECURSIVE base AS (SELECT a.atttypid AS type UNION ALL SELECT y.typbasetype FROM base b \
     JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) b.type WHERE y.typtype OPERATOR(pg_catalog.=) 'd') \
     SELECT b.type FROM base b JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) b.type \
     WHERE y.typtype OPERATOR(pg_catalog.<>) 'd')";

/// How the columns of a key are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOrder {
    /// For each the family of operators, and the collation with its locale.
    pub sorted: Vec<String>,
    /// For each the labels of its enums, in order.
    pub labels: Vec<Vec<String>>,
}

impl KeyOrder {
    /// Whether values stand in the order in which a backfill has found them.
    pub fn is_that_of(&self, done: &BackfillProgress) -> bool {
        let has_same = |labels: &Vec<Vec<String>>| has_same_order(labels, &self.labels);
        done.sorted.as_ref().is_none_or(|sorted| *sorted == self.sorted)
            && done.labels.as_ref().is_none_or(has_same)
    }

    /// Whether another key has the same order.
    pub fn is_same(&self, other: &KeyOrder) -> bool {
        self.sorted == other.sorted && has_same_order(&self.labels, &other.labels)
    }

    /// The labels for the history: none where no column has any.
    pub fn known_labels(&self) -> Option<Vec<Vec<String>>> {
        self.labels.iter().any(|labels| !labels.is_empty()).then(|| self.labels.clone())
    }
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
