use super::cursor::Cursor;
use super::lexer::Strings;
use super::lexing_change::changes_lexing;
use super::outside_only::outside_only;
use super::statement::Kind;
use super::token::TokenKind;
use super::transaction_word::transaction_word;

/// What kind of statement this is, by its keywords.
pub(super) fn kind_of(statement: &[u8], strings: Strings) -> Kind {
    let cursor = Cursor::new(statement, strings);
    if is_copy_from_client(cursor.clone()) {
        return Kind::Copy;
    }
    if let Some(word) = transaction_word(cursor.clone()) {
        return Kind::TransactionControl(word);
    }
    if let Some(name) = outside_only(cursor.clone()) {
        return Kind::OutsideOnly(name);
    }
    if may_commit(cursor.clone()) {
        return Kind::MayCommit;
    }
    if changes_lexing(cursor) {
        return Kind::ChangesLexing;
    }
    Kind::Other
}

/// `FROM STDOUT` is read by the server as `FROM STDIN`.
fn is_copy_from_client(mut cursor: Cursor<'_>) -> bool {
    if !cursor.eat("copy") {
        return false;
    }
    cursor.find("from") && (cursor.eat("stdin") || cursor.eat("stdout"))
}

fn may_commit(mut cursor: Cursor<'_>) -> bool {
    if cursor.eat("call") {
        return true;
    }
    if !cursor.eat("do") {
        return false;
    }
    while let Some((kind, text)) = cursor.peek() {
        if matches!(kind, TokenKind::DollarBody | TokenKind::String) && says_commit(text) {
            return true;
        }
        cursor.skip();
    }
    false
}

fn says_commit(body: &[u8]) -> bool {
    body.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .any(|word| word.eq_ignore_ascii_case(b"commit") || word.eq_ignore_ascii_case(b"rollback"))
}
