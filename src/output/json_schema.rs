//! `docs/json.schema.json`: the JSON Schema of what is printed, made from the types.

use std::path::Path;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::advise::RuleText;
use crate::commands::{
    AcceptReport, AdviseReport, BaselineReport, DatabaseReport, DevReport, DiffReport, DriftReport,
    FillReport, ImpactReport, InitReport, ManReport, NewReport, PlanReport, RenumberReport, ResolveReport,
    RestoreReport, RunReport, SchemaReport, ShapeReport, StatusReport, VerifyReport, WaitReport,
};
use crate::diagnosis::FileLocation;
use crate::impact::PlanRuleText;

/// Which answers a command may give.
fn answers(generator: &mut SchemaGenerator) -> Vec<(&'static [&'static str], Vec<Value>)> {
    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
        generator.subschema_for::<T>().to_value()
    }
    let script = json!({
        "type": "object", "required": ["shell", "script"],
        "properties": { "shell": { "type": "string" }, "script": { "type": "string" } },
    });
    vec![
        (&["up", "down"], vec![of::<RunReport>(generator), of::<PlanReport>(generator)]),
        (&["redo", "seed", "reset"], vec![of::<RunReport>(generator)]),
        (&["plan"], vec![of::<ImpactReport>(generator), of::<PlanRuleText>(generator)]),
        (&["status"], vec![of::<StatusReport>(generator)]),
        (&["schema"], vec![of::<SchemaReport>(generator)]),
        (&["new"], vec![of::<NewReport>(generator)]),
        (
            &["fill"],
            vec![of::<FillReport>(generator), of::<RestoreReport>(generator), of::<ShapeReport>(generator)],
        ),
        (&["accept"], vec![of::<AcceptReport>(generator)]),
        (&["resolve"], vec![of::<ResolveReport>(generator)]),
        (&["baseline"], vec![of::<BaselineReport>(generator)]),
        (&["renumber"], vec![of::<RenumberReport>(generator)]),
        (&["advise"], vec![of::<AdviseReport>(generator), of::<RuleText>(generator)]),
        (&["create", "drop"], vec![of::<DatabaseReport>(generator)]),
        (&["diff"], vec![of::<DiffReport>(generator)]),
        (&["drift"], vec![of::<DriftReport>(generator)]),
        (&["verify"], vec![of::<VerifyReport>(generator)]),
        (&["wait"], vec![of::<WaitReport>(generator)]),
        (&["init"], vec![of::<InitReport>(generator)]),
        (&["dev"], vec![of::<DevReport>(generator)]),
        (&["completions"], vec![script]),
        (&["man"], vec![of::<ManReport>(generator)]),
    ]
}

fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let answers: Vec<Value> = answers(&mut generator)
        .into_iter()
        .map(|(commands, answers)| {
            json!({
                "if": {
                    "properties": { "command": { "enum": commands }, "outcome": { "not": { "const": "error" } } },
                },
                "then": { "anyOf": answers },
            })
        })
        .collect();
    let location = generator.subschema_for::<Option<FileLocation>>();
    let error = json!({
        "type": "object",
        "required": ["code", "message", "hint", "location"],
        "properties": {
            "code": { "type": "string", "description": "a word for programs" },
            "message": { "type": "string", "description": "what happened" },
            "hint": { "type": ["string", "null"], "description": "what to do about it" },
            "location": location,
            "database": { "type": "string" },
            "host": { "type": "string" },
            "port": { "type": ["integer", "null"] },
            "user": { "type": "string" },
        },
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What pmdb prints with --json",
        "type": "object",
        "required": ["format_version", "command", "outcome", "exit"],
        "properties": {
            "format_version": { "const": super::json::FORMAT_VERSION },
            "command": { "type": "string", "description": "empty where the command line could not be read" },
            "outcome": { "enum": ["ok", "pending", "disagreement", "failed", "error"] },
            "exit": { "enum": [0, 1, 2, 3, 4, 5, 130] },
            "error": error,
        },
        "if": { "properties": { "outcome": { "const": "error" } } },
        "then": { "required": ["error"] },
        "else": { "not": { "required": ["error"] } },
        "allOf": answers,
        "$defs": generator.take_definitions(true),
    })
}

/// With the variable `PMDB_TEST_WRITE`, the file is written anew.
#[test]
fn the_published_schema_is_made_from_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.schema.json");
    let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("PMDB_TEST_WRITE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == made, "PMDB_TEST_WRITE=1 cargo test --lib the_published_schema writes it anew");
}
