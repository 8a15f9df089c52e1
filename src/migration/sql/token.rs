use std::ops::Range;

/// A piece of SQL text. Put together in order, the tokens of a text are that text again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the text that was cut.
    pub span: Range<usize>,
}

/// What a [`Token`] is, after section 4.1 "Lexical Structure" of the PostgreSQL manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space, line breaks included.
    Space,
    /// `-- …` up to the end of the line, without the line break.
    LineComment,
    /// `/* … */`, which may hold others of its kind.
    BlockComment,
    /// A keyword or an identifier without quotes.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedIdentifier,
    /// `'…'` with its prefix (`E`, `B`, `X`, `N`, `U&`), if it has one. A string that goes on
    /// after a line break is one token for each pair of quotes.
    String,
    /// `$tag$…$tag$`.
    DollarBody,
    /// A number, with whatever word is glued to it.
    Number,
    /// `$1`.
    Parameter,
    /// An operator, whole: `<=`, `->>`, `::`, `:=`, `..`, `-`.
    Operator,
    /// `;`
    Semicolon,
    /// `(`
    OpenParenthesis,
    /// `)`
    CloseParenthesis,
    /// A psql command, from its backslash to the end of the line.
    Backslash,
    /// The data lines after `COPY … FROM stdin;`, without the line that ends them. May be empty.
    CopyData,
    /// The line `\.` that ends data of COPY.
    CopyEnd,
    /// A single byte that is none of the others: `,`, `.`, `[`, and what the server rejects.
    Other,
    /// A literal or a comment that the text ends in.
    Unclosed(Opener),
}

impl TokenKind {
    /// Whether the server ignores it: white space and comments.
    pub fn is_trivia(self) -> bool {
        matches!(self, TokenKind::Space | TokenKind::LineComment | TokenKind::BlockComment)
    }
}

/// Something that has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// `'`
    String,
    /// `"`
    Identifier,
    /// `$tag$`
    DollarBody,
    /// `/*`
    BlockComment,
    /// `(`
    Parenthesis,
    /// `BEGIN ATOMIC`
    AtomicBody,
}

impl Opener {
    /// What it is in words, to begin a message with.
    pub fn describe(self) -> &'static str {
        match self {
            Opener::String => "this string",
            Opener::Identifier => "this quoted identifier",
            Opener::DollarBody => "this dollar-quoted body",
            Opener::BlockComment => "this block comment",
            Opener::Parenthesis => "this parenthesis",
            Opener::AtomicBody => "this BEGIN ATOMIC body",
        }
    }

    /// What closes it.
    pub fn closer(self) -> &'static str {
        match self {
            Opener::String => "'",
            Opener::Identifier => "\"",
            Opener::DollarBody => "the same $tag$ that opens it",
            Opener::BlockComment => "*/",
            Opener::Parenthesis => ")",
            Opener::AtomicBody => "END",
        }
    }
}
