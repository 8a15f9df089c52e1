//! What is said of a verified migration, as text and as an annotation.

use super::printable::printable;
use crate::catalog::Identity;
use crate::commands::HalfError;
use crate::postgres::verify::Verdict;

/// A verdict in words.
pub(super) fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "exact",
        Verdict::ColumnOrder => "column order differs",
        Verdict::Layout => "layout differs: white space or comments",
        Verdict::NotReversed => "not reversed",
        Verdict::UpAgainDiffers => "up again differs",
        Verdict::DownFails => "down fails",
        Verdict::UpAgainFails => "up again fails",
        Verdict::Irreversible => "irreversible: no down half",
    }
}

/// Above what the second up makes otherwise.
pub(super) const AGAIN: &str = "the second up differs from the first:";

/// Before the error of an up half that fails because of what the down half left.
pub(super) const THEN: &str = "then the up half fails: ";

/// Place, message and code of an error, in one line.
pub(super) fn half_error(error: &HalfError) -> String {
    let code = error.sqlstate.as_ref().map_or_else(String::new, |code| format!(" (SQLSTATE {code})"));
    printable(&format!("{}: {}{code}", error.location, error.message)).replace('\n', " ")
}

pub(super) fn shown(identity: &Identity) -> String {
    printable(&identity.to_string()).replace('\n', "␤")
}
