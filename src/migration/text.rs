use std::borrow::Cow;

use super::error::{FileErrorKind, Problem};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text of a file: UTF-8 without its byte-order mark, and with LF for CR LF, so that the same file means
/// the same (in strings and function bodies, too) whatever an editor or git makes of its line endings.
///
/// The offset of a problem is that in the bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::at(0, FileErrorKind::Utf16));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        Problem::at(offset, FileErrorKind::NotUtf8 { offset })
    })?;
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(Problem::at(offset, FileErrorKind::NulByte));
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => Ok(Cow::Owned(text.replace("\r\n", "\n"))),
        None => Ok(Cow::Borrowed(text)),
    }
}
