//! A session that has locked the server's own catalogs keeps no question from ending.

use std::time::{Duration, Instant};

use pmdb::catalog::{Identity, Kind};
use pmdb::postgres::{
    Estimated, Inquiry, Questioner, SizesOf, dependents, estimate_rows, read_catalog, target_stats,
};
use pmdb::{Session, Target};

use super::{asked, run};
use crate::support::Setup;

#[test]
fn every_question_ends_while_a_catalog_is_locked() {
    const TABLE: &str = "CREATE TABLE t (a int)";
    let questions = asked(TABLE, &["ALTER TABLE t ALTER a SET NOT NULL"]);
    let thing = Identity { kind: Kind::Table, of: None, name: "public.t".to_owned() };
    for catalog in
        ["pg_class", "pg_index", "pg_attribute", "pg_depend", "pg_namespace", "pg_constraint", "pg_proc"]
    {
        let setup = Setup::new();
        setup.database.sql(TABLE);
        run(async {
            let session = Session::connect(&Target::from_url(setup.database.url()).unwrap()).await.unwrap();
            let held = setup.hold(&format!("BEGIN; LOCK TABLE {catalog}"));
            let inquiry = Inquiry::new(&session);
            let start = Instant::now();
            let _ = target_stats(&inquiry, SizesOf::All).await;
            let _ = dependents(&inquiry, std::slice::from_ref(&thing)).await;
            let _ = Questioner::new(&inquiry, Duration::from_secs(1)).ask(&questions[0]).await;
            let statement = Estimated { text: "DELETE FROM t", tables: &["t".to_owned()], changed: None };
            let _ = estimate_rows(&inquiry, statement, None).await;
            let _ = inquiry.within(Duration::from_secs(5), read_catalog(&session, &[])).await;
            assert!(start.elapsed() < Duration::from_secs(30), "{catalog}: {:?}", start.elapsed());
            assert!(!inquiry.is_silent(), "{catalog}: a request to cancel is heard");
            drop(held);
            // And the session can be used as before.
            assert!(target_stats(&inquiry, SizesOf::All).await.is_ok(), "{catalog}");
        });
    }
}
