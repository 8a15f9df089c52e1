//! stdout and stderr.

use std::io::{self, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use super::printable::honest;

/// What a colour begins with.
const ESCAPE: char = '\x1b';

/// Whether the answer may hold colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Shown,
    None,
}

pub(super) fn colours() -> Colours {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Colours::None,
        _ => Colours::Shown,
    }
}

/// A reader that went away, as `head` does, is no reason to fail.
pub(super) fn to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    // In one piece: a stream that takes the colours out as it goes writes each line by itself.
    let plain = match colours() {
        Colours::None if text.contains(ESCAPE) => Some(strip_str(text).to_string()),
        _ => None,
    };
    let text = plain.as_deref().unwrap_or(text);
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn to_stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(honest(text).as_bytes());
}
