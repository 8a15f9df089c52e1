//! What is run of a half outside a transaction at a time, and how the history knows of it.

use super::beside_backfills::ReadyBackfill;
use crate::migration::{Half, Position, SessionImpact, Statement, StatementGroup, Step};

/// One part of a half, and what is known when its turn comes.
pub(super) struct PartRun<'a> {
    pub step: &'a Step,
    /// The half that it is a part of: that of the step, or what an earlier run has sent.
    pub half: &'a Half,
    pub part: StatementGroup<'a>,
    /// What the parts before it have set.
    pub settings: &'a [&'a Statement],
    /// Statements done before it.
    pub done: usize,
    /// Where the half stands once it is done.
    pub next: Position,
    /// The deferred backfills that could do their work before it.
    pub backfills: &'a [ReadyBackfill<'a>],
}

/// What the history says of a half that is running.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row {
    /// There is none yet. The first part writes it, if that can be in a transaction: a half that fails at once was not
    /// begun.
    Absent,
    /// An earlier run has written it, perhaps from another text.
    Earlier(Position),
    /// This run has written it.
    Written(Position),
}

/// What a part sets for the rest of the half.
pub(super) fn settings_in<'h>(part: StatementGroup<'h>) -> impl Iterator<Item = &'h Statement> {
    part.statements.iter().filter(|statement| statement.facts.session_impact == SessionImpact::Setting)
}
