//! Reading a folder of migration files.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::long_data::Origin;
use super::reading::ReadError;
use super::set::{FolderError, MigrationSet};
use super::text::Pieces;
use super::{FileError, Migration, OtherTool, Version, file_name_parts};

/// This many small files take about a millisecond, some twenty times what it takes to start a thread.
const FILES_WORTH_A_THREAD: usize = 100;

/// Reads every `*.sql` file below a folder. Hidden files and folders are passed over, and so are files that do not
/// end in `.sql`; a file whose name holds no version, or ends in `.SQL`, is passed over with a warning, as a folder made
/// for dbmate may hold some.
///
/// # Errors
/// When the folder is not there, something in it cannot be read, two files share a version, files break the rules
/// of the format (then all of them are named), or there are SQL files and each would be passed over.
pub fn load_folder(dir: &Path) -> Result<MigrationSet, FolderError> {
    if !dir.is_dir() {
        return Err(FolderError::NoFolder { dir: absolute(dir), above: folder_above(dir) });
    }
    let (migrations, skipped): (Vec<PathBuf>, Vec<PathBuf>) =
        sql_files(dir)?.into_iter().partition(|path| is_named_like_a_migration(path));
    if migrations.is_empty() && !skipped.is_empty() {
        return Err(all_skipped(dir, &skipped, |index| std::fs::read(&skipped[index]).unwrap_or_default()));
    }
    let warnings = skipped.iter().map(|path| skipped_warning(path)).collect();
    let count = migrations.len();
    Ok(set_of(read_all(migrations), count)?.with_warnings(warnings))
}

/// Where a folder is, from the root; as it was named, where the system does not say.
pub fn absolute(dir: &Path) -> PathBuf {
    std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())
}

/// Nobody stands deeper in a project. Above the root of the file system is the root again.
const MOST_LEVELS: usize = 16;

/// The nearest folder with migrations that is called the same, above the current one: somebody may stand too deep in the
/// project.
pub fn folder_above(dir: &Path) -> Option<PathBuf> {
    let mut above = (1..=MOST_LEVELS).map(|level| PathBuf::from("../".repeat(level)).join(dir));
    above.find(|above| dir.is_relative() && has_migrations(above))
}

fn has_migrations(dir: &Path) -> bool {
    dir.is_dir() && sql_files(dir).is_ok_and(|files| files.iter().any(|file| is_named_like_a_migration(file)))
}

/// The versions that the files of a folder have, whatever stands in them; none when there is no folder.
///
/// # Errors
/// When something in it cannot be read.
pub fn versions_in(dir: &Path) -> Result<Vec<Version>, FolderError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    Ok(sql_files(dir)?.iter().filter_map(|path| version_of(path)).collect())
}

/// Reads migrations that were compiled into the program, by the rules of [`load_folder`]: each with its path in the
/// folder and its bytes, as [`include_bytes!`] and the crate `include_dir` give them. `shown` is put before the paths in
/// messages.
///
/// # Errors
/// As [`load_folder`], except reading, which cannot fail.
pub fn load_compiled<'a, P: AsRef<Path>>(
    files: impl IntoIterator<Item = (P, &'a [u8])>,
    shown: &Path,
) -> Result<MigrationSet, FolderError> {
    let is_ours = |path: &Path| is_visible_below(path) && is_sql_in_any_case(path);
    let visible = files.into_iter().filter(|(path, _)| is_ours(path.as_ref()));
    let mut files: Vec<(PathBuf, &[u8])> =
        visible.map(|(path, bytes)| (shown.join(path.as_ref()), bytes)).collect();
    files.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    let (migrations, skipped): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| is_named_like_a_migration(path));
    if migrations.is_empty() && !skipped.is_empty() {
        let paths: Vec<PathBuf> = skipped.iter().map(|(path, _)| path.clone()).collect();
        return Err(all_skipped(shown, &paths, |index| skipped[index].1.to_vec()));
    }
    let count = migrations.len();
    let parsed = migrations.into_iter().map(|(path, bytes)| Ok(Migration::parse(path, bytes)));
    let warnings = skipped.iter().map(|(path, _)| skipped_warning(path)).collect();
    Ok(set_of(parsed, count)?.with_warnings(warnings))
}

