//! The target's side as a file, for a place that cannot reach the target, such as the check of a pull request.

use crate::json_file::{JsonFile, JsonFileError};

use super::TargetStats;

const FILE: JsonFile = JsonFile { key: "pmdb_sizes", version: 1, written_by: "pmdb plan --save-sizes" };

/// The text of the file: sizes, counts and names, no value of a row.
///
/// # Errors
/// A number that JSON cannot hold, which no server sends.
pub fn to_json(stats: &TargetStats) -> Result<String, serde_json::Error> {
    FILE.write(stats)
}

/// Reads such a text.
///
/// # Errors
/// See [`JsonFileError`].
pub fn from_json(text: &str) -> Result<TargetStats, JsonFileError> {
    FILE.read(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::impact::{Gap, OpenTransaction, RelationStats, Replica};

    fn stats() -> TargetStats {
        let users = RelationStats {
            table_bytes: 8192,
            rows: Some(3),
            reads_per_second: Some(0.25),
            ..RelationStats::default()
        };
        TargetStats {
            server_version: "15.18".to_owned(),
            relations: [("public".to_owned(), [("users".to_owned(), users)].into())].into(),
            open_transactions: vec![OpenTransaction {
                pid: 7,
                application: "psql".to_owned(),
                age: Duration::from_millis(1500),
                relations: vec![("public".to_owned(), "users".to_owned())],
                written: Vec::new(),
            }],
            replicas: vec![
                Replica { name: "near".to_owned(), lag: Some(Duration::ZERO) },
                Replica { name: "away".to_owned(), lag: None },
            ],
            gaps: vec![Gap::Standby, Gap::HiddenSessions { sessions: 2 }],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = to_json(&stats()).unwrap();
        assert_eq!(from_json(&text).unwrap(), stats());
        assert!(text.starts_with("{\n  \"pmdb_sizes\": 1,"), "{text}");
        assert!(text.contains("\"age_seconds\": 1.5"), "{text}");
    }

    #[test]
    fn what_is_no_such_file_is_said_to_be_none() {
        let error = |text: &str| from_json(text).unwrap_err().to_string();
        let text = to_json(&stats()).unwrap();
        let cut = &text[..text.len() / 2];
        assert!(error(cut).starts_with("it is not JSON: EOF while parsing"), "{}", error(cut));
        assert!(error("").starts_with("it is not JSON"));
        for foreign in ["{}", "[]", "1", "null", "{\"rows\": 1}"] {
            assert!(error(foreign).contains("was not written by `pmdb plan --save-sizes`"), "{foreign}");
        }
        assert_eq!(
            error(&text.replace("\"pmdb_sizes\": 1", "\"pmdb_sizes\": 2")),
            "it has version 2 of its format, and this pmdb reads version 1"
        );
        let damaged = error(&text.replace("8192", "\"large\""));
        assert!(damaged.starts_with("it is damaged: invalid type: string"), "{damaged}");
        assert!(error(&text.replace("1.5", "-1.5")).starts_with("it is damaged"));
    }

    #[test]
    fn a_field_that_only_a_newer_pmdb_knows_does_no_harm() {
        let text =
            to_json(&stats()).unwrap().replace("\"pmdb_sizes\": 1,", "\"pmdb_sizes\": 1, \"more\": [],");
        assert_eq!(from_json(&text).unwrap(), stats());
    }
}
