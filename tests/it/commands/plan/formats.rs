//! The findings as others read them, and the target's sizes as a file.

use serde_json::Value;

use super::plan;
use crate::support::{Setup, skipped};

/// A file that fails on the rows of the target.
fn failing() -> Setup {
    let setup = Setup::with(&[
        ("0001_users.sql", "-- migrate:up\nCREATE TABLE users (id int, email text);\n"),
        ("0002_email.sql", "-- migrate:up\nSELECT 1;\nALTER TABLE users ALTER email SET NOT NULL;\n"),
    ]);
    setup.run(&["up", "--to", "0001"]).success();
    setup.database.sql("INSERT INTO users VALUES (1, NULL), (2, NULL)");
    setup
}

#[test]
fn each_format_tells_the_finding_with_its_place() {
    let setup = failing();
    let told = |format: &str| plan(&setup, &["--format", format]).success().stdout;
    let said = "2 rows of public.users have no email";

    let annotations = told("github");
    assert!(
        annotations.starts_with("::error file=migrations/0002_email.sql,line=3,col=1,title="),
        "{annotations}"
    );
    assert!(annotations.contains(said) && annotations.lines().count() == 1, "{annotations}");

    let comment = told("markdown");
    assert!(
        comment.starts_with("### `pmdb plan`: 1 finding\n\n#### `migrations/0002_email.sql`\n"),
        "{comment}"
    );
    assert!(comment.contains("**fails**: line 3, `public.users.email` (`null-values`)"), "{comment}");

    let document: Value = serde_json::from_str(&told("sarif")).unwrap();
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "null-values");
    assert!(result["message"]["text"].as_str().unwrap().starts_with(said), "{result:#}");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "migrations/0002_email.sql");
    assert_eq!(place["region"]["startLine"], 3);
}

/// The schema belongs to its authors and is no part of this repository.
#[test]
fn sarif_is_as_its_official_schema_says() {
    let Some(schema) = std::env::var_os("PMDB_SARIF_SCHEMA") else {
        skipped("the schema of SARIF 2.1.0", "PMDB_SARIF_SCHEMA names the file that OASIS has published");
        return;
    };
    // One of its patterns has a bracket that is not escaped, which is no regular expression to all.
    let schema = std::fs::read_to_string(schema).unwrap().replace("{2}]?$", r"{2}\\]?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let setup = failing();
    setup.project.migration(
        "0003_a b\u{e4}%.sql",
        "-- migrate:up\nALTER TABLE users ALTER email TYPE varchar(3);\nDROP TABLE users;\nnonsense;\n",
    );
    for args in [&["--format", "sarif"][..], &["--format", "sarif", "--to", "0002", "--small", "0"]] {
        let document: Value = serde_json::from_str(&plan(&setup, args).success().stdout).unwrap();
        assert_ne!(document["runs"][0]["results"], serde_json::json!([]));
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn one_form_is_asked_for() {
    let outcome = plan(&failing(), &["--json", "--format", "sarif"]).fails(2);
    assert!(outcome.stdout.contains("--format sarif"), "{}", outcome.stdout);
}

#[test]
fn saved_sizes_stand_for_the_target_and_hold_no_data() {
    let setup = failing();
    setup
        .database
        .sql("INSERT INTO users SELECT n, 'secret-' || n FROM generate_series(1, 1000) n; ANALYZE users");
    let file = setup.project.path().join("sizes.json");
    let path = file.to_str().unwrap();
    plan(&setup, &["--save-sizes", path, "--no-questions"]).success();
    let text = std::fs::read_to_string(&file).unwrap();
    let saved: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(saved["pmdb_sizes"], 1);
    assert_eq!(saved["relations"]["public"]["users"]["rows"], 1002);
    assert!(!text.contains("secret"), "{text}");

    // They count, whatever the target is like.
    setup.database.sql("TRUNCATE users");
    let told = plan(&setup, &["--sizes", path, "--json"]).success().json();
    let blocked = &told["files"][0]["blocked"][0];
    assert_eq!(blocked["size"]["rows"], 1002, "{blocked:#}");

    std::fs::write(&file, text.replace("\"pmdb_sizes\": 1", "\"pmdb_sizes\": 9")).unwrap();
    let outcome = plan(&setup, &["--sizes", path]).fails(1);
    assert!(outcome.stderr.contains("sizes.json cannot be used: it has version 9"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--save-sizes"), "{}", outcome.stderr);
}
