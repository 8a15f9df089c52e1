//! The shape of a database as a file, for people without access to the database.

use crate::json_file::{JsonFile, JsonFileError};

use super::Shape;

const FILE: JsonFile = JsonFile { key: "pmdb_shape", version: 1, written_by: "pmdb fill --save-shape" };

/// The text of the file: names, counts and shares, no value of a row.
///
/// # Errors
/// A number that JSON cannot hold, which no server sends.
pub fn to_json(shape: &Shape) -> Result<String, serde_json::Error> {
    FILE.write(shape)
}

/// Reads such a text.
///
/// # Errors
/// See [`JsonFileError`].
pub fn from_json(text: &str) -> Result<Shape, JsonFileError> {
    FILE.read(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fill::{ColumnShape, Distinct, Magnitude, ShapeGap, Spread, TableShape};

    fn shape() -> Shape {
        let status = ColumnShape {
            nulls: 0.25,
            distinct: Distinct::Count(2.0),
            frequencies: Vec::new(),
            labels: [("active".to_owned(), 0.5), ("archived".to_owned(), 0.25)].into(),
            width: 4,
            correlation: Some(-0.125),
            elements: None,
            spread: None,
        };
        let created_at = ColumnShape {
            distinct: Distinct::Share(0.75),
            frequencies: vec![0.01],
            labels: Default::default(),
            spread: Some(Spread { tenths: vec![0.1; 10], magnitude: Magnitude::DaysLog2(10) }),
            ..status.clone()
        };
        let columns = [("status".to_owned(), status), ("created_at".to_owned(), created_at)].into();
        let tasks = TableShape { rows: Some(4000), columns };
        Shape {
            server_version: "15.18".to_owned(),
            tables: [("public".to_owned(), [("tasks".to_owned(), tasks)].into())].into(),
            gaps: vec![ShapeGap::NeverAnalyzed { tables: vec![("public".to_owned(), "users".to_owned())] }],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = to_json(&shape()).unwrap();
        assert_eq!(from_json(&text).unwrap(), shape());
        assert!(text.starts_with("{\n  \"pmdb_shape\": 1,"), "{text}");
    }

    #[test]
    fn what_is_no_such_file_is_said_to_be_none() {
        let error = |text: &str| from_json(text).unwrap_err().to_string();
        let text = to_json(&shape()).unwrap();
        assert!(error(&text[..text.len() / 2]).starts_with("it is not JSON: EOF while parsing"));
        for foreign in ["{}", "[]", "1", "null", "{\"pmdb_sizes\": 1}"] {
            assert!(error(foreign).contains("was not written by `pmdb fill --save-shape`"), "{foreign}");
        }
        assert_eq!(
            error(&text.replace("\"pmdb_shape\": 1", "\"pmdb_shape\": 2")),
            "it has version 2 of its format, and this pmdb reads version 1"
        );
        let damaged = error(&text.replace("4000", "\"many\""));
        assert!(damaged.starts_with("it is damaged: invalid type: string"), "{damaged}");
    }

    #[test]
    fn a_field_that_only_a_newer_pmdb_knows_does_no_harm() {
        let text = to_json(&shape()).unwrap().replace("\"nulls\"", "\"more\": [], \"nulls\"");
        assert_eq!(from_json(&text).unwrap(), shape());
    }

    #[test]
    fn what_is_not_known_is_said_in_words() {
        let tables = |count: usize| (0..count).map(|n| ("public".to_owned(), format!("t{n}"))).collect();
        assert_eq!(
            ShapeGap::NeverAnalyzed { tables: tables(1) }.to_string(),
            "public.t0 was never analyzed, so that nothing is known of the values: ANALYZE"
        );
        assert_eq!(
            ShapeGap::OnlyPartitions { tables: tables(7) }.to_string(),
            "public.t0, public.t1, public.t2, public.t3, public.t4 and 2 more were never analyzed as a whole, \
             and the statistics of the largest partition are taken instead: ANALYZE"
        );
    }
}
