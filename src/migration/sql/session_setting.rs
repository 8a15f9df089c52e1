use super::cursor::Cursor;
use super::lexer::Strings;

/// Whether a statement sets something for the rest of the session: `SET`, `RESET`, or a `set_config` that is selected
/// by itself, as pg_dump writes it. What ends with a transaction (`SET LOCAL`, `SET TRANSACTION`, `SET CONSTRAINTS`)
/// does not count.
pub fn is_session_setting(sql: &str) -> bool {
    let mut cursor = Cursor::new(sql.as_bytes(), Strings::Standard);
    let c = &mut cursor;
    if c.eat("set") {
        return !(c.eat("local") || c.eat("transaction") || c.eat("constraints"));
    }
    if c.eat("reset") {
        return true;
    }
    if !c.eat("select") {
        return false;
    }
    if c.eat("pg_catalog") {
        c.eat_sign(".");
    }
    c.eat("set_config")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_the_session_is_told_from_what_ends_with_a_transaction() {
        for setting in [
            "SET search_path = app",
            "set /* x */ role app;",
            "RESET ALL",
            "SET SESSION AUTHORIZATION app",
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "select set_config('a.b', 'c', false)",
        ] {
            assert!(is_session_setting(setting), "{setting}");
        }
        for other in [
            "SET LOCAL search_path = app",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET CONSTRAINTS ALL DEFERRED",
            "SELECT 1",
            "UPDATE t SET a = 1",
        ] {
            assert!(!is_session_setting(other), "{other}");
        }
    }
}
