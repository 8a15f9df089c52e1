//! SQL text: cut into tokens and statements, by rules of the server's and psql's, and what a statement is.
//!
//! Nothing here parses SQL: a statement of a kind that nobody has heard of is cut out as well as any other.

mod classify;
mod copy;
mod cursor;
mod definition;
mod lexer;
mod lexing_change;
mod name;
mod operator;
mod outside_only;
mod quoted;
mod routine;
mod session_setting;
mod split;
mod statement;
mod token;
mod transaction_word;

pub use copy::copied_table;
pub(crate) use cursor::Cursor;
pub use definition::{may_index_rows, only_defines};
pub use lexer::{Lexer, Strings};
pub use name::Name;
pub use session_setting::is_session_setting;
pub use split::{BackslashPlace, Open, Piece, Splitter};
pub use statement::{Kind, Statement, TransactionWord};
pub use token::{Opener, Token, TokenKind};
