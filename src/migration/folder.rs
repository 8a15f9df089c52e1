//! Reading a folder of migration files.

use std::path::{Path, PathBuf};

use include_dir::Dir;
use walkdir::{DirEntry, WalkDir};

use super::set::{LoadError, MigrationSet};
use super::{FileError, Migration, Version, file_name_parts};

/// Reads every `*.sql` file below a folder. Hidden files and folders are passed over, and so are files that do not
/// end in `.sql`; a file whose name holds no version is passed over with a warning, as a folder made for dbmate may
/// hold some.
///
/// # Errors
/// When the folder is not there, something in it cannot be read, two files share a version, or files break the rules
/// of the format (then all of them are named).
pub fn load_folder(dir: &Path) -> Result<MigrationSet, LoadError> {
    if !dir.is_dir() {
        return Err(LoadError::NoFolder(dir.to_owned()));
    }
    let (numbered, misnamed): (Vec<PathBuf>, Vec<PathBuf>) =
        sql_files(dir)?.into_iter().partition(|path| version_of(path).is_some());
    let parsed = numbered.into_iter().map(|path| {
        let bytes =
            std::fs::read(&path).map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
        Ok((path, bytes))
    });
    Ok(parse_all(parsed)?.with_warnings(misnamed.iter().map(|path| misnamed_warning(path)).collect()))
}

/// The versions that the files of a folder have, whatever stands in them; none when there is no folder.
///
/// # Errors
/// When something in it cannot be read.
pub fn versions_in(dir: &Path) -> Result<Vec<Version>, LoadError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    Ok(sql_files(dir)?.iter().filter_map(|path| version_of(path)).collect())
}

/// Reads the migrations of a folder that was compiled into the program with [`include_dir::include_dir`]; `shown` is
/// put before the file names in messages.
///
/// # Errors
/// As [`load_folder`], but for reading, which cannot fail.
pub fn load_compiled(dir: &Dir<'_>, shown: &Path) -> Result<MigrationSet, LoadError> {
    let files = dir.files().filter(|file| is_sql(file.path()));
    parse_all(files.map(|file| Ok((shown.join(file.path()), file.contents().to_vec()))))
}

fn parse_all(
    files: impl Iterator<Item = Result<(PathBuf, Vec<u8>), LoadError>>,
) -> Result<MigrationSet, LoadError> {
    let mut migrations: Vec<Migration> = Vec::new();
    let mut errors: Vec<FileError> = Vec::new();
    for file in files {
        let (path, bytes) = file?;
        match Migration::parse(&path, bytes) {
            Ok(migration) => migrations.push(migration),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(LoadError::Files(errors));
    }
    MigrationSet::new(migrations)
}

/// Links are followed: in a mounted ConfigMap every file is one.
fn sql_files(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut files = Vec::new();
    for entry in WalkDir::new(dir).follow_links(true).sort_by_file_name().into_iter().filter_entry(is_visible)
    {
        let entry = entry.map_err(|error| unreadable(dir, error))?;
        if !entry.file_type().is_dir() && is_sql(entry.path()) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn version_of(path: &Path) -> Option<Version> {
    let (version, _) = file_name_parts(&path.file_name()?.to_string_lossy())?;
    Some(version)
}

fn is_visible(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}

fn misnamed_warning(path: &Path) -> String {
    format!(
        "{}: skipped, since its name does not begin with a version, as in 0001_create_users.sql",
        path.display()
    )
}

fn unreadable(dir: &Path, error: walkdir::Error) -> LoadError {
    let path = error.path().unwrap_or(dir).to_owned();
    let message = error.to_string();
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other(message));
    LoadError::Unreadable { path, source }
}
