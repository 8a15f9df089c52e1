//! The harness itself: what every other test relies on.

use std::process::Command;

use crate::support::{Database, Project, client_program, server};

#[test]
fn a_fresh_database_is_empty_and_goes_with_its_value() {
    let database = Database::new();
    assert_eq!(database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    database.sql("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL)");
    let rows = database.sql("SELECT a, b FROM t ORDER BY a");
    assert_eq!(rows, [vec![Some("1".to_owned()), Some("x".to_owned())], vec![Some("2".to_owned()), None]]);
    let name = database.name().to_owned();
    drop(database);
    let other = Database::new();
    assert_eq!(other.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")), "0");
}

#[tokio::test]
async fn a_database_can_be_used_inside_a_runtime() {
    let database = Database::new();
    let client = database.client().await;
    client.batch_execute("CREATE TABLE t ()").await.unwrap();
    assert_eq!(database.value("SELECT to_regclass('t') IS NOT NULL"), "t");
    let error = database.try_sql("CREATE TABLE t ()").unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42P07");
}

#[tokio::test]
async fn over_tcp_the_server_asks_for_the_password() {
    let url = server().tcp_url("postgres");
    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.map(drop).unwrap();
    let wrong = url.replace(server().password(), "wrong");
    let error = tokio_postgres::connect(&wrong, tokio_postgres::NoTls).await.map(drop).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "28P01");
    assert!(server().log().contains("password authentication failed"));
}

#[test]
fn psql_takes_the_same_url() {
    let Some(psql) = client_program("psql") else { return };
    let database = Database::new();
    let output =
        Command::new(psql).args(["-XAtc", "SELECT current_database()", database.url()]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), database.name(), "{output:?}");
}

#[test]
fn a_command_runs_in_its_project() {
    let project = Project::new();
    let path = project.write("migrations/deep/0001_a.sql", "-- migrate:up\n");
    assert!(path.starts_with(project.path()));
    project.migration("0002_b.sql", "-- migrate:up\n");
    let outcome = project.pmdb(&["--version"]).env("NO_COLOR", "1").run().success();
    assert_eq!(outcome.filtered(), format!("exit code: 0\n----- stdout\n{}----- stderr\n", outcome.stdout));
}

/// Runs a program with PgBouncer hidden by an empty device, which nobody else sees.
#[cfg(target_os = "linux")]
const WITHOUT_PGBOUNCER: &str = r#"
IFS=:
for folder in $PATH /usr/sbin; do
    if [ -e "$folder/pgbouncer" ]; then mount --bind /dev/null "$folder/pgbouncer" || exit; fi
done
exec "$@"
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_test_that_lacks_something_says_so_and_fails_only_where_nothing_may_be_missing() {
    let namespace = if rustix::process::geteuid().is_root() { "--mount" } else { "--map-root-user" };
    let in_namespace = |variables: &[(&str, &str)], program: &[&str]| -> std::process::Output {
        let mut command = Command::new("unshare");
        command.args([namespace, "--mount", "sh", "-c", WITHOUT_PGBOUNCER, "sh"]).args(program);
        command.env_remove("PMDB_TEST_NEED_ALL").envs(variables.iter().copied()).output().unwrap()
    };
    if !in_namespace(&[], &["true"]).status.success() {
        return crate::support::skipped("a namespace of its own", "allow `unshare --map-root-user --mount`");
    }
    let this = std::env::current_exe().unwrap();
    let test = [this.to_str().unwrap(), "--exact", "pooler::a_pooler_with_a_single_connection_is_named"];
    let lenient = in_namespace(&[], &test);
    let said = String::from_utf8_lossy(&lenient.stderr).into_owned();
    assert!(lenient.status.success(), "{lenient:?}");
    assert!(
        said.contains("a_pooler_with_a_single_connection_is_named: skipped what needs PgBouncer"),
        "{said}"
    );
    let strict = in_namespace(&[("PMDB_TEST_NEED_ALL", "1")], &test);
    assert_eq!(strict.status.code(), Some(101), "{strict:?}");
}
