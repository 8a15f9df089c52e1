//! What `pmdb verify` says of the library.

use pmdb::catalog::{AttributeChange, Change, DifferenceClass, Identity, Item, Kind};
use serde_json::Value;

use super::case::{Case, Form};
use super::{CASES, check};
use crate::support::{Outcome, Project, server, side_by_side};

/// This many twins are verified in one run. After a broken one `pmdb verify` begins anew with all that comes before it, so
/// that one long run would take longer.
const TOGETHER: usize = 8;

/// A form and its case.
type Subject<'a> = (&'a Case, &'a Form);

/// What is no failure.
const SOFT: [&str; 4] = ["exact", "column_order_differs", "layout_differs", "irreversible"];

/// `pmdb verify` on these forms and what they need, as one folder of migrations.
fn verify(subjects: &[Subject], args: &[&str]) -> Outcome {
    let project = Project::new();
    for (number, form) in files(subjects).enumerate() {
        project.migration(&form.file_name(number + 1), &form.text);
    }
    let url = server().url("postgres");
    project.pmdb(&[&["verify", "--json", "--scratch-url", &url, "--allow-shared"], args].concat()).run()
}

/// The forms, each after its setup.
fn files<'a>(subjects: &[Subject<'a>]) -> impl Iterator<Item = &'a Form> {
    subjects.iter().flat_map(|(case, form)| case.setup.iter().chain([*form]))
}

/// What it says of each of the forms that differs from the expectation.
fn disagreements(subjects: &[Subject], answer: &Value) -> Vec<String> {
    let said = answer["migrations"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!(said.len(), files(subjects).count(), "{:#}", answer["error"]);
    files(subjects).zip(said).filter_map(|(form, said)| disagreement(form, said)).collect()
}

fn disagreement(form: &Form, said: &Value) -> Option<String> {
    let differences = said["differences"].as_array().unwrap();
    let mut lines: Vec<String> = differences.iter().flat_map(|value| item(value).lines()).collect();
    if lines.is_empty() {
        lines.extend(said["error"]["message"].as_str().map(str::to_owned));
    }
    form.expected.disagreement(said["verdict"].as_str().unwrap(), &lines)
}

/// A part of a difference, as JSON writes it.
fn item(value: &Value) -> Item {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let change = match value["change"].as_str().unwrap() {
        "added" => Change::Added { parts: Vec::new() },
        "removed" => Change::Removed { parts: Vec::new() },
        _ => Change::Changed {
            attributes: value["attributes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|change| AttributeChange {
                    attribute: text(&change["attribute"]).unwrap(),
                    class: match change["class"].as_str().unwrap() {
                        "column_order" => DifferenceClass::ColumnOrder,
                        "layout" => DifferenceClass::Cosmetic,
                        _ => DifferenceClass::Structural,
                    },
                    before: text(&change["before"]),
                    after: text(&change["after"]),
                })
                .collect(),
        },
    };
    let kind = Kind::from_word(value["kind"].as_str().unwrap()).unwrap();
    Item { identity: Identity { kind, of: text(&value["of"]), name: text(&value["name"]).unwrap() }, change }
}

fn is_soft(form: &Form) -> bool {
    SOFT.contains(&form.expected.verdict.as_str())
}

fn twins() -> impl Iterator<Item = Subject<'static>> {
    CASES.iter().flat_map(|case| case.twins.iter().map(move |twin| (case, twin)))
}

/// Runs of twins: each case at most once in a run, since twins of a case make the same objects.
fn runs_of_hard_twins() -> Vec<Vec<Subject<'static>>> {
    let hard = |case: &'static Case| case.twins.iter().filter(|twin| !is_soft(twin));
    let most = CASES.iter().map(|case| hard(case).count()).max().unwrap_or_default();
    let layers = (0..most).map(|number| -> Vec<Subject> {
        CASES.iter().filter_map(|case| Some((case, hard(case).nth(number)?))).collect()
    });
    layers.flat_map(|layer| layer.chunks(TOGETHER).map(<[Subject]>::to_vec).collect::<Vec<_>>()).collect()
}

#[test]
fn all_exact_forms_one_after_the_other_are_exact_and_so_is_undoing_them_all() {
    let subjects: Vec<Subject> = CASES.iter().map(|case| (case, &case.exact)).collect();
    let answer = verify(&subjects, &[]).success().json();
    check(disagreements(&subjects, &answer).into_iter());
    assert_eq!(answer["all_down"]["state"], "undone");
    assert_eq!(answer["all_down"]["differences"], serde_json::json!([]));
}

#[test]
fn every_broken_twin_is_caught_and_named_and_nothing_beside_it_is_blamed() {
    let wrong = side_by_side(&runs_of_hard_twins(), |subjects| {
        let answer = verify(subjects, &[]).fails(1).json();
        disagreements(subjects, &answer)
    });
    check(wrong.into_iter().flatten());
}

#[test]
fn small_differences_are_reported_and_count_only_where_one_is_strict() {
    let soft: Vec<Subject> =
        twins().filter(|(_, twin)| is_soft(twin) && twin.expected.verdict != "irreversible").collect();
    assert!(soft.len() >= 4);
    for (case, twin) in soft {
        let subjects = [(case, twin)];
        let answer = verify(&subjects, &[]).success().json();
        check(disagreements(&subjects, &answer).into_iter());
        let answer = verify(&subjects, &["--strict"]).fails(1).json();
        check(disagreements(&subjects, &answer).into_iter());
    }
}

#[test]
fn a_twin_without_a_down_half_is_irreversible_and_no_failure() {
    let subjects: Vec<Subject> =
        twins().filter(|(_, twin)| twin.expected.verdict == "irreversible").collect();
    assert!(subjects.len() >= 3);
    let answer = verify(&subjects, &[]).success().json();
    check(disagreements(&subjects, &answer).into_iter());
}
