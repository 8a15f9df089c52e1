use super::cursor::Cursor;
use super::statement::TransactionWord;
use super::token::TokenKind;

/// The transaction control that a statement is, if it is any. COMMIT PREPARED and ROLLBACK PREPARED are none:
/// they end a transaction other than the session's.
pub(super) fn transaction_word(mut cursor: Cursor<'_>) -> Option<TransactionWord> {
    let c = &mut cursor;
    if c.eat("begin") || c.eat("start transaction") {
        return Some(TransactionWord::Begin);
    }
    if c.eat("savepoint") {
        return Some(TransactionWord::Savepoint);
    }
    if c.eat("release") {
        return Some(TransactionWord::Release);
    }
    if c.eat("prepare transaction") {
        // A prepared statement may be called `transaction`: only a string names a prepared transaction.
        let names_transaction = c.peek().is_some_and(|(kind, _)| kind == TokenKind::String);
        return names_transaction.then_some(TransactionWord::PrepareTransaction);
    }
    if c.eat("commit") || c.eat("end") {
        return commit(c);
    }
    if c.eat("rollback") || c.eat("abort") {
        return rollback(c);
    }
    None
}

fn commit(c: &mut Cursor<'_>) -> Option<TransactionWord> {
    if c.eat("prepared") {
        return None;
    }
    Some(if chains(c) { TransactionWord::CommitAndChain } else { TransactionWord::Commit })
}

fn rollback(c: &mut Cursor<'_>) -> Option<TransactionWord> {
    if c.eat("prepared") {
        return None;
    }
    if chains(c) {
        return Some(TransactionWord::RollbackAndChain);
    }
    Some(if c.eat("to") { TransactionWord::RollbackTo } else { TransactionWord::Rollback })
}

/// Goes behind `[WORK | TRANSACTION] [AND [NO] CHAIN]`.
fn chains(c: &mut Cursor<'_>) -> bool {
    if !c.eat("work") {
        c.eat("transaction");
    }
    c.eat("and chain")
}
