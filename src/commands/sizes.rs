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
    let kind = fs::metadata(path).map_err(|source| failed(path, "read", source))?;
    must_be_ordinary(&kind).map_err(|source| failed(path, "read", source))?;
    let text = fs::read_to_string(path).map_err(|source| failed(path, "read", source))?;
    impact::from_json(&text).map_err(|source| Error::Sizes { path: path.to_owned(), source })
}

/// Writes such a file, over an older one.
///
/// # Errors
/// When it cannot be written.
pub fn write_sizes(path: &Path, stats: &TargetStats) -> Result<(), Error> {
    if let Ok(kind) = fs::metadata(path) {
        must_be_ordinary(&kind).map_err(|source| failed(path, "written", source))?;
    }
    let text = impact::to_json(stats).map_err(|error| failed(path, "written", error.into()))?;
    fs::write(path, text).map_err(|source| failed(path, "written", source))
}

/// A pipe would be waited for, perhaps for ever.
fn must_be_ordinary(kind: &fs::Metadata) -> std::io::Result<()> {
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(()),
        (false, true) => Err(std::io::Error::other("it is a folder")),
        (false, false) => Err(std::io::Error::other("it is no ordinary file")),
    }
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

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_reads_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for failed in [write_sizes(&pipe, &TargetStats::default()), read_sizes(&pipe).map(drop)] {
            let error = failed.unwrap_err().to_string();
            assert!(error.ends_with("it is no ordinary file"), "{error}");
        }
    }
}
