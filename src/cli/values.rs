//! Values of options, from text.

use std::time::Duration;

use crate::postgres::HistoryTable;

/// A count of migrations, from 1.
pub(super) fn parse_steps(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(steps) if steps > 0 => Ok(steps),
        _ => Err("a whole number from 1 is wanted".to_owned()),
    }
}

/// `500ms`, `60s`, `5m`; a bare number counts seconds.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let milliseconds = match unit {
        "ms" => 1.0,
        "" | "s" => 1_000.0,
        "m" => 60_000.0,
        _ => return Err("a time is wanted, as in 500ms, 60s or 5m".to_owned()),
    };
    match digits.parse::<f64>() {
        Ok(number) if (0.0..=1e9).contains(&number) => {
            Ok(Duration::from_secs_f64(number * milliseconds / 1000.0))
        }
        _ => Err("a time is wanted, as in 500ms, 60s or 5m".to_owned()),
    }
}

/// A number of bytes, in the units of PostgreSQL's settings.
pub(super) fn parse_throughput(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        0 => Err("a server that reads nothing is never done: more than 0".to_owned()),
        bytes => Ok(bytes),
    }
}

pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let wanted = || "a size is wanted, as in 500kB, 16MB or 2GB".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => 1,
        "kB" | "KB" | "k" => 1 << 10,
        "MB" | "M" => 1 << 20,
        "GB" | "G" => 1 << 30,
        "TB" | "T" => 1 << 40,
        _ => return Err(wanted()),
    };
    digits.trim_end().parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wanted)
}

/// A lock timeout of zero would mean "wait for ever" to the server.
pub(super) fn parse_lock_timeout(text: &str) -> Result<Duration, String> {
    let timeout = parse_duration(text)?;
    if timeout < Duration::from_millis(1) || timeout.as_millis() > i32::MAX as u128 {
        return Err("a time from 1ms to 24 days is wanted".to_owned());
    }
    Ok(timeout)
}

/// `name` or `schema.name`, taken as they are: no folding to lower case, no quotes.
pub(crate) fn parse_table(text: &str) -> Result<HistoryTable, String> {
    let (schema, name) = text.split_once('.').unwrap_or(("public", text));
    let fits =
        |part: &str| !part.is_empty() && part.len() <= MAX_IDENTIFIER && !part.contains(['\0', '.', '"']);
    if !fits(schema) || !fits(name) {
        return Err("NAME or SCHEMA.NAME is wanted, without quotes".to_owned());
    }
    let table = HistoryTable::new(schema, name);
    match table.is_in_system_schema() {
        true => Err(format!("{schema} is a schema of the server's own, where no history can stay")),
        false => Ok(table),
    }
}

/// The server cuts longer names off (PostgreSQL manual, "Identifiers and Key Words").
const MAX_IDENTIFIER: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_its_unit_and_a_bare_number_counts_seconds() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2.5s"), Ok(Duration::from_millis(2500)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_duration("60"), Ok(Duration::from_secs(60)));
        for wrong in ["", "s", "5h", "-1s", "1e99", "NaN", "5 s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_history_is_kept_in_a_schema_of_the_servers_own() {
        for table in ["pg_temp.h", "pg_temp_3.h", "pg_catalog.h", "pg_toast.h", "information_schema.h"] {
            assert!(parse_table(table).unwrap_err().contains("server's own"), "{table}");
        }
    }

    #[test]
    fn a_table_is_read_with_or_without_its_schema() {
        assert_eq!(parse_table("history"), Ok(HistoryTable::new("public", "history")));
        assert_eq!(parse_table("app.history"), Ok(HistoryTable::new("app", "history")));
        for wrong in ["", ".", "app.", ".x", "a.b.c", "\"a\""] {
            assert!(parse_table(wrong).is_err(), "{wrong}");
        }
    }
}
