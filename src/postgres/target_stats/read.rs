//! From the rows of the answer to the value.

use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::impact::{Gap, OpenTransaction, RelationStats, Replica, TargetStats};

/// The first column of a row tells which question it answers.
pub(super) fn target_stats(rows: &[SimpleQueryRow]) -> TargetStats {
    let mut stats = TargetStats::default();
    let (mut locked, mut sessions, mut replicas, mut silent) = (Vec::new(), 0, 0, false);
    for row in rows {
        match row.columns().first().map(|column| column.name()) {
            Some("server") => {
                let version = text(row, "server");
                stats.server_version = version.split(' ').next().unwrap_or_default().to_owned();
                if is_true(row, "standby") {
                    stats.gaps.push(Gap::Standby);
                }
            }
            Some("relation") => {
                let (schema, name) = (text(row, "relation"), text(row, "name"));
                let of_citus = row.try_get("on_citus").is_ok();
                if of_citus {
                    silent |= !is_true(row, "measured");
                } else if !is_true(row, "measured") {
                    locked.push((schema.clone(), name.clone()));
                }
                stats.relations.entry(schema).or_default().insert(name, relation(row));
            }
            Some("transaction") if is_true(row, "hidden") => sessions += 1,
            Some("transaction") => stats.open_transactions.push(transaction(row)),
            Some("replica") => {
                replicas += u64::from(is_true(row, "hidden"));
                stats.replicas.push(Replica { name: text(row, "replica"), lag: duration(row, "seconds") });
            }
            _ => {}
        }
    }
    if !locked.is_empty() {
        locked.sort();
        stats.gaps.push(Gap::LockedRelations { relations: locked });
    }
    if silent {
        stats.gaps.push(Gap::Refused {
            what: "the size of what lies on one of the servers of Citus".to_owned(),
            message: "it does not answer".to_owned(),
        });
    }
    if sessions > 0 {
        stats.gaps.push(Gap::HiddenSessions { sessions });
    }
    if replicas > 0 {
        stats.gaps.push(Gap::HiddenReplicas { replicas });
    }
    stats
}

fn relation(row: &SimpleQueryRow) -> RelationStats {
    let bytes = |column| number(row, column).unwrap_or_default();
    // Statistics that have just begun would make a single scan look like many.
    let seconds = duration(row, "seconds").map(|since| since.as_secs_f64().max(1.0));
    let a_second = |column| Some(number::<f64>(row, column)? / seconds?);
    RelationStats {
        table_bytes: bytes("table_bytes"),
        index_bytes: bytes("index_bytes"),
        toast_bytes: bytes("toast_bytes"),
        rows: number(row, "rows"),
        reads_per_second: a_second("reads"),
        writes_per_second: a_second("writes"),
        on_citus: value(row, "on_citus").map(str::to_owned),
    }
}

fn transaction(row: &SimpleQueryRow) -> OpenTransaction {
    OpenTransaction {
        pid: number(row, "transaction").unwrap_or_default(),
        application: text(row, "application"),
        age: duration(row, "seconds").unwrap_or_default(),
        relations: serde_json::from_str(&text(row, "relations")).unwrap_or_default(),
        written: serde_json::from_str(&text(row, "written")).unwrap_or_default(),
    }
}

/// Never negative: a clock may go back.
fn duration(row: &SimpleQueryRow, column: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(number::<f64>(row, column)?.max(0.0)).ok()
}

fn number<T: FromStr>(row: &SimpleQueryRow, column: &str) -> Option<T> {
    value(row, column)?.parse().ok()
}

fn text(row: &SimpleQueryRow, column: &str) -> String {
    value(row, column).unwrap_or_default().to_owned()
}

fn is_true(row: &SimpleQueryRow, column: &str) -> bool {
    value(row, column) == Some("t")
}

fn value<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok().flatten()
}
