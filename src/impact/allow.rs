//! Findings that are known and accepted: by a line of `plan.ignore`, or by a comment above the statement.

use std::path::{Path, PathBuf};

use super::{Finding, PlanRule};
use crate::ignore;
use crate::migration::{Half, Location, NoteError, Version, first_word};
use serde::Serialize;

/// What is to be left out: all findings of a rule, or those about an object.
pub type PlanIgnore = ignore::Ignore<PlanRule>;

impl PlanIgnore {
    /// Whether the finding is to be left out.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.what == finding.rule && self.names(&finding.object)
    }
}

/// `-- pmdb:allow RULE reason` above a statement, or after it in its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Allow {
    /// The version of the file.
    pub version: Version,
    /// The file.
    pub path: PathBuf,
    /// Where the comment stands, from `allow` on.
    pub location: Location,
    /// Where its statement begins; `None` where there is none.
    pub statement: Option<Location>,
    /// The rule.
    pub rule: PlanRule,
    /// Why it is accepted.
    pub reason: String,
}

impl Allow {
    /// Whether it accepts this finding: one of its rule in its statement, or about the file as a whole.
    pub fn covers(&self, finding: &Finding) -> bool {
        let is_there = match finding.statement {
            Some(_) => finding.location.is_some() && finding.location == self.statement,
            None => true,
        };
        self.version == finding.version && self.rule == finding.rule && is_there
    }
}

const HINT: &str =
    "write `-- pmdb:allow RULE reason` above the statement; `pmdb plan --explain RULE` tells what a rule is";

/// What the comments of a half accept.
///
/// # Errors
/// At the first comment that begins with `pmdb:` and is no `allow`, names no rule, or gives no reason.
pub fn allows(version: &Version, path: &Path, half: &Half) -> Result<Vec<Allow>, NoteError> {
    let mut allows = Vec::new();
    for note in half.comment_notes() {
        let error = |problem: String| note.error(path, 0, problem, "allow_comment", HINT);
        let (word, rest) = first_word(&note.text);
        match word {
            "allow" => {}
            "fill" => return Err(error("`pmdb:fill` belongs in a seed: nothing is filled here".to_owned())),
            _ => {
                return Err(error(format!(
                    "`pmdb:{word}` means nothing; the only such comment is `pmdb:allow`"
                )));
            }
        }
        let (rule, reason) = first_word(rest);
        if rule.is_empty() {
            return Err(error("`pmdb:allow` names no rule".to_owned()));
        }
        let rule: PlanRule = rule.parse().map_err(|unknown: ignore::UnknownWhat| error(unknown.message))?;
        if reason.is_empty() {
            return Err(error(format!("`pmdb:allow {rule}` gives no reason")));
        }
        allows.push(Allow {
            version: version.clone(),
            path: path.to_owned(),
            location: note.location,
            statement: note.statement,
            rule,
            reason: reason.to_owned(),
        });
    }
    Ok(allows)
}

/// Findings without those that are accepted.
#[derive(Debug)]
pub struct Accepted {
    /// What is left.
    pub findings: Vec<Finding>,
    /// How many lines and options have left out.
    pub ignored: usize,
    /// How many comments have accepted.
    pub allowed: usize,
    /// Comments that fit no finding.
    pub unused: Vec<Allow>,
}

/// Takes out the findings that are accepted.
pub fn accept(findings: Vec<Finding>, ignores: &[&PlanIgnore], allows: Vec<Allow>) -> Accepted {
    let all = findings.len();
    let unused = allows
        .iter()
        .filter(|allow| !findings.iter().any(|finding| allow.covers(finding)))
        .cloned()
        .collect();
    let findings: Vec<Finding> =
        findings.into_iter().filter(|finding| !allows.iter().any(|allow| allow.covers(finding))).collect();
    let allowed = all - findings.len();
    let findings: Vec<Finding> =
        findings.into_iter().filter(|finding| !ignores.iter().any(|ignore| ignore.covers(finding))).collect();
    Accepted { ignored: all - allowed - findings.len(), allowed, findings, unused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::Class;
    use crate::migration::Direction;

    fn read(text: &str) -> Result<Vec<Allow>, NoteError> {
        let half = Half::from_stored(text, Direction::Up).unwrap();
        allows(&"7".parse().unwrap(), Path::new("7.sql"), &half)
    }

    fn finding(rule: PlanRule, line: usize) -> Finding {
        Finding {
            rule,
            class: Class::Blocks,
            version: "7".parse().unwrap(),
            path: PathBuf::from("7.sql"),
            direction: Direction::Up,
            statement: Some(0),
            location: Some(Location { line, column: 1 }),
            object: "public.t".to_owned(),
            what: String::new(),
            blocked: None,
            recipe: None,
        }
    }

    #[test]
    fn a_comment_accepts_what_its_statement_does_and_nothing_else() {
        let allows = read("-- migrate:up\n-- pmdb:allow lock-queue at night\nSELECT 1;\n-- pmdb:allow truncated old\nSELECT 2;").unwrap();
        assert_eq!(allows.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), ["at night", "old"]);
        let findings = vec![
            finding(PlanRule::LockQueue, 3),
            finding(PlanRule::LockQueue, 5),
            finding(PlanRule::DroppedTable, 3),
        ];
        let accepted = accept(findings, &[], allows);
        assert_eq!((accepted.findings.len(), accepted.allowed, accepted.ignored), (2, 1, 0));
        assert_eq!(accepted.unused.iter().map(|one| one.rule).collect::<Vec<_>>(), [PlanRule::Truncated]);
    }

    #[test]
    fn a_line_accepts_a_rule_or_an_object() {
        let covers =
            |text: &str| text.parse::<PlanIgnore>().unwrap().covers(&finding(PlanRule::LockQueue, 1));
        assert!(covers("lock-queue") && covers("lock-queue:public.*"));
        assert!(!covers("lock-queue:public.u") && !covers("truncated"));
    }

    #[test]
    fn a_comment_without_a_known_rule_or_without_a_reason_is_an_error_with_its_place() {
        for (comment, place, problem) in [
            ("-- pmdb:allow lock-queu why", "7.sql:2:9", "no rule is called \"lock-queu\""),
            ("-- pmdb:allow lock-queue", "7.sql:2:9", "`pmdb:allow lock-queue` gives no reason"),
            ("-- pmdb:allow", "7.sql:2:9", "`pmdb:allow` names no rule"),
            ("-- pmdb:alow lock-queue why", "7.sql:2:9", "`pmdb:alow` means nothing"),
        ] {
            let error = read(&format!("-- migrate:up\n{comment}\nSELECT 1;")).unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with(&format!("{place}: {problem}")), "{message}");
            assert_eq!(error.line, comment);
        }
    }
}
