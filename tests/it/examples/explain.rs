//! `examples/explain.rs`.

use super::run::{Printed, run};

const INDEXES: [&str; 6] = [
    "idx_users_email",
    "idx_users_created_at",
    "idx_tasks_project_id",
    "idx_tasks_assigned_to",
    "idx_tasks_status",
    "idx_tasks_created_at",
];

const WITHOUT_UNIQUE: &str = "idx_users_email, no UNIQUE";

#[test]
fn each_index_replaces_a_sequential_scan_and_saves_pages() {
    let printed = run("explain", &[]);
    // UNIQUE has brought an index that finds the user already.
    let beside_unique = |title| printed.table("plan with it").cell("idx_users_email", title);
    assert_eq!(
        (beside_unique("plan without it"), beside_unique("plan with it")),
        ("Index Scan", "Index Scan")
    );

    for line in INDEXES.into_iter().skip(1).chain([WITHOUT_UNIQUE]) {
        replaces_a_sequential_scan(&printed, line);
    }
    let sorted = printed
        .table("plan with it")
        .column("plan without it")
        .into_iter()
        .filter(|plan| *plan == "Sort > Seq Scan");
    assert_eq!(sorted.count(), 2, "{}", printed.text);

    let left_alone = printed.table("its choice");
    assert_eq!(left_alone.column("its choice"), ["Seq Scan", "Seq Scan"]);
    assert!(left_alone.column("with the index").iter().all(|plan| plan.ends_with("Index Scan")));
}

fn replaces_a_sequential_scan(printed: &Printed, line: &str) {
    let (plans, costs) = (printed.table("plan with it"), printed.table("pages with"));
    assert!(plans.cell(line, "plan without it").ends_with("Seq Scan"), "{}", printed.text);
    assert!(plans.cell(line, "plan with it").ends_with("Index Scan"), "{}", printed.text);
    assert!(line.starts_with(plans.cell(line, "index that is used")), "{}", printed.text);
    let pages = |title| costs.cell(line, title).parse::<u64>().unwrap();
    assert!(pages("pages with") < pages("pages without"), "{}", printed.text);
}

#[test]
fn the_indexes_are_those_of_the_schema() {
    let definitions = |text: &str| -> Vec<String> {
        let from_there = text.split("CREATE INDEX idx_").skip(1);
        from_there.map(|rest| rest[..=rest.find(')').unwrap()].to_owned()).collect()
    };
    let in_schema = definitions(include_str!("../../../migrations/0007_create_indexes.sql"));
    assert_eq!(definitions(include_str!("../../../examples/explain.rs")), in_schema);
    assert_eq!(in_schema.len(), INDEXES.len());
}
