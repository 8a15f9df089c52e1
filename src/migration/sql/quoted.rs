//! Where literals and block comments end. Each function gets the bytes from the opening mark on.

use super::bytes::is_word_start;

/// How the inside of a string is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// A doubled quote stands for one.
    Plain,
    /// As plain, and a backslash escapes the byte after it.
    Escapes,
    /// Bit strings: the first quote ends them.
    Bits,
}

/// The length up to and including the closing mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    At(usize),
    Missing,
}

pub(super) fn string(rest: &[u8], quoting: Quoting) -> Closing {
    match quoting {
        Quoting::Plain => until_single(rest, b'\''),
        Quoting::Escapes => with_escapes(rest),
        Quoting::Bits => match memchr::memchr(b'\'', &rest[1..]) {
            Some(found) => Closing::At(1 + found + 1),
            None => Closing::Missing,
        },
    }
}

pub(super) fn identifier(rest: &[u8]) -> Closing {
    until_single(rest, b'"')
}

/// Up to the next mark that is not doubled.
fn until_single(rest: &[u8], mark: u8) -> Closing {
    let mut at = 1;
    while let Some(found) = memchr::memchr(mark, &rest[at..]) {
        at += found + 1;
        if rest.get(at) != Some(&mark) {
            return Closing::At(at);
        }
        at += 1;
    }
    Closing::Missing
}

fn with_escapes(rest: &[u8]) -> Closing {
    let mut at = 1;
    while let Some(found) = rest.get(at..).and_then(|inside| memchr::memchr2(b'\'', b'\\', inside)) {
        at += found + 1;
        let escaped = rest[at - 1] == b'\\';
        if !escaped && rest.get(at) != Some(&b'\'') {
            return Closing::At(at);
        }
        at += 1;
    }
    Closing::Missing
}

/// `None` when the dollar sign opens no body: `$1`, `$ `, `$tag` without a second dollar sign.
pub(super) fn dollar_body(rest: &[u8]) -> Option<Closing> {
    let is_tag_byte = |byte: u8| is_word_start(byte) || byte.is_ascii_digit();
    let tag_length = rest[1..].iter().position(|&byte| !is_tag_byte(byte))?;
    let begins_well = tag_length == 0 || is_word_start(rest[1]);
    if rest[1 + tag_length] != b'$' || !begins_well {
        return None;
    }
    let delimiter = &rest[..tag_length + 2];
    let closing = match memchr::memmem::find(&rest[delimiter.len()..], delimiter) {
        Some(found) => Closing::At(delimiter.len() + found + delimiter.len()),
        None => Closing::Missing,
    };
    Some(closing)
}

/// Block comments nest (section 4.1.5 of the PostgreSQL manual).
pub(super) fn block_comment(rest: &[u8]) -> Closing {
    let mut depth = 1;
    let mut at = 2;
    while let Some(found) = rest.get(at..).and_then(|inside| memchr::memchr2(b'/', b'*', inside)) {
        at += found;
        match &rest[at..] {
            [b'*', b'/', ..] if depth == 1 => return Closing::At(at + 2),
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
            }
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    Closing::Missing
}
