//! How large and how busy a database is: what is read, what is in the way of reading it, and that nothing is written.

use std::time::Duration;

use pmdb::impact::{Gap, RelationStats, TargetStats};
use pmdb::postgres::{Inquiry, SizesOf, target_stats};
use pmdb::{Session, Target};

use crate::support::{Database, Mode, Proxy, Replicas, Server, Setup, server, wait_until};

fn stats(url: &str) -> TargetStats {
    of(url, SizesOf::All)
}

fn of(url: &str, which: SizesOf<'_>) -> TargetStats {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await.unwrap();
        target_stats(&Inquiry::new(&session), which).await.unwrap_or_else(|error| panic!("{error}"))
    })
}

fn relation<'a>(stats: &'a TargetStats, name: &str) -> &'a RelationStats {
    stats.relations.get("public").and_then(|relations| relations.get(name)).unwrap()
}

/// A table of 10,000 rows with an index, some of them too wide for a page.
const ROWS: &str = "CREATE TABLE t (id int PRIMARY KEY, a text); ALTER TABLE t ALTER a SET STORAGE EXTERNAL; \
    INSERT INTO t SELECT n, CASE WHEN n % 100 = 0 THEN repeat('x', 4000) END FROM generate_series(1, 10000) n; \
    ANALYZE t";

fn with_rows() -> Setup {
    let setup = Setup::new();
    setup.database.sql(ROWS);
    setup
}

#[test]
fn sizes_and_rows_are_what_the_server_says() {
    let setup = with_rows();
    let (stats, number) = (stats(setup.database.url()), |sql: &str| -> u64 {
        setup.database.value(&format!("SELECT {sql}")).parse().unwrap()
    });
    let table = relation(&stats, "t");
    assert_eq!(table.table_bytes, number("pg_relation_size('t')"));
    assert_eq!(table.index_bytes, number("pg_indexes_size('t')"));
    let toast = number("(SELECT pg_total_relation_size(reltoastrelid) FROM pg_class WHERE relname = 't')");
    // Without the maps of free and visible pages.
    assert!(table.toast_bytes > 400_000 && table.toast_bytes <= toast, "{} {toast}", table.toast_bytes);
    assert_eq!(table.rows, Some(10_000));
    let index = relation(&stats, "t_pkey");
    assert_eq!((index.table_bytes, index.index_bytes), (0, table.index_bytes));
    assert_eq!((index.rows, index.writes_per_second), (None, None));
    let version = setup.database.value("SHOW server_version");
    assert!(version.starts_with(&stats.server_version) && !stats.server_version.contains(' '));
    assert!(stats.gaps.is_empty(), "{:?}", stats.gaps);
}

#[test]
fn a_partitioned_table_is_as_large_as_its_partitions() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a); \
         CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100); \
         CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (100) TO (100000) PARTITION BY RANGE (a); \
         CREATE TABLE p_3 PARTITION OF p_2 FOR VALUES FROM (100) TO (10000); CREATE INDEX p_b ON p (b); \
         INSERT INTO p SELECT n, n FROM generate_series(0, 1999) n; ANALYZE p",
    );
    let stats = stats(setup.database.url());
    let [whole, one, three] = ["p", "p_1", "p_3"].map(|name| relation(&stats, name));
    assert_eq!((one.rows, three.rows, whole.rows), (Some(100), Some(1900), Some(2000)));
    assert_eq!(whole.table_bytes, one.table_bytes + three.table_bytes);
    assert_eq!(whole.index_bytes, one.index_bytes + three.index_bytes);
    assert_eq!(relation(&stats, "p_b").index_bytes, whole.index_bytes);
}

#[test]
fn rows_that_were_never_analyzed_are_those_that_the_server_has_counted() {
    let setup = Setup::new();
    setup.database.sql("CREATE TABLE t (a int) WITH (autovacuum_enabled = off); CREATE TABLE e (a int)");
    setup.database.sql("INSERT INTO t SELECT generate_series(1, 1000)");
    setup.wait_until("pg_stat_get_live_tuples('t'::regclass) = 1000");
    let stats = stats(setup.database.url());
    assert_eq!(relation(&stats, "t").rows, Some(1000));
    assert_eq!(relation(&stats, "e").rows, Some(0));
}

