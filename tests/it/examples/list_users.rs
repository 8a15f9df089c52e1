//! `examples/list_users.rs`.

use super::run::run;

#[test]
fn an_inner_join_loses_the_user_without_a_profile() {
    let printed = run("list_users", &[]);
    let all = &printed.tables[0];
    assert_eq!(all.rows(), 12);
    assert_eq!(all.cell("Siobhán Byrne", "profile.bio"), "no profile");
    let counts = printed.table("join");
    assert_eq!((counts.cell("LEFT JOIN", "users"), counts.cell("INNER JOIN", "users")), ("12", "11"));
}

#[test]
fn the_newest_user_comes_first() {
    let printed = run("list_users", &[]);
    let created = printed.tables[0].column("created_at (UTC)");
    assert!(created.is_sorted_by(|earlier, later| earlier > later), "{created:?}");
}

#[test]
fn a_single_user_carries_the_profile_inside() {
    let printed = run("list_users", &[]);
    let json = &printed.text[printed.text.find('{').unwrap()..];
    let profile: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(profile["user_id"], "10000000-0000-4000-8000-000000000001");
    assert_eq!(profile["phone"], "+1 202 555 0101");
}
