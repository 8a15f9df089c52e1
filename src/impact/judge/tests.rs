use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::catalog::{Catalog, Difference, Identity, Kind, Lineage, Object};
use crate::impact::{
    FileTrace, HeldLock, LockMode, OpenTransaction, PlanRule, Recipe, Relation, RelationKind, RelationStats,
    RowWork, StatementTrace, TargetName,
};
use crate::migration::{Direction, Location, TransactionMode};

/// Its kind, what it belongs to, its name, and an attribute.
type NamedObject = (Kind, &'static str, &'static str, &'static str);

fn table(name: &str) -> Relation {
    let (schema, name) = ("public".to_owned(), name.to_owned());
    let on_target = Some(TargetName { schema: schema.clone(), name: name.clone() });
    Relation { schema, name, kind: RelationKind::Table, on_target, of: None }
}

fn statement(line: usize, text: &str, locks: &[(&str, LockMode)], work: Vec<RowWork>) -> StatementTrace {
    let lock = |(name, mode): &(&str, LockMode)| HeldLock { relation: table(name), mode: *mode };
    StatementTrace {
        location: Location { line, column: 1 },
        text: text.to_owned(),
        transaction: 0,
        locks: locks.iter().map(lock).collect(),
        work,
        emptied: Vec::new(),
        took: Duration::ZERO,
    }
}

/// Kind, of, name, and attributes `name=value` between `;`.
fn catalog(objects: &[(Kind, &str, &str, &str)]) -> Catalog {
    let objects = objects.iter().map(|(kind, of, name, attributes)| {
        let of = (!of.is_empty()).then(|| (*of).to_owned());
        let attributes = attributes.split(';').filter_map(|one| one.split_once('='));
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (Arc::new(Identity { kind: *kind, of, name: (*name).to_owned() }), Arc::new(Object { attributes }))
    });
    Catalog { objects: objects.collect() }
}

/// A table with two columns.
const USERS: [(Kind, &str, &str, &str); 3] = [
    (Kind::Table, "", "public.users", "columns=[\"id\",\"email\"]"),
    (Kind::Column, "public.users", "id", "type=bigint"),
    (Kind::Column, "public.users", "email", "type=text"),
];

fn size(bytes: u64, rows: u64) -> RelationStats {
    RelationStats { table_bytes: bytes, rows: Some(rows), ..RelationStats::default() }
}

fn stats(tables: &[(&str, RelationStats)]) -> TargetStats {
    let relations = tables.iter().map(|(name, size)| ((*name).to_owned(), size.clone())).collect();
    TargetStats {
        server_version: "15.18".to_owned(),
        relations: [("public".to_owned(), relations)].into(),
        ..TargetStats::default()
    }
}

fn judged(
    statements: Vec<StatementTrace>,
    after: &[(Kind, &str, &str, &str)],
    stats: &TargetStats,
) -> Vec<Finding> {
    judged_between(&catalog(&USERS), &catalog(after), statements, Some(stats))
}

/// No object has another name: what one catalog alone has is gone or new.
fn judged_between(
    before: &Catalog,
    after: &Catalog,
    statements: Vec<StatementTrace>,
    stats: Option<&TargetStats>,
) -> Vec<Finding> {
    let only_in = |one: &Catalog, other: &Catalog| {
        let names = one.objects.keys().filter(|name| !other.objects.contains_key(*name));
        names.map(|name| name.as_ref().clone()).collect()
    };
    let lineage = Lineage::new(only_in(before, after), only_in(after, before));
    let trace = FileTrace {
        version: "7".parse().unwrap(),
        path: PathBuf::from("7.sql"),
        direction: Direction::Up,
        mode: TransactionMode::Transactional,
        statements,
        difference: Difference::between(before, after),
        lineage,
        stages: Vec::new(),
        failure: None,
        needed_by: None,
    };
    let (answers, changed_rows, read_rows, dependents, missing_rights) = Default::default();
    let only_on_target = &Catalog::default();
    let case = Case {
        trace: &trace,
        before,
        after,
        only_on_target,
        target_now: only_on_target,
        answers,
        changed_rows,
        read_rows,
        dependents,
        missing_rights,
    };
    judge(&[case], stats, &Options::default())
}

fn rules(findings: &[Finding]) -> Vec<PlanRule> {
    findings.iter().map(|finding| finding.rule).collect()
}

const GB: u64 = 1 << 30;

fn set_not_null() -> (Vec<StatementTrace>, Vec<NamedObject>) {
    let mut after = USERS.to_vec();
    after[2].3 = "type=text;not null=true";
    let text = "ALTER TABLE users ALTER email SET NOT NULL;";
    let work = vec![RowWork::Scan(table("users"))];
    (vec![statement(3, text, &[("users", LockMode::AccessExclusive)], work)], after)
}

#[test]
fn a_scan_under_a_lock_is_told_with_its_size_its_time_and_the_safe_way() {
    let (statements, after) = set_not_null();
    let findings = judged(statements, &after, &stats(&[("users", size(40 * GB, 300_000_000))]));
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(
        (finding.rule, finding.object.as_str()),
        (PlanRule::NotNullCheckedAtOnce, "public.users.email")
    );
    assert_eq!(
        finding.what,
        "reads and writes of public.users wait in line 3, while every row is checked for a NULL in email (40 GB, 300000000 rows: minutes)"
    );
    assert_eq!(
        finding.recipe.as_ref().map(Recipe::sql).unwrap_or_default(),
        "-- migrate:up\nALTER TABLE public.users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;\n\n\
         -- in the next migration\n-- migrate:up\nALTER TABLE public.users VALIDATE CONSTRAINT users_email_not_null;\n\n\
         -- in the next migration\n-- migrate:up\nALTER TABLE public.users ALTER COLUMN email SET NOT NULL;\n\
         ALTER TABLE public.users DROP CONSTRAINT users_email_not_null;\n"
    );
}

#[test]
fn since_version_18_not_null_itself_is_added_without_a_check() {
    let (statements, after) = set_not_null();
    let target = TargetStats { server_version: "18.1".to_owned(), ..stats(&[("users", size(GB, 1))]) };
    let recipe = judged(statements, &after, &target).pop().and_then(|finding| finding.recipe);
    assert!(recipe.unwrap_or_default().sql().contains("users_email_not_null NOT NULL email NOT VALID;"));
}

#[test]
fn a_table_in_shards_gets_no_recipe_that_walks_over_its_pages() {
    let type_change = |size: RelationStats| {
        let (mut statements, mut after) = set_not_null();
        after[2].3 = "type=uuid";
        statements[0].text = "ALTER TABLE users ALTER email TYPE uuid USING email::uuid;".to_owned();
        statements[0].work = vec![RowWork::Rewrite(table("users"))];
        let found = judged(statements, &after, &stats(&[("users", size)]));
        let recipes = found.into_iter().filter_map(|finding| finding.recipe).map(|recipe| recipe.sql());
        recipes.collect::<String>()
    };
    let plain = type_change(size(GB, 1));
    assert!(plain.contains("DO $batches$"), "{plain}");
    let distributed = Some("distributed by id".to_owned());
    let in_shards = type_change(RelationStats { on_citus: distributed, ..size(GB, 1) });
    assert!(!in_shards.contains("DO $batches$"), "{in_shards}");
    assert!(in_shards.contains("go by a key instead"), "{in_shards}");
}

#[test]
fn a_small_table_is_no_finding_unless_it_is_hot_or_a_long_transaction_uses_it() {
    let (statements, after) = set_not_null();
    let small = stats(&[("users", size(1 << 20, 1000))]);
    assert_eq!(judged(statements, &after, &small), []);

    let hot = RelationStats { writes_per_second: Some(500.0), ..size(1 << 20, 1000) };
    let (statements, after) = set_not_null();
    assert_eq!(judged(statements, &after, &stats(&[("users", hot)])).len(), 1);

    let mut busy = small;
    busy.open_transactions.push(OpenTransaction {
        pid: 7,
        application: "report".to_owned(),
        age: Duration::from_secs(900),
        relations: vec![("public".to_owned(), "users".to_owned())],
        written: Vec::new(),
    });
    let (statements, after) = set_not_null();
    let found = rules(&judged(statements, &after, &busy));
    assert_eq!(found, [PlanRule::NotNullCheckedAtOnce, PlanRule::LockQueue]);
}

/// CREATE INDEX waits for who writes, and lets readers be.
#[test]
fn a_lock_that_lets_readers_go_on_waits_for_no_reader() {
    let build = RowWork::IndexBuild { index: "i".to_owned(), table: table("users"), concurrently: false };
    for (written, is_told) in [(false, false), (true, true)] {
        let mut busy = stats(&[("users", size(1 << 20, 1000))]);
        let users = vec![("public".to_owned(), "users".to_owned())];
        busy.open_transactions.push(OpenTransaction {
            pid: 7,
            application: "report".to_owned(),
            age: Duration::from_secs(900),
            relations: users.clone(),
            written: if written { users } else { Vec::new() },
        });
        let index =
            statement(1, "CREATE INDEX i ON users (id)", &[("users", LockMode::Share)], vec![build.clone()]);
        let found = rules(&judged(vec![index], &USERS, &busy));
        assert_eq!(found.contains(&PlanRule::LockQueue), is_told, "{found:?}");
        assert_eq!(found.is_empty(), !is_told, "{found:?}");
    }
}

#[test]
fn a_lock_of_an_earlier_statement_is_told_with_the_work_of_a_later_one_on_another_table() {
    let mut after = USERS.to_vec();
    after.push((Kind::Column, "public.users", "name", "type=text"));
    let build =
        RowWork::IndexBuild { index: "posts_i".to_owned(), table: table("posts"), concurrently: false };
    let statements = vec![
        statement(2, "ALTER TABLE users ADD name text;", &[("users", LockMode::AccessExclusive)], vec![]),
        statement(3, "CREATE INDEX posts_i ON posts (a);", &[("posts", LockMode::Share)], vec![build]),
    ];
    let target = stats(&[("users", size(1 << 20, 1)), ("posts", size(GB, 1))]);
    let findings = judged(statements, &after, &target);
    let held: Vec<&Finding> =
        findings.iter().filter(|one| one.rule == PlanRule::LockHeldDuringWork).collect();
    let [held] = held.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(
        held.what,
        "reads and writes of public.users wait from line 2 to line 3, while line 3 builds an index of public.posts \
         (1.0 GB, 1 rows: tens of seconds)"
    );
    assert_eq!(held.location, Some(Location { line: 2, column: 1 }));
}

#[test]
fn what_a_pending_file_has_made_itself_is_no_finding() {
    let (mut statements, after) = set_not_null();
    for statement in &mut statements {
        statement.locks.iter_mut().for_each(|lock| lock.relation.on_target = None);
        let mut made = table("users");
        made.on_target = None;
        statement.work = vec![RowWork::Scan(made)];
    }
    assert_eq!(judged(statements, &after, &stats(&[("users", size(GB, 1))])), []);
}

#[test]
fn a_check_that_is_added_without_being_checked_is_no_finding_and_one_that_is_checked_is_one() {
    let with = |definition| {
        let mut after = USERS.to_vec();
        after.push((Kind::Constraint, "public.users", "given", definition));
        after
    };
    let text = "ALTER TABLE users ADD CONSTRAINT given CHECK (id > 0)";
    let large = stats(&[("users", size(GB, 1))]);
    let lock = [("users", LockMode::AccessExclusive)];
    let quiet = statement(1, text, &lock, vec![]);
    let after = with("type=check;definition=CHECK ((id > 0)) NOT VALID;columns=[\"id\"]");
    assert_eq!(judged(vec![quiet], &after, &large), []);
    let scans = statement(1, text, &lock, vec![RowWork::Scan(table("users"))]);
    let after = with("type=check;definition=CHECK ((id > 0));columns=[\"id\"]");
    let findings = judged(vec![scans], &after, &large);
    assert_eq!(rules(&findings), [PlanRule::CheckCheckedAtOnce]);
}

#[test]
fn a_column_that_goes_away_breaks_what_runs_today_however_small_the_table_is() {
    let lock = [("users", LockMode::AccessExclusive)];
    let drop = statement(1, "ALTER TABLE users DROP email", &lock, vec![]);
    let findings = judged(vec![drop], &USERS[..2], &stats(&[("users", size(0, 0))]));
    assert_eq!(rules(&findings), [PlanRule::DroppedColumn]);
}

/// Each pair of partitions looked at would be 400,000,000, and the test would seem to hang.
#[test]
fn thousands_of_partitions_take_as_many_steps_and_not_their_square() {
    let names: Vec<String> = (0..20_000).map(|number| format!("p_{number}")).collect();
    let locks: Vec<(&str, LockMode)> = names.iter().map(|name| (name.as_str(), LockMode::Share)).collect();
    let build = |name: &String| RowWork::IndexBuild {
        index: format!("{name}_i"),
        table: table(name),
        concurrently: false,
    };
    let statements = vec![
        statement(2, "CREATE INDEX ON p (email);", &locks, names.iter().map(build).collect()),
        statement(3, "CREATE INDEX ON p (id);", &[], names.iter().map(build).collect()),
    ];
    let of_partition = |name: &String| {
        let identity = |kind, of: Option<&str>, name: &str| {
            Arc::new(Identity { kind, of: of.map(|of| format!("public.{of}")), name: name.to_owned() })
        };
        let object = |text: &str| {
            let attributes = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            Arc::new(Object { attributes: attributes.into_iter().collect() })
        };
        [
            (identity(Kind::Table, None, &format!("public.{name}")), object("inherits=[\"public.p\"]")),
            (identity(Kind::Index, Some(name), &format!("{name}_i")), object("parent=p_i")),
        ]
    };
    let mut after = catalog(&[
        (Kind::Table, "", "public.p", "partition by=LIST (id)"),
        (Kind::Index, "public.p", "p_i", "definition=CREATE INDEX p_i ON public.p USING btree (email)"),
    ]);
    after.objects.extend(names.iter().flat_map(of_partition));
    let mut before = after.clone();
    before.objects.retain(|identity, _| identity.kind != Kind::Index);
    let findings = judged_between(&before, &after, statements, None);
    let of_index =
        findings.iter().filter(|finding| finding.rule == PlanRule::IndexOnPartitionedTable).count();
    assert_eq!(of_index, 2, "one for each statement");
}
