//! What is known of a statement by its words: worked out once, and passed on to the code that runs it.
//!
//! Unknown means "anything". A statement is harmless, or done, only where every word of it says so.

mod definition;
mod kind;
mod non_transactional;
mod objects;
mod postcondition;
mod setting;
mod transaction_command;

pub(super) use kind::kind_of;
pub use objects::Objects;
pub(crate) use objects::objects;
pub use postcondition::{IfTaken, Postcondition, ReindexScope};
pub(super) use setting::strings_after;

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::statement_kind::StatementKind;

/// What is known of a statement beside its [`StatementKind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What it may leave in the session, for what comes after it.
    pub session_impact: SessionImpact,
    /// Whether it gives a value to a setting of the project's own (`app.user`), as far as that can be seen: no session forgets
    /// such a name again, it is empty from then on where it was unknown before.
    pub names_custom_setting: bool,
    /// Whether it may build an index over rows that are there: any other builds indexes only for a table that it makes.
    pub may_index_rows: bool,
    /// What it makes, takes away or fills, and under which name. `None` when that is nothing, or cannot be read.
    pub postcondition: Option<Box<Postcondition>>,
    /// What to do when a run broke off while it was running.
    pub after_crash: AfterCrash,
}

/// What a statement may leave in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionImpact {
    /// Nothing: it defines objects, and runs no code but the server's own.
    Nothing,
    /// A setting, written out: to say it again has the same effect.
    Setting,
    /// Perhaps anything.
    Anything,
}

/// What to do when a run broke off while a statement was running that no transaction may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCrash {
    /// Run it again: that does no harm, or it runs in a transaction and was rolled back.
    RunAgain,
    /// Look whether its [`Postcondition`] is there.
    Look,
    /// Ask a person: it may have done all of it, a part or nothing.
    Ask,
}

impl Facts {
    /// What is known of a statement of this kind.
    pub(super) fn of(statement: &[u8], kind: StatementKind, strings: StandardStrings) -> Facts {
        let mut after_first = Cursor::new(statement, strings);
        let Some(first) = after_first.take_word() else { return Facts::unknown(kind) };
        let first = first.as_slice();
        let postcondition = postcondition::postcondition(first, &mut after_first.clone());
        Facts {
            session_impact: session_impact(first, &after_first, kind),
            names_custom_setting: setting::names_custom_setting(statement),
            may_index_rows: definition::may_index_rows(first, &mut after_first),
            after_crash: after_crash(kind, postcondition.as_ref()),
            postcondition: postcondition.map(Box::new),
        }
    }

    fn unknown(kind: StatementKind) -> Facts {
        let after_crash = after_crash(kind, None);
        Facts {
            session_impact: SessionImpact::Anything,
            names_custom_setting: true,
            may_index_rows: true,
            postcondition: None,
            after_crash,
        }
    }
}

fn session_impact(first: &[u8], after: &Cursor<'_>, kind: StatementKind) -> SessionImpact {
    if kind == StatementKind::Other && definition::only_defines(first, &mut after.clone()) {
        return SessionImpact::Nothing;
    }
    match setting::is_session_setting(first, &mut after.clone()) {
        true => SessionImpact::Setting,
        false => SessionImpact::Anything,
    }
}

fn after_crash(kind: StatementKind, postcondition: Option<&Postcondition>) -> AfterCrash {
    match (kind, postcondition) {
        (StatementKind::MayCommit, _) => AfterCrash::Ask,
        (StatementKind::NonTransactional(_), Some(_)) => AfterCrash::Look,
        (StatementKind::NonTransactional(name), None) if non_transactional::may_run_again(name) => {
            AfterCrash::RunAgain
        }
        (StatementKind::NonTransactional(_), None) => AfterCrash::Ask,
        (StatementKind::TransactionControl(word), postcondition) if word.leaves_it_to_others() => {
            match postcondition {
                Some(_) => AfterCrash::Look,
                None => AfterCrash::Ask,
            }
        }
        _ => AfterCrash::RunAgain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(sql: &str) -> Facts {
        let kind = kind_of(sql.as_bytes(), StandardStrings::On);
        Facts::of(sql.as_bytes(), kind, StandardStrings::On)
    }

    #[test]
    fn what_happens_after_a_crash_depends_on_whether_the_effect_can_be_looked_for() {
        for (sql, after_crash) in [
            ("INSERT INTO t VALUES (1)", AfterCrash::RunAgain),
            ("VACUUM t", AfterCrash::RunAgain),
            ("ALTER SYSTEM SET work_mem = '1MB'", AfterCrash::RunAgain),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", AfterCrash::Look),
            ("DROP DATABASE d", AfterCrash::Look),
            ("PREPARE TRANSACTION 'x'", AfterCrash::Look),
            ("CALL p()", AfterCrash::Ask),
            ("DO $$ BEGIN COMMIT; END $$", AfterCrash::Ask),
            // Names that cannot be read.
            ("CREATE INDEX CONCURRENTLY U&\"d\\0061\" ON t (x)", AfterCrash::Ask),
            ("COMMIT PREPARED E'a\\'b'", AfterCrash::Ask),
            // The second time, the server refuses it.
            ("ALTER SUBSCRIPTION s ADD PUBLICATION p", AfterCrash::Ask),
        ] {
            assert_eq!(facts(sql).after_crash, after_crash, "{sql}");
        }
    }

    #[test]
    fn a_statement_of_a_kind_that_nobody_knows_may_leave_anything() {
        for sql in ["", "(SELECT 1)", "FROBNICATE t", "VACUUM t", "COPY t FROM stdin", "SELECT f()"] {
            assert_eq!(facts(sql).session_impact, SessionImpact::Anything, "{sql}");
        }
        assert_eq!(facts("SET search_path = app").session_impact, SessionImpact::Setting);
        assert_eq!(facts("CREATE TABLE t (id int)").session_impact, SessionImpact::Nothing);
    }
}
