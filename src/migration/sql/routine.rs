/// Follows a statement's words to know when it is in a body `BEGIN ATOMIC … END`, whose semicolons
/// don't end the statement (the manual's page on CREATE FUNCTION, "sql_body").
///
/// The body opens only after CREATE [OR REPLACE] FUNCTION or PROCEDURE, by `BEGIN` and `ATOMIC` one after
/// the other outside of parentheses. It closes by an `END` that starts an inner statement: the `END` of a
/// CASE, or a column of that name, stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Routine {
    /// Before the first word.
    #[default]
    Start,
    Create,
    CreateOr,
    CreateOrReplace,
    /// In the head of a function or procedure.
    Head,
    /// In the head, after a `BEGIN` at this offset.
    HeadAfterBegin(usize),
    /// In the body that the `BEGIN` at `begin` opened.
    Body {
        begin: usize,
        inner: Inner,
    },
    /// No atomic body can come any more.
    Closed,
}

/// Where in an inner statement of an atomic body the last token was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    BeforeFirstWord,
    Within,
}

impl Routine {
    /// The state after a word outside of parentheses that begins at an offset.
    pub(super) fn after_word(self, word: &[u8], at: usize) -> Routine {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword.as_bytes());
        match self {
            Routine::Start if is("create") => Routine::Create,
            Routine::Create if is("or") => Routine::CreateOr,
            Routine::CreateOr if is("replace") => Routine::CreateOrReplace,
            Routine::Create | Routine::CreateOrReplace if is("function") || is("procedure") => Routine::Head,
            Routine::Start | Routine::Create | Routine::CreateOr | Routine::CreateOrReplace => {
                Routine::Closed
            }
            Routine::HeadAfterBegin(begin) if is("atomic") => {
                Routine::Body { begin, inner: Inner::BeforeFirstWord }
            }
            Routine::Head | Routine::HeadAfterBegin(_) if is("begin") => Routine::HeadAfterBegin(at),
            Routine::Body { inner: Inner::BeforeFirstWord, .. } if is("end") => Routine::Closed,
            _ => self.after_other(),
        }
    }

    /// The state after any other token.
    pub(super) fn after_other(self) -> Routine {
        match self {
            Routine::Head | Routine::HeadAfterBegin(_) => Routine::Head,
            Routine::Body { begin, .. } => Routine::Body { begin, inner: Inner::Within },
            _ => Routine::Closed,
        }
    }

    /// The state after a `;` outside of parentheses, or `None` when it ends the statement.
    pub(super) fn after_semicolon(self) -> Option<Routine> {
        match self {
            Routine::Body { begin, .. } => Some(Routine::Body { begin, inner: Inner::BeforeFirstWord }),
            _ => None,
        }
    }

    /// Where the open body began.
    pub(super) fn body_begin(self) -> Option<usize> {
        match self {
            Routine::Body { begin, .. } => Some(begin),
            _ => None,
        }
    }
}
