use super::cursor::Cursor;
use super::token::TokenKind;

/// The longest name that the server keeps, in bytes; it cuts off the rest.
const MAX_NAME_BYTES: usize = 63;

/// The name of an object as the server keeps it: folded to lower case if it was not quoted, and cut to the
/// length that the server keeps (section 4.1.1 of the PostgreSQL manual).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The schema, if it was written.
    pub schema: Option<String>,
    /// The object's own name.
    pub name: String,
}

impl Cursor<'_> {
    /// A name with or without its schema.
    pub(crate) fn name(&mut self) -> Option<Name> {
        let mut name = Name { schema: None, name: self.identifier()? };
        while self.eat_sign(".") {
            name = Name { schema: Some(name.name), name: self.identifier()? };
        }
        Some(name)
    }

    /// A name of one part. `None` where it is not a name, or has Unicode escapes (`U&"…"`).
    pub(crate) fn identifier(&mut self) -> Option<String> {
        let (kind, text) = self.peek()?;
        let text = std::str::from_utf8(text).ok()?;
        let name = match kind {
            TokenKind::Word => text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\""),
            _ => return None,
        };
        self.skip();
        Some(name[..name.floor_char_boundary(MAX_NAME_BYTES)].to_owned())
    }

    /// The value of a string without escapes.
    pub(crate) fn string(&mut self) -> Option<String> {
        let (_, text) = self.peek().filter(|(kind, _)| *kind == TokenKind::String)?;
        let inside = std::str::from_utf8(text).ok()?.strip_prefix('\'')?.strip_suffix('\'')?;
        let value = inside.replace("''", "'");
        self.skip();
        Some(value)
    }
}
