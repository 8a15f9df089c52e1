//! What a rule has found.

use serde::Serialize;

use super::Rule;

/// Something in a database that a rule advises against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
