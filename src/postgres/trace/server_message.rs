//! What the server says of its work under `client_min_messages = debug1`. These messages are not translated.

/// Work that the server has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServerMessage {
    /// It writes every row of a table again.
    Rewrites {
        /// The table.
        table: String,
    },
    /// It reads every row of a table, to check something.
    Verifies {
        /// The table.
        table: String,
    },
    /// It looks up every key of a table in another.
    ValidatesForeignKey {
        /// The constraint.
        constraint: String,
    },
    /// It builds an index.
    Builds {
        /// The index.
        index: String,
        /// Its table.
        table: String,
    },
}

impl ServerMessage {
    /// `None` for a message about anything else.
    pub fn parse(message: &str) -> Option<ServerMessage> {
        let quoted = |text: &str| text.strip_suffix('"').map(str::to_owned);
        if let Some(rest) = message.strip_prefix("rewriting table \"") {
            return Some(ServerMessage::Rewrites { table: quoted(rest)? });
        }
        if let Some(rest) = message.strip_prefix("verifying table \"") {
            return Some(ServerMessage::Verifies { table: quoted(rest)? });
        }
        if let Some(rest) = message.strip_prefix("validating foreign key constraint \"") {
            return Some(ServerMessage::ValidatesForeignKey { constraint: quoted(rest)? });
        }
        let rest = message.strip_prefix("building index \"")?;
        let (index, rest) = rest.split_once("\" on table \"")?;
        // After the name it says how many workers it has asked for.
        let (table, _) = rest.rsplit_once('"')?;
        Some(ServerMessage::Builds { index: index.to_owned(), table: table.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_that_the_server_names_is_read_from_its_messages() {
        let table = || "users".to_owned();
        for (message, work) in [
            ("rewriting table \"users\"", ServerMessage::Rewrites { table: table() }),
            ("verifying table \"users\"", ServerMessage::Verifies { table: table() }),
            (
                "validating foreign key constraint \"posts_user_fk\"",
                ServerMessage::ValidatesForeignKey { constraint: "posts_user_fk".to_owned() },
            ),
            (
                "building index \"i\" on table \"users\" serially",
                ServerMessage::Builds { index: "i".to_owned(), table: table() },
            ),
            (
                "building index \"i\" on table \"users\" with request for 1 parallel workers",
                ServerMessage::Builds { index: "i".to_owned(), table: table() },
            ),
            ("rewriting table \"a \"b\" c\"", ServerMessage::Rewrites { table: "a \"b\" c".to_owned() }),
        ] {
            assert_eq!(ServerMessage::parse(message), Some(work), "{message}");
        }
    }

    #[test]
    fn other_messages_tell_of_no_work() {
        for message in [
            "existing constraints on column \"users.email\" are sufficient to prove that it does not contain nulls",
            "CREATE TABLE / PRIMARY KEY will create implicit index \"t_pkey\" for table \"t\"",
            "rewriting table",
            "building index \"i\"",
        ] {
            assert_eq!(ServerMessage::parse(message), None, "{message}");
        }
    }
}
