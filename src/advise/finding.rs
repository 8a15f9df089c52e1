//! What a rule has found, and what is left of it when some is to be ignored.

use serde::Serialize;

use super::{Ignore, Rule};

/// Something in a database that a rule advises against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The rule.
    pub rule: Rule,
    /// What it is about, qualified, and quoted where SQL wants quotes: `public.tasks`, `public.tasks.due_date`.
    pub object: String,
    /// Why it is a matter, in one sentence.
    pub why: String,
    /// SQL that fixes it. It holds comments where that needs judgement, and nothing else where SQL alone cannot do it.
    pub fix: String,
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
pub fn sift(findings: Vec<Advice>, ignores: &[&Ignore]) -> Sifted {
    let all = findings.len();
    let findings: Vec<Advice> =
        findings.into_iter().filter(|finding| !ignores.iter().any(|ignore| ignore.covers(finding))).collect();
    Sifted { ignored: all - findings.len(), findings }
}
