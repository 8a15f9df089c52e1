use serde_json::Value;

use super::{github, markdown, sarif};
use crate::impact::{Finding, PlanRule, Recipe, RecipeFile};
use crate::migration::{Direction, Location};

fn finding(rule: PlanRule, line: Option<usize>, object: &str, what: &str, recipe: Option<Recipe>) -> Finding {
    Finding {
        rule,
        class: rule.about().class,
        version: "0002".parse().unwrap(),
        path: "migrations/0002_add an email.sql".into(),
        direction: Direction::Up,
        statement: line.map(|_| 0),
        location: line.map(|line| Location { line, column: 3 }),
        object: object.to_owned(),
        what: what.to_owned(),
        blocked: None,
        recipe,
    }
}

fn recipe(sql: &str) -> Option<Recipe> {
    Some(Recipe { note: None, files: vec![RecipeFile { transaction: true, sql: sql.to_owned() }] })
}

fn findings() -> Vec<Finding> {
    let index = "CREATE INDEX ON public.users (email);";
    vec![
        finding(
            PlanRule::NullValues,
            Some(4),
            "public.users.email",
            "3 rows of public.users have no email: 100%",
            None,
        ),
        finding(
            PlanRule::IndexNotConcurrently,
            None,
            "public.\"a`b, c: *d*\"",
            "writes of public.\"a`b, c: *d*\" wait\nfor <b>2 min</b>",
            recipe(&format!("{index}\n-- ```\nSELECT 1")),
        ),
    ]
}

#[test]
fn a_comment_groups_findings_by_file_and_no_name_breaks_its_markdown() {
    let gaps = ["this is a standby".to_owned()];
    let backfills = ["0003 a_b waits for 0002: `pmdb up` applies it".to_owned()];
    insta::assert_snapshot!(markdown::comment(&findings(), &gaps, &backfills), @r#"
    ### `pmdb plan`: 2 findings

    #### `migrations/0002_add an email.sql`

    **fails**: line 4, `public.users.email` (`null-values`)

    3 rows of public.users have no email: 100%

    **blocks**: ``public."a`b, c: *d*"`` (`index-not-concurrently`)

    writes of public."a\`b, c: \*d\*" wait�for \<b\>2 min\</b\>

    <details><summary>The safe way</summary>

    ````sql
    -- migrate:up
    CREATE INDEX ON public.users (email);
    -- ```
    SELECT 1
    ````

    </details>

    Not seen of the database:

    - this is a standby

    Backfills, and what waits:

    - 0003 a\_b waits for 0002: `pmdb up` applies it
    "#);
    assert!(
        markdown::comment(&[], &["`GRANT a_b` to <a>".to_owned()], &[])
            .ends_with("- `GRANT a_b` to \\<a\\>\n")
    );
    assert_eq!(markdown::comment(&[], &[], &[]), "### `pmdb plan`: nothing to worry about\n");
}

#[test]
fn an_annotation_is_one_line_whatever_its_text_holds() {
    insta::assert_snapshot!(github::annotations(&findings(), &[]), @r#"
    ::error file=migrations/0002_add an email.sql,line=4,col=3,title=public.users.email fails (null-values)::3 rows of public.users have no email: 100%25
    ::warning file=migrations/0002_add an email.sql,line=1,title=public."a`b%2C c%3A *d*" blocks (index-not-concurrently)::writes of public."a`b, c: *d*" wait�for <b>2 min</b>%0A%0AThe safe way:%0A-- migrate:up%0ACREATE INDEX ON public.users (email);%0A-- ```%0ASELECT 1
    "#);
    assert_eq!(github::annotations(&[], &[]), "");
    let gap = "the table \"a\n::error::b\" is locked".to_owned();
    assert_eq!(
        github::annotations(&[], &[gap]),
        "::notice title=pmdb plan::the table \"a�::error::b\" is locked\n"
    );
}

#[test]
fn the_sarif_document_fits_its_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../tests/testdata/sarif.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for findings in [findings(), Vec::new()] {
        let document: Value =
            serde_json::from_str(&sarif::document(&findings, &["a\nb".to_owned()])).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let mut broken: Value = serde_json::from_str(&sarif::document(&findings(), &[])).unwrap();
    broken["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn a_sarif_result_leads_to_its_rule_and_its_line() {
    let document: Value = serde_json::from_str(&sarif::document(&findings(), &[])).unwrap();
    let run = &document["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "migrations/0002_add%20an%20email.sql");
    }
    let place =
        |number: usize| run["results"][number]["locations"][0]["physicalLocation"]["region"].to_string();
    assert_eq!(place(0), r#"{"startLine":4,"startColumn":3}"#);
    assert_eq!(place(1), r#"{"startLine":1}"#);
    assert_eq!(run["results"][0]["level"], "error");
    let ids: Vec<&str> = PlanRule::ALL.iter().map(|rule| rule.about().id).collect();
    let listed = run["tool"]["driver"]["rules"].as_array().unwrap().iter();
    assert_eq!(listed.map(|rule| rule["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
}
