//! The answers of `pmdb fill`.

use super::printable::one_line;
use crate::commands::RestoreReport;
use crate::postgres::load::PutOff;

pub(super) fn restored(report: &RestoreReport) -> String {
    let database = report.database.to_string();
    let database = one_line(&database);
    if report.restored == PutOff::default() {
        return format!("{database}: nothing is put off\n");
    }
    format!("{database}: back as before: {}\n", put_off(&report.restored))
}

/// As in "3 indexes and 1 foreign key". A key is its index.
fn put_off(put_off: &PutOff) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        counted(put_off.indexes, "index", "indexes"),
        counted(put_off.foreign_keys, "foreign key", "foreign keys"),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => "keys".to_owned(),
        parts => parts.join(" and "),
    }
}
