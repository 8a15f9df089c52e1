//! The bundled schema and its example for Citus, on a cluster and on a coordinator alone.

use std::fs;
use std::path::Path;

use crate::support::{Database, Project, Setup, skipped};

/// The bundled migrations and the example that distributes them.
fn example(database: Database) -> Setup {
    let setup = Setup { project: Project::new(), database };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["migrations", "examples/citus"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            setup.project.migration(&name, &fs::read_to_string(path).unwrap());
        }
    }
    for entry in fs::read_dir(root.join("seeds")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        setup.project.write(&format!("seeds/{name}"), fs::read(path).unwrap());
    }
    setup
}

fn all_works_on(database: Database) {
    let setup = example(database);
    if !setup.database.is_of_real_citus() {
        return skipped("tables in shards", "PMDB_CITUS_URL names a cluster");
    }
    let scratch = ["--scratch-url", setup.database.beside_url()];
    setup.up().success();
    setup.run(&["seed"]).success();
    let tasks = setup.database.value("SELECT count(*) FROM tasks");
    setup.run(&["down"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM tasks"), tasks);
    setup.up().success();
    assert_eq!(setup.database.value("SELECT count(*) FROM tasks"), tasks);
    assert!(setup.database.value("SELECT count(*) FROM pg_dist_partition").parse::<u64>().unwrap() >= 5);

    let with_scratch = |command: &[&str]| setup.run(&[command, &scratch].concat()).success();
    let drift = with_scratch(&["drift", "--json"]).json();
    assert_eq!(drift["differences"], serde_json::json!([]), "{drift}");
    with_scratch(&["diff", setup.database.url(), "--to", "0009"]);
    let verified = with_scratch(&["verify"]).stdout;
    assert!(verified.contains("9 exact"), "{verified}");
    let schema = setup.run(&["schema"]).success().stdout;
    assert!(
        schema.contains("\ntasks  distributed by project_id, 32 shards, with project_members\n"),
        "{schema}"
    );
    setup.run(&["advise"]).success();

    setup.project.migration(
        "0010_title.sql",
        "-- migrate:up\nALTER TABLE tasks ALTER title TYPE varchar(500);\nALTER TABLE tasks ALTER description SET NOT NULL;\n",
    );
    // The rows themselves are asked, in the shards.
    let plan = with_scratch(&["plan", "--json"]).json();
    assert!(!plan.to_string().contains("column definition list"), "{plan}");
    assert!(plan.to_string().contains("Citus keeps public.tasks (distributed by project_id)"), "{plan}");

    // Rows come out of reference tables and of distributed ones, in one transaction.
    setup.run(&["seed", "--down"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM tasks"), "0");
    fs::remove_file(setup.project.path().join("migrations/0010_title.sql")).unwrap();
    setup.run(&["down", "--all", "--yes"]).success();
    assert_eq!(setup.database.value("SELECT count(*) FROM pg_dist_partition"), "0");
}

#[test]
fn the_example_works_on_a_cluster() {
    all_works_on(Database::of_citus());
}

#[test]
fn the_example_works_on_a_coordinator_alone() {
    all_works_on(Database::of_citus_alone());
}

#[test]
fn schemas_that_lie_on_one_worker_each_go_up_and_down_with_their_history_in_them() {
    let setup = Setup { project: Project::new(), database: Database::of_citus() };
    if !setup.database.is_of_real_citus() {
        return skipped("schema-based sharding", "PMDB_CITUS_URL names a cluster");
    }
    setup.database.sql_one_by_one(
        "SET citus.enable_schema_based_sharding = on;\nCREATE SCHEMA one;\nCREATE SCHEMA two;\n",
    );
    for n in 1..=6 {
        setup.project.migration(
            &format!("{n:04}_t.sql"),
            &format!(
                "-- migrate:up\nCREATE TABLE t_{n} (id int PRIMARY KEY);\nALTER TABLE t_{n} ADD COLUMN a int;\n\
                 CREATE INDEX ON t_{n} (a);\nINSERT INTO t_{n} SELECT generate_series(1, 10);\n\
                 -- migrate:down\nDROP TABLE t_{n};\n"
            ),
        );
    }
    setup.project.migration(
        "0007_c.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t_1 (a);\nALTER TABLE t_1 ADD COLUMN b int;\n\
         -- migrate:down\nALTER TABLE t_1 DROP COLUMN b;\nDROP INDEX i;\n",
    );
    let url = |schema: &str| format!("{}?options=-csearch_path%3D{schema}", setup.database.url());
    let pmdb = |schema: &str, command: &[&str]| {
        let table = format!("{schema}.schema_migrations");
        setup.project.pmdb(&[command, &["--table", &table]].concat()).env("DATABASE_URL", url(schema))
    };
    for command in [&["up"][..], &["down", "--all", "--yes"], &["up"]] {
        // Both at once.
        let running: Vec<_> = ["one", "two"].map(|schema| pmdb(schema, command).spawn()).into();
        running.into_iter().for_each(|one| {
            one.wait().success();
        });
    }
    for schema in ["one", "two"] {
        assert_eq!(setup.database.value(&format!("SELECT count(*) FROM {schema}.schema_migrations")), "7");
        assert_eq!(setup.database.value(&format!("SELECT count(b) + count(*) FROM {schema}.t_1")), "10");
        pmdb(schema, &["status"]).run().success();
    }
    let schema = setup.run(&["schema"]).success().stdout;
    assert!(schema.contains("\none.t_1  distributed with its schema\n"), "{schema}");
}