/// Whether neither the file nor a folder above it is hidden.
fn is_visible_below(path: &Path) -> bool {
    let is_hidden =
        |part| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b"."));
    !path.components().any(is_hidden)
}

/// A file that was read, and whether it keeps the rules.
type Parsed = Result<Migration, FileError>;

/// Reads and checks files on all processors, and returns them in order.
fn read_all(mut paths: Vec<PathBuf>) -> impl Iterator<Item = Result<Parsed, FolderError>> {
    let share = paths.len().div_ceil(threads(paths.len())).max(1);
    let mut shares = paths.chunks_mut(share);
    let own = shares.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(|| read_share(share))).collect();
        let mut shares = vec![read_share(own)];
        for other in others {
            shares.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        shares.into_iter().flatten()
    })
}

/// How many threads this many files are worth.
fn threads(files: usize) -> usize {
    let worth = files / FILES_WORTH_A_THREAD;
    if worth < 2 {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |processors| processors.get().min(worth))
}

/// All through one buffer, since a migration keeps the text of its file by itself.
fn read_share(paths: &mut [PathBuf]) -> Vec<Result<Parsed, FolderError>> {
    let mut buffer = Vec::new();
    paths.iter_mut().map(|path| read(std::mem::take(path), &mut buffer)).collect()
}

fn read(path: PathBuf, buffer: &mut Vec<u8>) -> Result<Parsed, FolderError> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(source) => return Err(FolderError::Unreadable { path, source }),
    };
    let mut pieces = Pieces::new(file, 0, std::mem::take(buffer));
    let read = Migration::read(path, &mut pieces, Origin::File);
    *buffer = pieces.into_buffer();
    match read {
        Ok(migration) => Ok(Ok(migration)),
        Err(ReadError::File(error)) => Ok(Err(error)),
        Err(ReadError::Unreadable(path, source)) => Err(FolderError::Unreadable { path, source }),
    }
}

fn set_of(
    files: impl Iterator<Item = Result<Parsed, FolderError>>,
    count: usize,
) -> Result<MigrationSet, FolderError> {
    let mut migrations: Vec<Migration> = Vec::with_capacity(count);
    let mut errors: Vec<FileError> = Vec::new();
    for file in files {
        match file? {
            Ok(migration) => migrations.push(migration),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(FolderError::Files(errors));
    }
    MigrationSet::new(migrations)
}

/// Links are followed: in a mounted ConfigMap every file is one. A link that leads nowhere is skipped unless it is
/// called like a migration: Emacs locks a file with a hidden one. So is a pipe, whose reader waits for ever.
fn sql_files(dir: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let mut files = Vec::new();
    for entry in WalkDir::new(dir).follow_links(true).into_iter().filter_entry(is_visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_sql_in_any_case(entry.path()) => {
                files.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) if is_broken_link(&error) && !error.path().is_some_and(is_visible_sql) => {}
            Err(error) => return Err(unreadable(dir, error)),
        }
    }
    // As bytes: to compare thousands of paths part by part takes a while.
    files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok(files)
}

fn is_broken_link(error: &walkdir::Error) -> bool {
    error.path().is_some_and(Path::is_symlink)
        && error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

fn is_visible_sql(path: &Path) -> bool {
    is_sql(path) && !is_hidden(path)
}

/// Whether the name of a file begins with a version and ends in `.sql`. Which version it is, is for the migration that is
/// made of it.
fn is_named_like_a_migration(path: &Path) -> bool {
    is_sql(path) && name(path).first().is_some_and(u8::is_ascii_digit)
}

fn version_of(path: &Path) -> Option<Version> {
    let (version, _) = file_name_parts(&path.file_name()?.to_string_lossy())?;
    Some(version)
}

fn is_visible(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !is_hidden(entry.path())
}

fn is_hidden(path: &Path) -> bool {
    name(path).starts_with(b".")
}

/// The last part of a path. `Path::file_name` takes the path apart, which takes ten times as long.
fn name(path: &Path) -> &[u8] {
    let path = path.as_os_str().as_encoded_bytes();
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}

fn is_sql(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b".sql")
}

