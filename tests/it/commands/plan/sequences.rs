//! The sequence of a column that gets a larger type.

use super::{list, plan, text};
use crate::support::Setup;

#[test]
fn a_sequence_that_does_not_follow_its_column_is_told() {
    for (file, said) in [
        ("ALTER TABLE t ALTER id TYPE bigint", true),
        ("ALTER TABLE t ALTER id TYPE bigint; ALTER TABLE t RENAME id TO number", true),
        ("ALTER TABLE t ALTER id TYPE bigint; ALTER SEQUENCE t_id_seq AS bigint", false),
        ("ALTER TABLE t ALTER id DROP DEFAULT; ALTER TABLE t ALTER id TYPE bigint", false),
        ("ALTER TABLE t ALTER own TYPE bigint", false),
        ("ALTER TABLE t ALTER big TYPE bigint", false),
        ("ALTER TABLE t ALTER id TYPE text", false),
    ] {
        let setup = Setup::with(&[(
            "0001_tables.sql",
            "-- migrate:up\nCREATE TABLE t (id serial, own int GENERATED ALWAYS AS IDENTITY, big bigserial);\n",
        )]);
        setup.up().success();
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "sequence-stays-narrow");
        assert_eq!(found.is_some(), said, "{file}: {document:#}");
        setup.up().success();
        let end =
            setup.database.value("SELECT seqmax FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass");
        assert_eq!(end == "9223372036854775807", file.contains("AS bigint"), "{file}");
        if let Some(found) = found {
            let note = text(&found["recipe"]["note"]);
            setup.database.sql(&note[note.find("ALTER SEQUENCE").unwrap()..]);
        }
    }
}

#[test]
fn a_sequence_that_a_later_file_makes_larger_is_not_told() {
    for (later, said) in [
        ("ALTER SEQUENCE t_id_seq AS bigint", false),
        (
            "ALTER TABLE t RENAME id TO number; ALTER SEQUENCE t_id_seq RENAME TO numbers; ALTER SEQUENCE numbers AS bigint",
            false,
        ),
        ("DROP SEQUENCE t_id_seq CASCADE", false),
        ("ALTER SEQUENCE t_id_seq CACHE 7", true),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", "-- migrate:up\nCREATE TABLE t (id serial);\n")]);
        setup.up().success();
        setup.project.migration("0002_file.sql", "-- migrate:up\nALTER TABLE t ALTER id TYPE bigint;\n");
        setup.project.migration("0003_file.sql", &format!("-- migrate:up\n{later};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).any(|one| text(&one["rule"]) == "sequence-stays-narrow");
        assert_eq!(found, said, "{later}: {document:#}");
    }
}
