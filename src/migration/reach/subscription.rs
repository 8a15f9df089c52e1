//! Subscriptions that are made without a connection: one that is only tried must leave no slot on a live publisher.

use crate::migration::sql::{Cursor, StandardStrings};
use crate::migration::{Direction, Half, Migration};

/// Options that have to do with the publisher.
const OF_THE_PUBLISHER: [&str; 8] =
    ["connect", "copy_data", "create_slot", "enabled", "failover", "refresh", "slot_name", "two_phase"];

/// With which a subscription is made and nobody asked.
const NO_CONNECTION: &str = "connect = false, create_slot = false, enabled = false, slot_name = NONE";

/// What a statement becomes that can do nothing without the publisher.
const NOTHING: &str = "SELECT NULL";

/// A migration whose subscriptions connect to nobody. Lines stay where they are.
pub fn without_connections(migration: &Migration) -> Migration {
    let mut quiet = migration.clone();
    if let Some(up) = quieted_half(&migration.up, Direction::Up) {
        quiet.up = up;
    }
    if let Some(down) = migration.down.as_ref().and_then(|down| quieted_half(down, Direction::Down)) {
        quiet.down = Some(down);
    }
    quiet
}

/// `None` where there is nothing to change.
fn quieted_half(half: &Half, direction: Direction) -> Option<Half> {
    let mut source = half.source().to_owned();
    let edits: Vec<_> = half
        .statements()
        .iter()
        .filter_map(|statement| Some((statement.span.clone(), quieted(half.text(statement))?)))
        .collect();
    // From the end, so that what comes before stays in its place.
    for (span, text) in edits.iter().rev() {
        source.replace_range(span.clone(), text);
    }
    if edits.is_empty() { None } else { half.with_text(&source, direction) }
}

/// The statement as it runs on a scratch database; `None` for what may run as it is.
fn quieted(statement: &str) -> Option<String> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    let c = &mut cursor;
    let quiet = if c.eat("create subscription") {
        with_options(statement, c, NO_CONNECTION)
    } else if c.eat("alter subscription") {
        c.identifier()?;
        altered(statement, c)?
    } else {
        return None;
    };
    // What follows keeps its line.
    let lines = statement.matches('\n').count().saturating_sub(quiet.matches('\n').count());
    Some(quiet + &"\n".repeat(lines) + ";")
}

/// What becomes of ALTER SUBSCRIPTION. Dropped, a subscription without a slot connects to nobody.
fn altered(statement: &str, c: &mut Cursor<'_>) -> Option<String> {
    if c.eat("enable") || c.eat("refresh") {
        return Some(NOTHING.to_owned());
    }
    if ["set publication", "add publication", "drop publication"].iter().any(|action| c.eat(action)) {
        return Some(with_options(statement, c, "refresh = false"));
    }
    if !c.eat("set") {
        return None;
    }
    let start = statement.len() - c.rest().len();
    let kept = kept_options(c);
    let head = statement.get(..start).unwrap_or_default();
    Some(if kept.is_empty() { NOTHING.to_owned() } else { format!("{head}({})", kept.join(", ")) })
}

/// The statement with these options, and of its own those that have nothing to do with the publisher.
fn with_options(statement: &str, c: &mut Cursor<'_>, options: &str) -> String {
    if !c.find("with") {
        let head = statement.trim_end().trim_end_matches(';');
        return format!("{head} WITH ({options})");
    }
    let head = statement.get(..statement.len() - c.rest().len()).unwrap_or_default().to_owned();
    let mut all = kept_options(c);
    all.push(options.to_owned());
    format!("{head}({})", all.join(", "))
}

fn kept_options(c: &mut Cursor<'_>) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let options = c.options().into_iter().map(|(name, value)| (text(name), text(value)));
    let kept = options.filter(|(name, _)| !OF_THE_PUBLISHER.contains(&name.to_ascii_lowercase().as_str()));
    kept.map(|(name, value)| if value.is_empty() { name } else { format!("{name} = {value}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(sql: &str) -> Option<String> {
        quieted(sql)
    }

    #[test]
    fn a_subscription_is_made_without_a_connection() {
        let made = "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION a, b";
        let none = "connect = false, create_slot = false, enabled = false, slot_name = NONE";
        assert_eq!(quiet(&format!("{made};")), Some(format!("{made} WITH ({none});")));
        assert_eq!(
            quiet(&format!("{made} WITH (slot_name = 'x', binary = true, COPY_DATA, enabled = true);")),
            Some(format!("{made} WITH (binary = true, {none});"))
        );
        assert_eq!(
            quiet(&format!("{made}\nWITH (\n  enabled\n);")),
            Some(format!("{made}\nWITH ({none})\n\n;"))
        );
    }

    #[test]
    fn what_needs_the_publisher_later_does_nothing() {
        assert_eq!(quiet("ALTER SUBSCRIPTION s ENABLE;").as_deref(), Some("SELECT NULL;"));
        assert_eq!(quiet("ALTER SUBSCRIPTION s REFRESH PUBLICATION").as_deref(), Some("SELECT NULL;"));
        assert_eq!(quiet("ALTER SUBSCRIPTION s SET (slot_name = 'x')").as_deref(), Some("SELECT NULL;"));
        assert_eq!(
            quiet("ALTER SUBSCRIPTION s SET (slot_name = 'x', binary = true)").as_deref(),
            Some("ALTER SUBSCRIPTION s SET (binary = true);")
        );
        assert_eq!(
            quiet("ALTER SUBSCRIPTION s ADD PUBLICATION p").as_deref(),
            Some("ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (refresh = false);")
        );
        for sql in ["ALTER SUBSCRIPTION s DISABLE", "DROP SUBSCRIPTION s", "COMMENT ON SUBSCRIPTION s IS 'x'"]
        {
            assert_eq!(quiet(sql), None, "{sql}");
        }
    }

    #[test]
    fn lines_and_halves_stay_where_they_are() {
        let sql = "-- migrate:up transaction:false\nCREATE SUBSCRIPTION s\n CONNECTION 'x'\n PUBLICATION p;\nSELECT 1;\n\
                   -- migrate:down transaction:false\nALTER SUBSCRIPTION s DISABLE;\nDROP SUBSCRIPTION s;\n";
        let migration = Migration::parse("1_s.sql", sql.as_bytes()).unwrap();
        let quiet = without_connections(&migration);
        assert!(quiet.up.body().contains("connect = false"), "{}", quiet.up.body());
        let lines = |half: &Half| -> Vec<usize> {
            half.statements().iter().map(|statement| statement.location.line).collect()
        };
        assert_eq!(lines(&quiet.up), lines(&migration.up));
        assert_eq!(quiet.down.unwrap().body(), migration.down.unwrap().body());
    }
}
