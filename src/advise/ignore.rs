//! Findings that are known and to be left out.

use super::{Advice, Rule};
use crate::ignore::{self, UnknownWhat};

/// What is to be left out: all findings of a rule, or those about an object.
pub type AdviceIgnore = ignore::Ignore<Rule>;

impl AdviceIgnore {
    /// Whether the finding is to be left out.
    pub fn covers(&self, finding: &Advice) -> bool {
        self.what == finding.rule && self.names(&finding.object)
    }
}

impl std::str::FromStr for Rule {
    type Err = UnknownWhat;

    fn from_str(name: &str) -> Result<Rule, UnknownWhat> {
        Rule::by_id(name).ok_or_else(|| UnknownWhat {
            message: format!(
                "no rule is called {name:?}; the rules are {}",
                Rule::ALL.map(Rule::id).join(", ")
            ),
            form: "RULE or RULE:OBJECT",
        })
    }
}

/// Findings without those that are to be ignored.
#[derive(Debug)]
pub struct Sifted {
    /// What is left.
    pub findings: Vec<Advice>,
    /// How many were ignored.
    pub ignored: usize,
}

/// Takes out the findings that one of `ignores` covers.
pub fn sift(findings: Vec<Advice>, ignores: &[&AdviceIgnore]) -> Sifted {
    let all = findings.len();
    let findings: Vec<Advice> =
        findings.into_iter().filter(|finding| !ignores.iter().any(|ignore| ignore.covers(finding))).collect();
    Sifted { ignored: all - findings.len(), findings }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ignore::{IgnoreError, IgnoreLine, parse_ignores};
    use crate::migration::Location;

    fn parse(text: &str) -> Result<Vec<IgnoreLine<Rule>>, IgnoreError> {
        parse_ignores(Path::new("advise.ignore"), text)
    }

    fn texts(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(|line| format!("{} {}", line.location, line.ignore)).collect()
    }

    #[test]
    fn a_line_names_a_rule_and_perhaps_an_object() {
        let text =
            "json-column\n\n  varchar-limit : public.t.name  # a legal limit\n# nothing\r\nmoney-column:a.b";
        assert_eq!(
            texts(text),
            ["1:1 json-column", "3:3 varchar-limit:public.t.name", "5:1 money-column:a.b"]
        );
    }

    #[test]
    fn between_quotes_a_hash_and_a_colon_are_parts_of_a_name() {
        let text = "mixed-case-name:public.\"A # \"\"b:c\" # why";
        assert_eq!(texts(text), ["1:1 mixed-case-name:public.\"A # \"\"b:c\""]);
    }

    #[test]
    fn an_unknown_rule_is_an_error_with_its_place() {
        let error = parse("\u{feff}# known\n\n  jsön-column:x # y\n").unwrap_err();
        assert_eq!(
            (error.location, error.line.as_str()),
            (Location { line: 3, column: 3 }, "  jsön-column:x # y")
        );
        let message = error.to_string();
        assert!(message.starts_with("advise.ignore:3:3: no rule is called \"jsön-column\"; the rules are "));
        assert!(message.contains(", json-column, "), "{message}");
        assert!(parse(":public.t").is_err());
    }

    #[test]
    fn an_object_is_compared_as_a_whole() {
        let finding = Advice {
            rule: Rule::JsonColumn,
            object: "public.t.a".to_owned(),
            why: String::new(),
            fix: String::new(),
        };
        let covers = |text: &str| text.parse::<AdviceIgnore>().unwrap().covers(&finding);
        assert!(covers("json-column") && covers("json-column:public.t.a"));
        assert!(!covers("json-column:public.t") && !covers("json-column:") && !covers("money-column"));
    }
}
