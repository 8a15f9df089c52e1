use std::fmt;

use sha2::{Digest, Sha256};

use super::sql::{Splitter, Token, TokenKind};

/// The SHA-256 of what SQL says: of its tokens, without comments, white space and the kind of line endings.
///
/// A formatter does not change it, and any change of a statement does, be it inside a string, a
/// dollar-quoted body or data of COPY. Of long data of COPY, the line counts that stands for them, with their own SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Checksum {
    hex: [u8; 64],
}

impl Checksum {
    /// The checksum of the SQL of one half, without its marker line.
    pub fn of(sql: &str) -> Checksum {
        let bytes = sql.as_bytes();
        let mut digest = TokenDigest::default();
        for token in Splitter::new(bytes, 0..bytes.len()).tokens() {
            digest.take(&token, bytes);
        }
        digest.checksum()
    }

    /// The checksum as 64 hexadecimal digits in lower case.
    pub fn as_str(&self) -> &str {
        // Digits are ASCII.
        std::str::from_utf8(&self.hex).unwrap_or_default()
    }
}

/// A checksum that is being computed, for a reader that has the tokens of a half at hand already.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenDigest {
    hasher: Sha256,
}

impl TokenDigest {
    /// Takes the next token of a text.
    #[inline(always)]
    pub(crate) fn take(&mut self, token: &Token, text: &[u8]) {
        if !token.kind.is_trivia() && token.kind != TokenKind::CopyEnd {
            self.update(&text[token.span.clone()]);
        }
    }

    /// Takes a token by its text.
    pub(crate) fn update(&mut self, token: &[u8]) {
        self.hasher.update(token);
        // No text for PostgreSQL holds a NUL, so it says unmistakably where a token ends.
        self.hasher.update([0]);
    }

    /// The checksum of the tokens so far.
    pub(crate) fn checksum(&self) -> Checksum {
        Checksum { hex: hex(self.hasher.clone().finalize().into()) }
    }
}

/// Two digits a byte, from a table: formatting each took a quarter as long as the whole checksum of a small file.
fn hex(bytes: [u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [0; 64];
    for (digits, byte) in hex.chunks_exact_mut(2).zip(bytes) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
    hex
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Checksum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
serialized_as_text!(Checksum);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(one: &str, other: &str) {
        assert_eq!(Checksum::of(one), Checksum::of(other), "{one:?} and {other:?} say the same");
    }

    #[track_caller]
    fn different(one: &str, other: &str) {
        assert_ne!(Checksum::of(one), Checksum::of(other), "{one:?} and {other:?} differ");
    }

    #[test]
    fn comments_blank_lines_and_indentation_do_not_count() {
        same("SELECT 1;", "  SELECT /* one */\n\n\t1 -- the first\n;\n");
        same("SELECT f(a,b)", "SELECT f ( a , b )");
        same("", "-- nothing\n");
    }

    #[test]
    fn what_the_server_reads_differently_differs() {
        different("SELECT a <= b", "SELECT a < = b");
        different("SELECT 1 - -1", "SELECT 1 --1");
        different("SELECT 12", "SELECT 1 2");
        different("SELECT a.b", "SELECT ab");
        different("SELECT a::text", "SELECT a: :text");
        different("SELECT n 'a'", "SELECT n'a'");
        different("SELECT 'a'", "SELECT 'A'");
        different("SELECT 'a b'", "SELECT 'a  b'");
        different("SELECT 'a'\n'b'", "SELECT 'ab'");
        different("DO $$ BEGIN END $$", "DO $$ BEGIN  END $$");
        different("SELECT \"a b\"", "SELECT \"a  b\"");
    }

    #[test]
    fn data_of_copy_counts_byte_for_byte() {
        different("COPY t FROM stdin;\na b\n\\.\n", "COPY t FROM stdin;\na  b\n\\.\n");
        different("COPY t FROM stdin;\n-- a\n\\.\n", "COPY t FROM stdin;\n-- b\n\\.\n");
        different("COPY t FROM stdin;\n\\.\nX", "COPY t FROM stdin;\nX");
        same("COPY t FROM stdin;\na\n\\.\n", "COPY  t FROM stdin; -- data\na\n\\.\n\n");
    }

    #[test]
    fn the_checksum_of_a_text_is_known() {
        // printf 'SELECT\0001\000;\000' | sha256sum
        assert_eq!(
            Checksum::of("SELECT 1;").as_str(),
            "2e9be1158eacad299f315900d905445fecfcf452feebd7560b51595484d69f2c"
        );
    }
}
