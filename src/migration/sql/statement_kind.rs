//! What decides how a statement can be run.

use std::fmt;

/// What decides how a statement can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// `COPY … FROM stdin`: data follows, to be sent by the copy protocol.
    Copy,
    /// `COPY … TO stdout`: the server sends data, by the copy protocol too.
    CopyOut,
    /// It begins or ends a transaction or a savepoint.
    TransactionControl(TransactionCommand),
    /// The server refuses it inside a transaction. Holds its name for messages: `VACUUM`.
    NonTransactional(&'static str),
    /// `CALL`, or a `DO` whose body says COMMIT, ROLLBACK or CALL: it may end transactions by itself, which the
    /// server lets it only outside a transaction. Otherwise it can run anywhere.
    MayCommit,
    /// It changes how the server reads the text after it: `standard_conforming_strings`,
    /// `backslash_quote`, `client_encoding`. What follows must be sent after it has run.
    ChangesLexing,
    /// `SET LOCAL`, `SET TRANSACTION`, `SET CONSTRAINTS`: outside a transaction it does nothing.
    LocalSetting,
    /// Any other.
    Other,
}

/// A statement of transaction control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionCommand {
    /// `BEGIN`, `START TRANSACTION`
    Begin,
    /// `COMMIT`, `END`
    Commit,
    /// `COMMIT AND CHAIN`: the next transaction begins at once.
    CommitAndChain,
    /// `ROLLBACK`, `ABORT`
    Rollback,
    /// `ROLLBACK AND CHAIN`
    RollbackAndChain,
    /// `PREPARE TRANSACTION`: ends the transaction, for another session to commit.
    PrepareTransaction,
    /// `SAVEPOINT`
    Savepoint,
    /// `ROLLBACK TO SAVEPOINT`
    RollbackTo,
    /// `RELEASE SAVEPOINT`
    Release,
}

impl StatementKind {
    /// Whether data go along with it, by the copy protocol: then it cannot be part of a longer message.
    pub fn copies(self) -> bool {
        matches!(self, StatementKind::Copy | StatementKind::CopyOut)
    }
}

impl TransactionCommand {
    /// Whether no transaction is open after it, or another one.
    pub fn ends_transaction(self) -> bool {
        match self {
            TransactionCommand::Commit
            | TransactionCommand::CommitAndChain
            | TransactionCommand::Rollback
            | TransactionCommand::RollbackAndChain
            | TransactionCommand::PrepareTransaction => true,
            TransactionCommand::Begin
            | TransactionCommand::Savepoint
            | TransactionCommand::RollbackTo
            | TransactionCommand::Release => false,
        }
    }

    /// Whether it leaves the transaction for another session to end.
    pub fn leaves_it_to_others(self) -> bool {
        self == TransactionCommand::PrepareTransaction
    }

    /// Whether it leaves the transaction that is open as it is, except for savepoints.
    pub fn is_about_savepoints(self) -> bool {
        matches!(
            self,
            TransactionCommand::Savepoint | TransactionCommand::RollbackTo | TransactionCommand::Release
        )
    }
}

impl fmt::Display for TransactionCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransactionCommand::Begin => "BEGIN",
            TransactionCommand::Commit => "COMMIT",
            TransactionCommand::CommitAndChain => "COMMIT AND CHAIN",
            TransactionCommand::Rollback => "ROLLBACK",
            TransactionCommand::RollbackAndChain => "ROLLBACK AND CHAIN",
            TransactionCommand::PrepareTransaction => "PREPARE TRANSACTION",
            TransactionCommand::Savepoint => "SAVEPOINT",
            TransactionCommand::RollbackTo => "ROLLBACK TO SAVEPOINT",
            TransactionCommand::Release => "RELEASE SAVEPOINT",
        })
    }
}
