//! A database by its name, for people and programs.

use std::fmt;

use serde::Serialize;

/// Which database an answer or an error is about. It shows as `app on db.example.com:5432`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DatabaseName {
    /// Its name on the server.
    pub database: String,
    /// The server's name or address, or the folder of its socket; several, joined by commas as libpq takes them, where it
    /// is not known which one answers.
    pub host: String,
    /// The port; of several servers the one that all have, if they do.
    pub port: Option<u16>,
    /// The role that logs in.
    pub user: String,
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DatabaseName { host, port, .. } = self;
        // What a terminal would obey.
        let database = self.database.replace(char::is_control, "\u{fffd}");
        match port {
            Some(port) if host.starts_with('/') => write!(f, "{database} on {host}/.s.PGSQL.{port}"),
            Some(port) if host.contains(':') => write!(f, "{database} on [{host}]:{port}"),
            Some(port) => write!(f, "{database} on {host}:{port}"),
            None => write!(f, "{database} on {host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::connect::Target;

    #[test]
    fn a_database_is_shown_with_its_server_as_in_a_connection_string() {
        for (url, shown) in [
            ("postgresql://al@db.example.com/app", "app on db.example.com:5432"),
            ("postgresql://al@db.example.com:6432/app", "app on db.example.com:6432"),
            ("postgresql://al@[::1]:6432/app", "app on [::1]:6432"),
            ("postgresql:///app?host=/run/pg&user=al", "app on /run/pg/.s.PGSQL.5432"),
            ("postgresql://al@a,b:6432/app", "app on a,b"),
            ("host=db hostaddr=10.0.0.1 dbname=app user=al", "app on db:5432"),
        ] {
            assert_eq!(Target::from_url(url).unwrap().name().to_string(), shown, "{url}");
        }
    }
}
