//! Where an operator ends: section 4.1.3 of the PostgreSQL manual.

/// An operator at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) length: usize,
    /// How many plus and minus signs follow that the rule below cut off: each is an operator of its own.
    /// Telling them at once keeps a long row of signs from being looked at again for each.
    pub(super) signs_after: usize,
}

/// The operator that `rest` begins with; `rest` begins with an operator byte and no comment.
///
/// An operator ends before a comment. One of several bytes ends in a plus or minus sign only if it holds
/// a byte that no operator of standard SQL has: so `*-1` is a product with a negative number, `@-` is one.
pub(super) fn cut(rest: &[u8]) -> Operator {
    let run = run_length(rest).max(1);
    if rest[..run - 1].iter().any(|&byte| is_beyond_standard(byte)) {
        return Operator { length: run, signs_after: 0 };
    }
    let signs = rest[1..run].iter().rev().take_while(|&&byte| matches!(byte, b'+' | b'-')).count();
    Operator { length: run - signs, signs_after: signs }
}

/// How many operator bytes follow each other before anything else, or a comment, begins.
fn run_length(rest: &[u8]) -> usize {
    (0..rest.len())
        .find(|&at| {
            !is_operator_byte(rest[at]) || rest[at..].starts_with(b"--") || rest[at..].starts_with(b"/*")
        })
        .unwrap_or(rest.len())
}

pub(super) fn is_operator_byte(byte: u8) -> bool {
    is_beyond_standard(byte) || matches!(byte, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=')
}

fn is_beyond_standard(byte: u8) -> bool {
    matches!(byte, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%')
}
