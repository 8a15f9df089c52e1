//! A last look at what a half has done outside of its database, before it is committed.

/// A statement that travels in the transaction of each half, and fails when the half has done something that it must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guard {
    statement: String,
}

/// Around what was found, in the message of the error that the statement causes: the rest of it is in the server's language.
const OPEN: &str = "pmdb[";
const CLOSE: &str = "]pmdb";

impl Guard {
    /// One with this query, which gives a single text: what was done, or NULL when that is nothing. The half may have
    /// changed `search_path`, so that the query qualifies every name.
    #[cfg(feature = "inspect")]
    pub fn new(query: &str) -> Guard {
        Guard {
            statement: format!(
                "SELECT CASE WHEN g.what IS NULL THEN 1 \
                 ELSE pg_catalog.concat('{OPEN}', g.what, '{CLOSE}')::pg_catalog.int4 END FROM ({query}) AS g (what)"
            ),
        }
    }

    /// The statement.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// What was done, from the message of the statement's error. `None` for another error.
    pub fn found_in(message: &str) -> Option<&str> {
        let (_, found) = message.split_once(OPEN)?;
        Some(found.rsplit_once(CLOSE)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_read_from_a_message_in_any_language() {
        for message in [
            "invalid input syntax for type integer: \"pmdb[role al, role bo]pmdb\"",
            "ungültige Eingabesyntax für Typ integer: »pmdb[role al, role bo]pmdb«",
        ] {
            assert_eq!(Guard::found_in(message), Some("role al, role bo"));
        }
        assert_eq!(Guard::found_in("division by zero"), None);
    }
}