#[test]
fn traffic_is_what_the_server_has_counted_since_its_statistics_began() {
    let setup = with_rows();
    setup.database.sql("DO $$ BEGIN FOR n IN 1..500 LOOP PERFORM FROM t WHERE id = n; END LOOP; END $$");
    setup.wait_until("(SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 't') >= 500");
    let stats = stats(setup.database.url());
    let table = relation(&stats, "t");
    let (reads, writes) = (table.reads_per_second.unwrap(), table.writes_per_second.unwrap());
    // In the same time: 500 reads, and 10,000 rows written.
    assert!(writes / reads > 15.0 && writes / reads < 25.0, "{reads} {writes}");
}

#[test]
fn a_locked_table_is_not_waited_for() {
    let setup = with_rows();
    setup.database.sql("CREATE TABLE free AS SELECT generate_series(1, 1000) AS a");
    setup.database.sql("VACUUM t");
    let held = setup.hold("BEGIN; LOCK TABLE t");
    let stats = stats(setup.database.url());
    let [locked, free] = ["t", "free"].map(|name| relation(&stats, name));
    // What the last VACUUM has found.
    let pages = "SELECT relpages * 8192 FROM pg_class WHERE relname = 't'";
    assert_eq!(locked.table_bytes.to_string(), setup.database.value(pages));
    assert!(locked.index_bytes > 0 && free.table_bytes > 0);
    let tables = vec![("public".to_owned(), "t".to_owned())];
    assert_eq!(stats.gaps, [Gap::LockedRelations { relations: tables }]);
    drop(held);
}

/// A session that waits for the lock is in the way of readers, too.
#[test]
fn a_table_that_somebody_waits_to_lock_is_not_waited_for() {
    let setup = with_rows();
    let held = setup.hold("BEGIN; SELECT FROM t");
    let waiting = setup.begin("BEGIN; LOCK TABLE t");
    setup.wait_until("EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted)");
    let stats = stats(setup.database.url());
    assert!(matches!(&stats.gaps[..], [Gap::LockedRelations { .. }]), "{:?}", stats.gaps);
    drop((held, waiting));
}

