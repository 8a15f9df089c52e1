//! Noticing that files have changed: by their size and time, a few times a second. That works in every file system, a
//! container's included.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use walkdir::WalkDir;

use crate::commands::FileSource;

/// What tells one state of a file from another.
type Stamp = (u64, Option<SystemTime>);

/// Files that are looked at from time to time.
pub(super) struct FileChanges {
    folders: Vec<PathBuf>,
    /// As they were when they were last used.
    used: BTreeMap<PathBuf, Stamp>,
    /// As they were at the last look.
    seen: BTreeMap<PathBuf, Stamp>,
}

impl FileChanges {
    /// Looks at the files of these sources for the first time.
    pub(super) fn of(sources: [&FileSource; 2]) -> FileChanges {
        let folders = sources.into_iter().filter_map(|source| match source {
            FileSource::Folder(folder) => Some(folder.clone()),
            FileSource::Bundled(_) => None,
        });
        let folders: Vec<PathBuf> = folders.collect();
        let seen = stamps(&folders);
        FileChanges { folders, used: seen.clone(), seen }
    }

    /// Whether they differ from those that were used last. Not as long as somebody is still writing: two looks have to see
    /// the same.
    pub(super) fn are_there(&mut self) -> bool {
        let now = stamps(&self.folders);
        let is_quiet = now == self.seen;
        self.seen = now;
        if !is_quiet || self.seen == self.used {
            return false;
        }
        self.used.clone_from(&self.seen);
        true
    }
}

fn stamps(folders: &[PathBuf]) -> BTreeMap<PathBuf, Stamp> {
    let files = folders.iter().flat_map(|folder| WalkDir::new(folder).into_iter().flatten());
    let sql = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "sql"));
    let stamp = |file: walkdir::DirEntry| {
        // As the reader does, it follows links.
        let found = std::fs::metadata(file.path()).ok()?;
        Some((file.into_path(), (found.len(), found.modified().ok())))
    };
    sql.filter_map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_change_is_told_once_and_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let source = FileSource::Folder(folder.path().to_owned());
        let file = folder.path().join("0001_a.sql");
        fs::write(&file, "one").unwrap();
        let mut changes = FileChanges::of([&source, &source]);
        assert!(!changes.are_there());
        fs::write(&file, "three").unwrap();
        assert!(!changes.are_there(), "somebody may still be writing");
        assert!(changes.are_there());
        assert!(!changes.are_there());
        fs::remove_file(&file).unwrap();
        assert!(!changes.are_there());
        assert!(changes.are_there());
    }

    #[test]
    fn only_sql_files_count() {
        let folder = tempfile::tempdir().unwrap();
        let source = FileSource::Folder(folder.path().to_owned());
        let mut changes = FileChanges::of([&source, &source]);
        fs::write(folder.path().join(".0001_a.sql.swp"), "").unwrap();
        assert!(!changes.are_there());
        assert!(!changes.are_there());
    }
}
