//! What statements set the value of a sequence to: no catalog shows it, and the sequences of a scratch database are all at their start.

use super::names::mentions;
use super::table_actions::table_actions;
use crate::migration::sql::{Cursor, Name, StandardStrings, TokenKind};

/// A sequence that a statement sets to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SequenceSetting {
    pub sequence: SequenceNamed,
    pub value: SetTo,
}

/// How a statement names a sequence. Names are without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SequenceNamed {
    ByName(Name),
    /// The one of a column.
    OfColumn(Name, String),
    /// Code may mean any.
    Any,
}

/// What `nextval` gives next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetTo {
    /// Where the sequence starts.
    Start,
    This(i64),
    /// What comes after this.
    After(i64),
    /// The statement computes it.
    Computed,
}

/// What a statement sets, in its order.
pub(super) fn settings(text: &str) -> Vec<SequenceSetting> {
    if !sets_something(text) {
        return Vec::new();
    }
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    if cursor.eat("ALTER SEQUENCE") {
        cursor.eat("IF EXISTS");
        let name = cursor.name().map(SequenceNamed::ByName);
        return name.and_then(|name| restarted(cursor, name)).into_iter().collect();
    }
    if cursor.eat("ALTER TABLE") {
        cursor.eat("IF EXISTS");
        cursor.eat("ONLY");
        let Some(table) = cursor.name() else { return Vec::new() };
        return table_actions(text).into_iter().filter_map(|action| of_column(action, &table)).collect();
    }
    if let Some(constants) = only_sets(cursor.clone()) {
        return constants;
    }
    let mut found = Vec::new();
    while let Some((kind, token)) = cursor.peek() {
        let is_code = matches!(kind, TokenKind::DollarBody | TokenKind::String);
        if is_code && std::str::from_utf8(token).is_ok_and(sets_something) {
            found.push(SequenceSetting { sequence: SequenceNamed::Any, value: SetTo::Computed });
        }
        if !cursor.eat("setval") {
            cursor.skip();
        } else if cursor.eat_sign("(") {
            // Whether it comes to that, rows may decide.
            let sequence = set_by_function(&mut cursor).sequence;
            found.push(SequenceSetting { sequence, value: SetTo::Computed });
        }
    }
    found
}

/// What a query sets that does nothing else: `SELECT setval('s', 1), setval('r', 2)`.
fn only_sets(mut cursor: Cursor<'_>) -> Option<Vec<SequenceSetting>> {
    let mut found = Vec::new();
    cursor.eat("SELECT").then_some(())?;
    loop {
        let _ = cursor.eat("pg_catalog") && cursor.eat_sign(".");
        (cursor.eat("setval") && cursor.eat_sign("(")).then_some(())?;
        found.push(set_by_function(&mut cursor));
        cursor.eat_sign(")").then_some(())?;
        if !cursor.eat_sign(",") {
            cursor.eat_sign(";");
            return cursor.peek().is_none().then_some(found);
        }
    }
}

fn sets_something(text: &str) -> bool {
    ["RESTART", "setval"].iter().any(|word| mentions(text, word))
}

/// `ALTER [COLUMN] c … RESTART [[WITH] n]`
fn of_column(action: &str, table: &Name) -> Option<SequenceSetting> {
    let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
    if !cursor.eat("ALTER") {
        return None;
    }
    cursor.eat("COLUMN");
    let column = cursor.identifier()?;
    restarted(cursor, SequenceNamed::OfColumn(table.clone(), column))
}

/// `… RESTART [[WITH] n] …`
fn restarted(mut cursor: Cursor<'_>, sequence: SequenceNamed) -> Option<SequenceSetting> {
    cursor.find("RESTART").then_some(())?;
    cursor.eat("WITH");
    let value = number(&mut cursor).map_or(SetTo::Start, SetTo::This);
    Some(SequenceSetting { sequence, value })
}

/// `'s', n [, is_called])`, after `setval(`.
fn set_by_function(cursor: &mut Cursor<'_>) -> SequenceSetting {
    let sequence = sequence_of_argument(cursor);
    to_comma(cursor);
    let number = number(cursor);
    let ends =
        |cursor: &Cursor<'_>| cursor.peek().is_some_and(|(kind, _)| kind == TokenKind::CloseParenthesis);
    let value = match number {
        Some(value) if ends(cursor) => SetTo::After(value),
        Some(value) if cursor.eat_sign(",") && cursor.eat("false") && ends(cursor) => SetTo::This(value),
        Some(value) if cursor.eat("true") && ends(cursor) => SetTo::After(value),
        _ => SetTo::Computed,
    };
    SequenceSetting { sequence, value }
}

