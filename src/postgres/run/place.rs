//! Where in a file something went wrong.

use std::ops::Range;

use crate::connect::PositionUnit;
use crate::migration::{Half, Location, SourceLine, Step};
use crate::postgres::failure::Place;
use crate::postgres::message::ErrorOrigin;
use crate::postgres::sql_error::SqlError;

/// The place that an error is about, if it is about the file.
pub(super) fn place(step: &Step, origin: &ErrorOrigin) -> Option<Place> {
    let half = step.half();
    match origin {
        ErrorOrigin::Own(_) => None,
        ErrorOrigin::File { offset, .. } => Some(Place {
            location: half.locate(*offset),
            line: SourceLine::around(half.source().as_bytes(), *offset),
        }),
        ErrorOrigin::Data { statement, line } => {
            let copy = half.statements().iter().find(|copy| copy.span == *statement)?;
            let text = half.long_data(copy)?.line(*line).unwrap_or_default();
            let shown: String = text.chars().take(LONGEST_SHOWN).collect();
            Some(Place {
                location: line_of_data(half, statement, *line),
                line: SourceLine::around(shown.as_bytes(), 0),
            })
        }
    }
}

/// This many characters of a line of data are shown.
const LONGEST_SHOWN: usize = 400;

/// Where in the file a line of the long data of a COPY is.
pub(in crate::postgres) fn line_of_data(half: &Half, copy: &Range<usize>, line: u64) -> Location {
    let copy = half.statements().iter().find(|statement| statement.span == *copy);
    let first = copy.and_then(|copy| half.long_data(copy)).map_or(0, |data| data.stand_in.start);
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = half.locate(first);
    Location { line: start.line.saturating_add(before), ..start }
}

/// An error in the data of a COPY names the line of the data in its context (`COPY t, line 3, column a`).
pub(super) fn copy_error_offset(
    source: &str,
    error: &SqlError,
    unit: PositionUnit,
    statement: &Range<usize>,
    data: &Range<usize>,
) -> usize {
    if let Some(position) = error.position {
        let sql = source.get(statement.clone()).unwrap_or_default();
        return statement.start + unit.byte_offset(sql, position);
    }
    let Some(line) = line_in_data(error) else { return statement.start };
    let text = source.get(data.clone()).unwrap_or_default();
    let before: usize =
        text.split_inclusive('\n').take(usize::try_from(line - 1).unwrap_or(usize::MAX)).map(str::len).sum();
    data.start + before
}

/// The line of the data that an error names.
pub(super) fn line_in_data(error: &SqlError) -> Option<u64> {
    let line = error
        .context
        .as_deref()
        // Before it stands what a trigger has run.
        .and_then(|context| context.lines().find_map(|line| line.strip_prefix("COPY ")))
        .and_then(|context| context.split_once(", "))
        // The word for "line" is in the server's language.
        .map(|(_, rest)| rest.trim_start_matches(char::is_alphabetic).trim_start())
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse::<u64>().ok());
    line.filter(|line| *line > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(context: &str) -> SqlError {
        SqlError {
            message: "invalid input".to_owned(),
            sqlstate: Some("22P02".to_owned()),
            detail: None,
            server_hint: None,
            context: Some(context.to_owned()),
            position: None,
            internal_position: None,
            internal_query: None,
            batch: None,
            schema: None,
        }
    }

    #[test]
    fn an_error_in_copied_data_points_at_its_line() {
        let source = "COPY t FROM stdin;\n1\nx\n3\n\\.\n";
        for context in [
            "COPY t, line 2, column a: \"x\"",
            "COPY t, Zeile 2, Spalte a: »x«",
            "COPY t, ligne 2 : « x »",
            "PL/pgSQL function f() line 1 at RAISE\nCOPY t, line 2: \"x\"",
        ] {
            let offset =
                copy_error_offset(source, &error(context), PositionUnit::Characters, &(0..18), &(19..25));
            assert_eq!(source.get(offset..), Some("x\n3\n\\.\n"));
        }
    }

    #[test]
    fn an_error_without_a_line_points_at_the_copy_statement() {
        assert_eq!(
            copy_error_offset(
                "COPY t FROM stdin;\n1\n",
                &error("somewhere"),
                PositionUnit::Characters,
                &(0..18),
                &(19..21)
            ),
            0
        );
    }
}
