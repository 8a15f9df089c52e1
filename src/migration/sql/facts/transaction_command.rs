use super::super::cursor::Cursor;
use super::super::statement_kind::TransactionCommand;
use super::super::token::TokenKind;

/// The transaction control that a statement is, if it is any. The cursor stands after the first word. COMMIT PREPARED
/// and ROLLBACK PREPARED are none: they end a transaction other than the session's.
pub(super) fn transaction_command(first: &[u8], c: &mut Cursor<'_>) -> Option<TransactionCommand> {
    match first {
        b"begin" => Some(TransactionCommand::Begin),
        b"start" => c.eat("transaction").then_some(TransactionCommand::Begin),
        b"savepoint" => Some(TransactionCommand::Savepoint),
        b"release" => Some(TransactionCommand::Release),
        b"prepare" => prepare(c),
        b"commit" | b"end" => commit(c),
        b"rollback" | b"abort" => rollback(c),
        _ => None,
    }
}

/// A prepared statement may be called `transaction`: only a string names a prepared transaction.
fn prepare(c: &mut Cursor<'_>) -> Option<TransactionCommand> {
    let names_transaction =
        c.eat("transaction") && c.peek().is_some_and(|(kind, _)| kind == TokenKind::String);
    names_transaction.then_some(TransactionCommand::PrepareTransaction)
}

fn commit(c: &mut Cursor<'_>) -> Option<TransactionCommand> {
    if c.eat("prepared") {
        return None;
    }
    Some(if chains(c) { TransactionCommand::CommitAndChain } else { TransactionCommand::Commit })
}

fn rollback(c: &mut Cursor<'_>) -> Option<TransactionCommand> {
    if c.eat("prepared") {
        return None;
    }
    if chains(c) {
        return Some(TransactionCommand::RollbackAndChain);
    }
    Some(if c.eat("to") { TransactionCommand::RollbackTo } else { TransactionCommand::Rollback })
}

/// Skips `[WORK | TRANSACTION] [AND [NO] CHAIN]`.
fn chains(c: &mut Cursor<'_>) -> bool {
    if !c.eat("work") {
        c.eat("transaction");
    }
    c.eat("and chain")
}
