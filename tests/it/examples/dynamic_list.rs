//! `examples/dynamic_list.rs`.

use super::run::{Printed, example, run};

/// The addresses on a page, which sort alike in every collation.
fn emails(printed: &Printed) -> Vec<&str> {
    printed.table("email").column("email")
}

fn list(args: &[&str]) -> Printed {
    run("dynamic_list", args)
}

#[test]
fn without_options_it_is_page_1_of_10_with_the_newest_first() {
    let (first, second) = (list(&[]), list(&["--page", "2"]));
    assert_eq!(emails(&first).len(), 10);
    assert_eq!(emails(&first)[3], "siobhan.byrne@example.com");
    assert_eq!(emails(&second).len(), 5);
    assert_eq!(emails(&second).last(), Some(&"amara.okafor@example.com"));
}

#[test]
fn the_pages_hold_every_user_once() {
    let pages = ["1", "2", "3"].map(|page| list(&["--limit", "7", "--page", page]));
    let mut all: Vec<&str> = pages.iter().flat_map(emails).collect();
    assert_eq!(all.len(), 15);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 15);
}

#[test]
fn a_page_after_the_last_is_empty() {
    assert!(emails(&list(&["--page", "9223372036854775807"])).is_empty());
}

#[test]
fn a_filter_is_the_beginning_of_a_name_in_capital_or_small_letters() {
    assert_eq!(emails(&list(&["--filter", "sIOBH"])), ["siobhan.byrne@example.com"]);
    assert!(emails(&list(&["--filter", "byrne"])).is_empty());
}

#[test]
fn every_column_of_the_list_sorts_in_both_directions() {
    for column in ["full_name", "email", "created_at"] {
        let ascending = list(&["--limit", "100", "--sort", &format!("{column}:asc")]);
        let descending = list(&["--limit", "100", "--sort", &format!("{column}:desc")]);
        assert_eq!(emails(&ascending).len(), 15);
        let mut turned = emails(&descending);
        turned.reverse();
        assert_eq!(emails(&ascending), turned, "{column}");
    }
    let by_email = list(&["--limit", "100", "--sort", "email"]);
    assert!(emails(&by_email).is_sorted(), "{}", by_email.text);
}

#[test]
fn a_filter_is_data_whatever_it_holds() {
    let found = list(&["--filter", "'; DELETE FROM users; --"]);
    assert_eq!(emails(&found), ["bobby@example.com"]);
    assert!(found.text.contains("1 of 15 users"), "{}", found.text);
    assert_eq!(emails(&list(&["--filter", "100%"])), ["percent@example.com"]);
    assert_eq!(emails(&list(&["--filter", "l_nh n\\"])), ["underscore@example.com"]);
    for pattern in ["%", "_", "\\"] {
        assert!(emails(&list(&["--filter", pattern])).is_empty(), "{pattern}");
    }
}

#[test]
fn what_is_not_on_the_list_is_refused() {
    for (option, value, reason) in [
        ("--sort", "password_hash", "not by \"password_hash\""),
        ("--sort", "full_name; DROP TABLE users", "not by \"full_name; DROP TABLE users\""),
        ("--sort", "email:sideways", "not \"sideways\""),
        ("--page", "0", "from 1 on"),
        ("--page", "one", "from 1 on"),
        ("--limit", "10000", "1 to 100 users"),
        ("--limit", "0", "1 to 100 users"),
    ] {
        let output = example("dynamic_list").args([option, value]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{option} {value}: {error}");
        assert!(error.contains(reason), "{error}");
        assert!(output.stdout.is_empty());
    }
}
