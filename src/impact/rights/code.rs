//! What only some may say of a function.

use super::{NeededRight, Right, RightOn};
use crate::impact::StatementTrace;
use crate::impact::names::{begins, says};
use crate::migration::sql::{Cursor, StandardStrings};

const FUNCTIONS: [&str; 4] =
    ["CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", "CREATE PROCEDURE", "CREATE OR REPLACE PROCEDURE"];

/// A language that not everybody may write in, and `LEAKPROOF`.
pub(super) fn needs(number: usize, statement: &StatementTrace) -> impl Iterator<Item = NeededRight> {
    let text = &statement.text;
    let defines = FUNCTIONS.iter().any(|words| begins(text, words));
    let is_leakproof = (defines || begins(text, "ALTER FUNCTION"))
        && says(text, "LEAKPROOF")
        && !says(text, "NOT LEAKPROOF");
    let superuser = is_leakproof.then_some((Right::BeSuperuser, RightOn::Database));
    let language = defines.then(|| language(text)).flatten();
    let language = language.map(|name| (Right::UseLanguage, RightOn::Language(name)));
    superuser.into_iter().chain(language).map(move |(right, on)| NeededRight::new(number, right, on))
}

fn language(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.find("LANGUAGE").then(|| cursor.identifier()).flatten()
}
