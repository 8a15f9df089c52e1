//! SARIF 2.1.0, which code hosts and scanners read (OASIS, "Static Analysis Results Interchange Format").

use serde_json::{Value, json};

use super::{file, level, line};
use crate::impact::{Finding, PlanRule};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document. All rules are in it, also those that have found nothing: a code host shows what they say.
pub(super) fn document(findings: &[Finding], notes: &[String]) -> String {
    let results: Vec<Value> = findings.iter().map(result).collect();
    let notifications: Vec<Value> =
        notes.iter().map(|note| json!({ "level": "note", "message": { "text": note } })).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "pmdb",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": PlanRule::ALL.iter().map(|rule| described(*rule)).collect::<Vec<_>>(),
                },
            },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn described(rule: PlanRule) -> Value {
    let about = rule.about();
    json!({
        "id": about.id,
        "shortDescription": { "text": about.title },
        "fullDescription": { "text": about.text },
        "help": { "text": about.text, "markdown": about.text },
        "defaultConfiguration": { "level": level(about.class) },
    })
}

/// The fingerprint tells a finding again in the next run, wherever its line is by then.
fn result(finding: &Finding) -> Value {
    let index = PlanRule::ALL.iter().position(|rule| *rule == finding.rule).unwrap_or_default();
    let mut message = finding.what.clone();
    if let Some(recipe) = &finding.recipe {
        message += &format!("\n\nThe safe way:\n\n{}", recipe.sql().trim_end());
    }
    let mut region = json!({ "startLine": line(finding) });
    if let Some(location) = finding.location {
        region["startColumn"] = location.column.into();
    }
    json!({
        "ruleId": finding.rule.to_string(),
        "ruleIndex": index,
        "level": level(finding.class),
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&file(finding)) },
                "region": region,
            },
            "logicalLocations": [{ "fullyQualifiedName": finding.object }],
        }],
        "partialFingerprints": {
            "pmdb/v1": format!("{}:{}:{}", finding.rule, finding.version, finding.object),
        },
    })
}

/// A path as a reference (RFC 3986): a relative one, unless it begins at the root.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    uri
}
