//! Small file jobs whose errors name the file.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::EmbeddedError;

/// Turns an I/O error into ours: `.map_err(failed_to("create", path))`.
pub(super) fn failed_to(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io { action, path, source }
}

/// Creates a folder that must not exist yet, with exactly this mode whatever the umask is.
pub(super) fn create_dir(path: &Path, mode: u32) -> Result<(), EmbeddedError> {
    DirBuilder::new().mode(mode).create(path).map_err(failed_to("create", path))?;
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed_to("set the mode of", path))
}

/// Writes a file that only its owner can read.
pub(super) fn write_private(path: &Path, content: &str) -> Result<(), EmbeddedError> {
    create_private(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .map_err(failed_to("write", path))
}

/// Opens an empty file that only its owner can read.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// The last lines of a log, indented; what cannot be read is empty.
pub(super) fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    let last = all.iter().skip(all.len().saturating_sub(lines));
    last.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// A path beside `path`, its name followed by `suffix`.
pub(super) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Random bytes, as hexadecimal digits.
pub(super) fn random_hex(bytes: usize) -> Result<String, EmbeddedError> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).map_err(|error| EmbeddedError::Random(error.into()))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&log, 2), "    two\n    three");
        assert_eq!(tail(&log, 20), "    one\n    two\n    three");
        assert_eq!(tail(&folder.path().join("none"), 20), "");
    }

    #[test]
    fn a_sibling_has_the_same_parent() {
        assert_eq!(sibling(Path::new("/a/data"), ".new"), Path::new("/a/data.new"));
    }

    #[test]
    fn random_digits_differ() {
        let one = random_hex(16).unwrap();
        assert_eq!(one.len(), 32);
        assert_ne!(one, random_hex(16).unwrap());
    }
}
