//! SQL text: cut into tokens and statements, by rules of the server's and psql's, and what a statement is.
//!
//! Nothing here parses SQL: a statement of a kind that nobody has heard of is cut out as well as any other.

mod assigned_columns;
pub(crate) mod body;
mod bytes;
#[cfg(feature = "inspect")]
mod commas;
mod copy;
mod cursor;
mod facts;
mod lexer;
mod loose;
mod name;
mod names;
mod operator;
mod quoted;
mod routine;
mod secret_names;
pub mod secrets;
mod split;
mod statement;
mod statement_kind;
mod table_names;
pub mod table_uses;
#[cfg(feature = "inspect")]
mod taken_role;
mod token;

pub(crate) use assigned_columns::{AssignedColumn, assigned_columns};
#[cfg(feature = "inspect")]
pub(crate) use commas::split_at_commas;
pub(crate) use copy::DataEnd;
pub(crate) use cursor::Cursor;
pub(crate) use facts::objects;
pub use facts::{AfterCrash, Facts, IfTaken, Objects, Postcondition, ReindexScope, SessionImpact};
pub use lexer::{Lexer, StandardStrings};
pub use name::Name;
pub(crate) use names::{names, names_table};
pub use split::{BackslashPlace, Fragment, Open, Splitter};
pub use statement::{Cut, Statement};
pub use statement_kind::{StatementKind, TransactionCommand};
pub(crate) use table_names::follow_table_names;
#[cfg(feature = "inspect")]
pub(crate) use taken_role::{TakenRole, taken_role};
pub use token::{Opener, Token, TokenKind};
