//! The file with the target's sizes and traffic, of `pmdb plan --save-sizes` and `--sizes`.

use std::fs;
use std::path::Path;

use crate::commands::error::Error;
use crate::impact::{self, TargetStats};

/// Reads such a file.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn read_sizes(path: &Path) -> Result<TargetStats, Error> {
    // A pipe would be waited for, perhaps for ever.
    let kind = fs::metadata(path).map_err(|source| failed(path, "read", source))?;
    if !kind.is_file() {
        let what = if kind.is_dir() { "it is a folder" } else { "it is no ordinary file" };
        return Err(failed(path, "read", std::io::Error::other(what)));
    }
    let text = fs::read_to_string(path).map_err(|source| failed(path, "read", source))?;
    impact::from_json(&text).map_err(|source| Error::Sizes { path: path.to_owned(), source })
}

/// Writes such a file, over an older one.
///
/// # Errors
/// When it cannot be written.
pub fn write_sizes(path: &Path, stats: &TargetStats) -> Result<(), Error> {
    let text = impact::to_json(stats).map_err(|error| failed(path, "written", error.into()))?;
    fs::write(path, text).map_err(|source| failed(path, "written", source))
}

fn failed(path: &Path, doing: &'static str, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Diagnose;

    #[test]
    fn what_was_saved_is_read_and_a_broken_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sizes.json");
        let stats = TargetStats { server_version: "15.18".to_owned(), ..TargetStats::default() };
        write_sizes(&path, &stats).unwrap();
        assert_eq!(read_sizes(&path).unwrap(), stats);

        fs::write(&path, "{}").unwrap();
        let error = read_sizes(&path).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{} cannot be used: it was not", path.display())));
        assert_eq!(error.diagnosis().code, "sizes");
        assert!(error.diagnosis().hint.unwrap().contains("--save-sizes"));
        let missing = read_sizes(&folder.path().join("none")).unwrap_err();
        assert_eq!(missing.diagnosis().code, "file");
        let folder_error = read_sizes(folder.path()).unwrap_err().to_string();
        assert!(folder_error.ends_with("cannot be read: it is a folder"), "{folder_error}");
        assert_eq!(write_sizes(folder.path(), &stats).unwrap_err().diagnosis().code, "file");
    }
}