/// Whether a name ends in `.sql` as people write it, `.SQL` for instance: such a file is skipped, but not silently.
fn is_sql_in_any_case(path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.len().checked_sub(4).is_some_and(|end| path[end..].eq_ignore_ascii_case(b".sql"))
}

fn skipped_warning(path: &Path) -> String {
    format!("{}: skipped, since its name {}", path.display(), what_is_wrong(path))
}

fn what_is_wrong(path: &Path) -> &'static str {
    if is_sql(path) {
        "does not begin with a version, as in 0001_create_users.sql"
    } else {
        "does not end in .sql, in lower case"
    }
}

/// Says whose the files look like: the first name that tells counts, else the first text that does.
fn all_skipped(dir: &Path, files: &[PathBuf], text: impl Fn(usize) -> Vec<u8>) -> FolderError {
    let by_name = || files.iter().find_map(|path| Some((path, OtherTool::by_name(path)?)));
    let by_comment = || {
        files.iter().enumerate().find_map(|(index, path)| {
            let (tool, _) = OtherTool::by_comment(&String::from_utf8_lossy(&text(index)))?;
            Some((path, tool))
        })
    };
    let reason = match (by_name().or_else(by_comment), files.first()) {
        (Some((path, tool)), _) => format!("{} looks like {}", path.display(), tool.whose()),
        (None, Some(path)) => format!("the name of {} {}", path.display(), what_is_wrong(path)),
        (None, None) => String::new(),
    };
    FolderError::AllSkipped { dir: dir.to_owned(), count: files.len(), reason }
}

fn unreadable(dir: &Path, error: walkdir::Error) -> FolderError {
    let path = error.path().unwrap_or(dir).to_owned();
    let message = error.to_string();
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other(message));
    FolderError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the folder below, as a program holds it.
    macro_rules! compiled {
        ($path:literal) => {
            ($path, &include_bytes!(concat!("../../tests/testdata/folder/", $path))[..])
        };
    }

    #[test]
    fn a_compiled_folder_is_read_by_the_rules_of_any_other() {
        let shown = Path::new("tests/testdata/folder");
        let files = [
            compiled!("later/0002_second.sql"),
            compiled!("notes.sql"),
            compiled!("0005_readme.txt"),
            compiled!("0006_loud.SQL"),
            compiled!(".0003_hidden.sql"),
            compiled!(".hidden/0004_deep.sql"),
            compiled!("./0001_first.sql"),
        ];
        let (compiled, read) = (load_compiled(files, shown).unwrap(), load_folder(shown).unwrap());
        let paths = |set: &MigrationSet| -> Vec<PathBuf> {
            set.migrations().iter().map(|migration| migration.path.clone()).collect()
        };
        assert_eq!(paths(&compiled), [shown.join("0001_first.sql"), shown.join("later/0002_second.sql")]);
        assert_eq!(paths(&compiled), paths(&read));
        assert_eq!(compiled.warnings(), read.warnings());
        let skipped =
            |name, reason| format!("tests/testdata/folder/{name}: skipped, since its name {reason}");
        let expected = [
            skipped("0006_loud.SQL", "does not end in .sql, in lower case"),
            skipped("notes.sql", "does not begin with a version, as in 0001_create_users.sql"),
        ];
        assert_eq!(compiled.warnings(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_an_error_only_where_a_migration_should_be() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("0001_a.sql"), "-- migrate:up\n").unwrap();
        for name in [".#0001_a.sql", "README"] {
            symlink("/nowhere", folder.path().join(name)).unwrap();
        }
        assert_eq!(load_folder(folder.path()).unwrap().migrations().len(), 1);
        symlink("/nowhere", folder.path().join("0002_b.sql")).unwrap();
        let error = load_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("0002_b.sql: No such file"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("0001_a.sql");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(load_folder(folder.path()).unwrap().migrations().len(), 0);
    }
}
