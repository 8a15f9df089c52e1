//! What is there, what is done to it, and the difference that this makes.

use pmdb::catalog::Difference;

use super::again::Again;
use super::{lines, make_roles};
use crate::support::{Database, is_at_least};

/// What is there, what is done to it, and the difference that this makes.
pub struct Case {
    pub setup: &'static str,
    pub change: &'static str,
    pub expected: &'static [&'static str],
}

/// Makes the change in a database of its own and compares.
#[track_caller]
pub fn check(cases: &[Case]) {
    make_roles();
    let mut wrong = String::new();
    for Case { setup, change, expected } in cases {
        let database = Database::new();
        database.sql(setup);
        let mut again = Again::on(&database);
        let before = again.read().unwrap_or_else(|error| panic!("{setup}\n{error}"));
        database.sql(change);
        let after = again.read_both_ways(&format!("{setup}\n{change}"));
        let found = lines(&Difference::between(&before, &after));
        let back = lines(&Difference::between(&after, &before));
        assert_eq!(found.len(), back.len(), "{setup}\n{change}\nthere {found:#?}\nback {back:#?}");
        if found != *expected {
            wrong += &format!("{setup}\n{change}\n    expected {expected:#?}\n    found {found:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The same for a single case that servers older than this major version do not know.
#[track_caller]
pub fn check_since(
    version: u32,
    setup: &'static str,
    change: &'static str,
    expected: &'static [&'static str],
) {
    if is_at_least(version) {
        check(&[Case { setup, change, expected }]);
    }
}

/// A test's cases: what is there => what is done => the lines of the difference.
macro_rules! cases {
    ($($setup:expr => $change:expr => $($expected:expr),+;)+) => {
        $crate::catalog::cases::check(&[
            $($crate::catalog::cases::Case { setup: $setup, change: $change, expected: &[$($expected),+] }),+
        ])
    };
}
