use super::TransactionMode;
use super::error::{FileErrorKind, Problem};
use super::marker::Marker;
use super::source::Source;
use super::sql::{Cut, StatementKind, TransactionCommand};

/// Which statements a half may hold, and in which order, for the sake of transactions.
#[derive(Debug, Default)]
pub(crate) struct TransactionRules {
    /// In a half outside a transaction: where the `BEGIN` of the open block stands.
    begin: Option<usize>,
}

impl TransactionRules {
    /// Checks the next statement of a half.
    pub(crate) fn check(&mut self, source: &Source, marker: &Marker, statement: &Cut) -> Result<(), Problem> {
        match marker.mode {
            TransactionMode::Transactional => check_inside(marker, statement),
            TransactionMode::NonTransactional => self.check_outside(source, statement),
        }
    }

    /// Checks what is left at the end of a half.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.begin {
            Some(begin) => Err(Problem::at(begin, FileErrorKind::BeginWithoutCommit)),
            None => Ok(()),
        }
    }

    fn check_outside(&mut self, source: &Source, statement: &Cut) -> Result<(), Problem> {
        let at = statement.span.start;
        match (statement.kind, self.begin) {
            (StatementKind::TransactionControl(TransactionCommand::Begin), None) => {
                self.begin = Some(at);
                Ok(())
            }
            (StatementKind::TransactionControl(word), None) => {
                Err(Problem::at(at, FileErrorKind::NoBegin { word }))
            }
            (StatementKind::TransactionControl(word), Some(_)) => self.check_in_block(word, at),
            (StatementKind::NonTransactional(statement), Some(begin)) => {
                let begin = source.locate(begin);
                Err(Problem::at(at, FileErrorKind::OutsideOnlyInBlock { statement, begin }))
            }
            (StatementKind::LocalSetting, None) => Err(Problem::at(at, FileErrorKind::LocalSetting)),
            _ => Ok(()),
        }
    }

    fn check_in_block(&mut self, word: TransactionCommand, at: usize) -> Result<(), Problem> {
        if matches!(word, TransactionCommand::CommitAndChain | TransactionCommand::RollbackAndChain) {
            return Err(Problem::at(at, FileErrorKind::Chain { word }));
        }
        if word.ends_transaction() {
            self.begin = None;
        }
        Ok(())
    }
}

fn check_inside(marker: &Marker, statement: &Cut) -> Result<(), Problem> {
    let direction = marker.direction;
    let kind = match statement.kind {
        StatementKind::TransactionControl(word) if !word.is_about_savepoints() => {
            FileErrorKind::TransactionControl { word, direction }
        }
        // Without a slot, which only the server knows, it can be in a transaction.
        StatementKind::NonTransactional("DROP SUBSCRIPTION") => return Ok(()),
        StatementKind::NonTransactional(statement) => {
            FileErrorKind::NonTransactional { statement, direction }
        }
        _ => return Ok(()),
    };
    Err(Problem::at(statement.span.start, kind))
}