#[test]
fn transactions_that_are_open_are_listed_with_what_they_hold() {
    let setup = with_rows();
    setup.database.sql("CREATE TABLE u (a int); CREATE TABLE v (a int)");
    let held =
        setup.hold("SET application_name = 'report'; BEGIN; SELECT FROM t; LOCK TABLE u IN SHARE MODE");
    let gid = format!("kept_{}", setup.database.name());
    setup.database.sql(&format!("BEGIN; INSERT INTO v VALUES (1); PREPARE TRANSACTION '{gid}'"));
    let mut seen = TargetStats::default();
    wait_until("both have been open for a while", || {
        seen = stats(setup.database.url());
        seen.open_transactions.len() == 2
    });
    let [report, prepared] = &seen.open_transactions[..] else { panic!("{seen:?}") };
    let names = |of: &pmdb::impact::OpenTransaction| {
        of.relations.iter().map(|(schema, name)| format!("{schema}.{name}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        (report.application.as_str(), names(report).as_str()),
        ("report", "public.t public.t_pkey public.u")
    );
    let written =
        |of: &pmdb::impact::OpenTransaction| of.written.iter().map(|(_, name)| name.clone()).collect();
    let (by_report, by_prepared): (Vec<String>, Vec<String>) = (written(report), written(prepared));
    assert_eq!((by_report, by_prepared), (vec!["u".to_owned()], vec!["v".to_owned()]));
    assert!(report.age >= Duration::from_secs(1) && report.pid > 0);
    assert_eq!(prepared.application, format!("prepared transaction {gid}"));
    assert_eq!((prepared.pid, names(prepared).as_str()), (0, "public.v"));
    setup.database.sql(&format!("ROLLBACK PREPARED '{gid}'"));
    drop(held);
}

#[test]
fn a_role_that_may_read_the_catalog_alone_is_told_what_is_hidden_from_it() {
    let setup = with_rows();
    let role = format!("poor_{}", setup.database.name());
    setup.database.sql(&format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON t FROM public"));
    let held = setup.hold("BEGIN; SELECT FROM t");
    let stats = stats(&setup.database.url().replace("postgres@", &format!("{role}@")));
    assert_eq!(relation(&stats, "t").rows, Some(10_000));
    let hidden =
        stats.gaps.iter().any(|gap| matches!(gap, Gap::HiddenSessions { sessions } if *sessions >= 1));
    assert!(hidden && stats.open_transactions.is_empty(), "{stats:?}");
    assert!(stats.gaps[0].to_string().contains("GRANT pg_read_all_stats"), "{}", stats.gaps[0]);
    drop(held);

    // Where even a view of the server's is withheld, the rest is known.
    setup.database.sql("REVOKE ALL ON pg_catalog.pg_replication_slots FROM public");
    let stats = self::stats(&setup.database.url().replace("postgres@", &format!("{role}@")));
    assert_eq!(relation(&stats, "t").rows, Some(10_000));
    let refused = stats.gaps.iter().find(|gap| matches!(gap, Gap::Refused { .. })).unwrap().to_string();
    assert!(refused.starts_with("replicas cannot be read: permission denied"), "{refused}");
    setup.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn it_is_one_question() {
    let setup = with_rows();
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    stats(&proxy.url(setup.database.name()));
    let [traffic] = proxy.traffic()[..] else { panic!("one connection") };
    assert_eq!((traffic.answers, traffic.turns), (1, 1));
}

/// On a server of its own; its own processes write now and then.
#[test]
fn nothing_is_written() {
    let own = Server::own();
    let database = Database::on(&own);
    database.sql(ROWS);
    database.sql("VACUUM (FREEZE)");
    database.sql("CHECKPOINT");
    let quiet = (0..20).any(|_| {
        let before = written(&database);
        stats(database.url());
        written(&database) == before
    });
    assert!(quiet);
}

fn written(database: &Database) -> String {
    database.value(
        "SELECT pg_current_wal_insert_lsn()::text || (SELECT row(tup_inserted, tup_updated, tup_deleted, temp_files)::text \
         FROM pg_stat_database WHERE datname = current_database())",
    )
}

#[test]
fn a_standby_is_read_as_well_and_its_primary_knows_how_far_it_is_behind() {
    let Some(replicas) = Replicas::new(Mode::Asynchronous) else { return };
    let database = Database::at(&replicas.url());
    database.sql("CREATE TABLE t AS SELECT generate_series(1, 1000) AS a; ANALYZE t");
    let primary = stats(database.url());
    assert_eq!(primary.replicas.len(), 1, "{:?}", primary.replicas);
    assert!(primary.gaps.is_empty(), "{:?}", primary.gaps);

    let url =
        replicas.url_for("prefer-standby").replace("dbname=postgres", &format!("dbname={}", database.name()));
    wait_until("the standby has the table", || {
        let target = Target::from_url(&url).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Ok(session) = Session::connect(&target).await else { return false };
            target_stats(&Inquiry::new(&session), SizesOf::All)
                .await
                .is_ok_and(|stats| stats.relations.contains_key("public"))
        })
    });
    let standby = stats(&url);
    assert_eq!(standby.gaps, [Gap::Standby]);
    // The primary's file has pages that are still empty, of which the standby knows nothing.
    let (there, here) = (relation(&standby, "t"), relation(&primary, "t"));
    assert!(there.table_bytes > 0 && there.table_bytes <= here.table_bytes, "{there:?} {here:?}");
}

#[test]
fn only_what_is_asked_for_is_measured_with_what_belongs_to_it() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100); \
         CREATE TABLE of_p (a int PRIMARY KEY REFERENCES p); CREATE TABLE child () INHERITS (of_p); \
         CREATE TABLE goes_along (a int UNIQUE REFERENCES of_p ON DELETE CASCADE); CREATE TABLE with_it (a int REFERENCES goes_along (a)); \
         CREATE TABLE other (b int)",
    );
    let told = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let stats = of(setup.database.url(), SizesOf::Named(&names));
        assert!(stats.gaps.is_empty(), "{:?}", stats.gaps);
        stats
            .relations
            .get("public")
            .map(|of_public| of_public.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    assert_eq!(told(&["p"]), ["of_p", "p", "p_1", "p_1_pkey", "p_pkey"]);
    let of_p = ["child", "goes_along", "goes_along_a_key", "of_p", "of_p_pkey", "with_it"];
    assert_eq!(told(&["of_p"]), of_p);
    assert_eq!(told(&["other", "it's not there"]), ["other"]);
    assert!(told(&[]).is_empty());
    // What somebody has locked is of no interest where it was not asked for.
    let _locked = setup.hold("BEGIN; LOCK TABLE other");
    assert_eq!(told(&["of_p"]), of_p);
}
