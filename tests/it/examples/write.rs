//! `examples/write.rs`.

use super::run::run;

#[test]
fn an_insert_returns_what_the_server_filled_in() {
    let printed = run("write", &[]);
    let user = &printed.tables[0];
    assert_eq!(user.column("email"), ["nadia@example.com"]);
    let id: uuid::Uuid = user.column("id")[0].parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    assert!(printed.text.contains("same address again: refused"), "{}", printed.text);
}

#[test]
fn a_patch_changes_the_fields_that_were_sent_and_no_others() {
    let printed = run("write", &[]);
    let patched = printed.table("body");
    let after = |body, column| patched.cell(body, column);

    let value = r#"{"bio": "Likes oolong."}"#;
    assert_eq!((after(value, "bio"), after(value, "phone")), (r#""Likes oolong.""#, r#""555 0113""#));
    let null = r#"{"phone": null}"#;
    assert_eq!((after(null, "bio"), after(null, "phone")), (r#""Likes oolong.""#, "null"));
    let two = r#"{"bio": "", "phone": "555 0199"}"#;
    assert_eq!((after(two, "bio"), after(two, "phone")), (r#""""#, r#""555 0199""#));
    assert_eq!(after(two, "SET"), "bio = $1, phone = $2");
}

#[test]
fn an_empty_patch_writes_nothing_and_every_other_moves_updated_at() {
    let printed = run("write", &[]);
    let times = printed.table("body").column("updated_at");
    let times: Vec<jiff::Timestamp> = times.iter().map(|time| time.parse().unwrap()).collect();
    assert!(times[0] < times[1] && times[1] < times[2], "{times:?}");
    assert_eq!(times[2], times[3]);
}

#[test]
fn an_unknown_field_and_an_unknown_user_are_refused() {
    let text = run("write", &[]).text;
    assert!(text.contains("refused, the body cannot be read: unknown field `user_id`"), "{text}");
    assert!(text.contains("refused, this user has no profile"), "{text}");
}