/// `'public.s'`, also as a `regclass`, or `pg_get_serial_sequence('t', 'c')`.
fn sequence_of_argument(cursor: &mut Cursor<'_>) -> SequenceNamed {
    let name = |text: String| Cursor::new(text.as_bytes(), StandardStrings::On).name();
    if let Some(text) = cursor.string() {
        return name(text).map_or(SequenceNamed::Any, SequenceNamed::ByName);
    }
    if !cursor.eat("pg_get_serial_sequence") || !cursor.eat_sign("(") {
        return SequenceNamed::Any;
    }
    let table = cursor.string().and_then(name).filter(|_| cursor.eat_sign(","));
    let column = cursor.string().filter(|_| cursor.eat_sign(")"));
    table.zip(column).map_or(SequenceNamed::Any, |(table, column)| SequenceNamed::OfColumn(table, column))
}

/// Goes on past the next comma that is in no parentheses of its own.
fn to_comma(cursor: &mut Cursor<'_>) {
    let mut depth = 0_usize;
    while let Some((kind, _)) = cursor.peek() {
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis if depth == 0 => return,
            TokenKind::CloseParenthesis => depth -= 1,
            _ if depth == 0 && cursor.eat_sign(",") => return,
            _ => {}
        }
        cursor.skip();
    }
}

fn number(cursor: &mut Cursor<'_>) -> Option<i64> {
    let mut ahead = cursor.clone();
    let sign = if ahead.eat_sign("-") { "-" } else { "" };
    let (_, digits) = ahead.peek().filter(|(kind, _)| *kind == TokenKind::Number)?;
    let value = format!("{sign}{}", std::str::from_utf8(digits).ok()?).parse().ok()?;
    ahead.skip();
    *cursor = ahead;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_sets_a_sequence_to_is_read_where_it_is_a_constant() {
        let name = |name: &str| Name { schema: None, name: name.to_owned() };
        let named = |own: &str| SequenceNamed::ByName(name(own));
        let of_column = || SequenceNamed::OfColumn(name("t"), "Id".to_owned());
        let in_schema = || SequenceNamed::ByName(Name { schema: Some("a".to_owned()), name: "S".to_owned() });
        for (text, expected) in [
            ("ALTER SEQUENCE s RESTART", vec![(named("s"), SetTo::Start)]),
            ("alter sequence if exists a.\"S\" cycle restart with -7", vec![(in_schema(), SetTo::This(-7))]),
            ("ALTER SEQUENCE s RESTART 7 CACHE 5", vec![(named("s"), SetTo::This(7))]),
            ("ALTER SEQUENCE s START WITH 7", vec![]),
            (
                "ALTER TABLE t ADD x int, ALTER COLUMN \"Id\" SET START WITH 1 RESTART",
                vec![(of_column(), SetTo::Start)],
            ),
            ("SELECT setval('s', 1, false)", vec![(named("s"), SetTo::This(1))]),
            ("SELECT pg_catalog.setval('a.\"S\"'::regclass, 9, true);", vec![(in_schema(), SetTo::After(9))]),
            (
                "SELECT setval('s', 9), setval(pg_get_serial_sequence('t', 'Id'), 8)",
                vec![(named("s"), SetTo::After(9)), (of_column(), SetTo::After(8))],
            ),
            (
                "SELECT setval(pg_get_serial_sequence('t', 'Id'), max(id)) FROM t",
                vec![(of_column(), SetTo::Computed)],
            ),
            ("SELECT setval('s', 1 + 2)", vec![(named("s"), SetTo::Computed)]),
            ("SELECT setval(name, 1) FROM names", vec![(SequenceNamed::Any, SetTo::Computed)]),
            ("SELECT setval('s', 1) WHERE NOT EXISTS (SELECT FROM t)", vec![(named("s"), SetTo::Computed)]),
            ("SELECT CASE WHEN true THEN setval('s', 1) END", vec![(named("s"), SetTo::Computed)]),
            ("WITH x AS (SELECT setval('s', 1)) SELECT 1", vec![(named("s"), SetTo::Computed)]),
            ("DO $$ BEGIN PERFORM setval('s', 1); END $$", vec![(SequenceNamed::Any, SetTo::Computed)]),
            ("UPDATE t SET a = 'RESTARTED'", vec![]),
        ] {
            let found: Vec<_> = settings(text).into_iter().map(|one| (one.sequence, one.value)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
