//! Rows that are asked for by table: `tasks=100000`, on the command line or in a seed, as `-- pmdb:fill tasks=100000`.

use std::str::FromStr;

use crate::migration::{CommentNote, Half, Location, Migration, NoteError, first_word};

/// A table and how many rows it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRows {
    /// The table, with its schema or without.
    pub table: String,
    /// How many rows.
    pub rows: u64,
}

impl FromStr for TableRows {
    type Err = String;

    fn from_str(text: &str) -> Result<TableRows, String> {
        let (table, rows) =
            text.rsplit_once('=').ok_or("a table and a number are wanted, as in tasks=100000")?;
        if table.is_empty() {
            return Err("a table is wanted before the number, as in tasks=100000".to_owned());
        }
        Ok(TableRows { table: table.to_owned(), rows: parse_rows(rows)? })
    }
}

/// The most rows that a table gets.
pub(super) const MOST_ROWS: u64 = 1_000_000_000_000;

/// A number of rows: `100000`, `100k`, `5M`.
///
/// # Errors
/// In words, where it is none.
pub fn parse_rows(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let rows = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    rows.filter(|rows| (1..=MOST_ROWS).contains(rows))
        .ok_or_else(|| "a number of rows is wanted, as in 100000, 100k or 5M".to_owned())
}

/// What one comment of a seed asks for: what `pmdb fill` does with these tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillNote {
    /// Where its words stand.
    pub location: Location,
    /// The whole line.
    pub line: String,
    /// The tables, in the order in which they are named, with the place of each.
    pub tables: Vec<(Location, TableRows)>,
}

const HINT: &str = "write `-- pmdb:fill TABLE=ROWS` below `-- migrate:up` of a seed, as in `-- pmdb:fill users=500 tasks=100k`";

/// What the comments of a seed ask for.
///
/// # Errors
/// At the first comment that begins with `pmdb:` and is no `fill`, names no table with a number, or stands where nothing is
/// applied.
pub fn fill_notes(seed: &Migration) -> Result<Vec<FillNote>, NoteError> {
    let refused = |note: &CommentNote, problem: &str| {
        note.error(&seed.path, 0, problem.to_owned(), "fill_comment", HINT)
    };
    if let Some(note) = seed.up.comment_notes_above().first() {
        return Err(refused(note, "a comment for pmdb stands below the line `-- migrate:up`"));
    }
    if let Some(note) = seed.down.iter().flat_map(|down| down.comment_notes()).next() {
        return Err(refused(&note, "the down half asks for nothing: `pmdb:fill` stands in the up half"));
    }
    seed.up.comment_notes().iter().map(|note| fill_note(seed, note)).collect()
}

fn fill_note(seed: &Migration, note: &CommentNote) -> Result<FillNote, NoteError> {
    let error = |at, problem| note.error(&seed.path, at, problem, "fill_comment", HINT);
    let (word, rest) = first_word(&note.text);
    if word != "fill" {
        let problem =
            format!("`pmdb:{word}` means nothing in a seed; the only such comment there is `pmdb:fill`");
        return Err(error(0, problem));
    }
    if rest.is_empty() {
        return Err(error(0, "`pmdb:fill` names no table".to_owned()));
    }
    let before = note.text.len() - rest.len();
    let asked = words(rest).map(|(at, word)| {
        let at = before + at;
        Ok((at, word.parse().map_err(|problem| error(at, problem))?))
    });
    let asked: Vec<(usize, TableRows)> = asked.collect::<Result<_, _>>()?;
    for (place, (at, TableRows { table, .. })) in asked.iter().enumerate() {
        if asked.iter().take(place).any(|(_, before)| before.table == *table) {
            return Err(error(*at, format!("`pmdb:fill` names {table} twice")));
        }
    }
    let tables = asked.into_iter().map(|(at, rows)| (note.locate(at), rows)).collect();
    Ok(FillNote { location: note.location, line: note.line.clone(), tables })
}

/// The comments of a migration that ask for rows, which only those of a seed do.
pub fn fill_notes_of_no_seed(migration: &Migration) -> Vec<NoteError> {
    let halves = [Some(&migration.up), migration.down.as_ref()];
    // Most files have none: a look at the text is cheap.
    let halves = halves.into_iter().flatten().filter(|half| half.sql().contains("pmdb:fill"));
    let notes = halves.flat_map(Half::comment_notes).filter(|note| first_word(&note.text).0 == "fill");
    let problem = "`pmdb:fill` does nothing in a migration: it stands in a seed";
    notes.map(|note| note.error(&migration.path, 0, problem.to_owned(), "fill_comment", HINT)).collect()
}

/// What blanks separate, with where it begins. Within double quotes, a blank is part of a name.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_quoted = false;
    let mut at = 0;
    let pieces = text.split_inclusive(move |c: char| {
        is_quoted ^= c == '"';
        c.is_whitespace() && !is_quoted
    });
    let placed = pieces.map(move |piece| {
        at += piece.len();
        (at - piece.len(), piece.trim_end())
    });
    placed.filter(|(_, piece)| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<FillNote>, NoteError> {
        fill_notes(&Migration::parse("seeds/0001_a.sql", text.as_bytes()).unwrap())
    }

    #[test]
    fn each_comment_of_the_up_half_asks_for_rows_of_its_tables() {
        let notes = read(
            "-- migrate:up\n-- pmdb:fill users=5 app.tasks=100k\nINSERT INTO t VALUES ('-- pmdb:fill x=1');\n\
             -- pmdb:fill public.\"odd name=\"=2M\n-- migrate:down\n",
        );
        assert!(read("-- migrate:up\nSELECT 1;\n").unwrap().is_empty());
        let rows = |line, column, table: &str, rows| {
            (Location { line, column }, TableRows { table: table.to_owned(), rows })
        };
        let notes = notes.unwrap();
        assert_eq!(notes[0].tables, [rows(2, 14, "users", 5), rows(2, 22, "app.tasks", 100_000)]);
        assert_eq!(notes[0].location, Location { line: 2, column: 9 });
        assert_eq!(notes[1].tables, [rows(4, 14, "public.\"odd name=\"", 2_000_000)]);
    }

    #[test]
    fn what_asks_for_no_rows_is_an_error_with_its_place() {
        for (text, place, problem) in [
            ("-- migrate:up\n-- pmdb:fill\n", "2:9", "`pmdb:fill` names no table"),
            ("-- migrate:up\n-- pmdb:fill é=5  tasks\n", "2:19", "a table and a number are wanted"),
            ("-- migrate:up\n-- pmdb:fill tasks=many\n", "2:14", "a number of rows is wanted"),
            ("-- migrate:up\n-- pmdb:fill é=1 t=5 u=1 t=6\n", "2:26", "`pmdb:fill` names t twice"),
            ("-- migrate:up\n-- pmdb:fil tasks=5\n", "2:9", "`pmdb:fil` means nothing in a seed"),
            ("-- pmdb:fill tasks=5\n-- migrate:up\n", "1:9", "a comment for pmdb stands below"),
            ("-- migrate:up\n-- migrate:down\n-- pmdb:fill t=5\n", "3:9", "the down half asks for nothing"),
        ] {
            let error = read(text).unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with(&format!("seeds/0001_a.sql:{place}: {problem}")), "{message}");
            assert_eq!(error.line, text.lines().nth(error.location.line - 1).unwrap());
        }
    }
}
