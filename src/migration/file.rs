use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{FileError, FileErrorKind, Problem};
use super::invisible::code_and_name;
use super::layout::{Section, Warning};
use super::long_data::Origin;
use super::other_tool::OtherTool;
use super::reading::{ReadError, read_text};
use super::source::Source;
use super::text::Pieces;
use super::{Checksum, Direction, Half, Version};

/// A migration file, read and checked.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The number that the file name begins with.
    pub version: Version,
    /// The rest of the file name: `create_tasks` of `0005_create_tasks.sql`. May be empty.
    pub name: String,
    /// The file, as it is shown to people.
    pub path: PathBuf,
    /// The half `-- migrate:up`.
    pub up: Half,
    /// The half `-- migrate:down`, if there is one.
    pub down: Option<Half>,
    /// The checksum of the up half.
    pub checksum: Checksum,
    /// What is allowed, but probably not meant.
    pub warnings: Vec<Warning>,
}

impl Migration {
    /// Reads a file's content. The path is only looked at for its name.
    ///
    /// # Errors
    /// The first rule for migration files that it breaks. Lines are those of the file; columns, too.
    pub fn parse(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Migration, FileError> {
        let path = path.into();
        let mut pieces = Pieces::new(bytes, 0, Vec::new());
        match Migration::read(path.clone(), &mut pieces, Origin::Memory) {
            Ok(migration) => Ok(migration),
            Err(ReadError::File(error)) => Err(error),
            // Memory can be read.
            Err(ReadError::Unreadable(..)) => Err(FileError::new(
                &path,
                &[],
                Problem::with_the_file(FileErrorKind::MissingMarker(Direction::Up)),
            )),
        }
    }

    /// Reads a file in pieces. What is held of it is its SQL, and data of COPY that are short.
    pub(crate) fn read<R: Read>(
        path: PathBuf,
        pieces: &mut Pieces<R>,
        origin: Origin,
    ) -> Result<Migration, ReadError> {
        let (version, name) = parts_of(&path)
            .map_err(|kind| ReadError::File(FileError::new(&path, &[], Problem::with_the_file(kind))))?;
        let (layout, source) = read_text(&path, pieces, origin)?;
        let (up, down) = up_and_down(&source, &layout.sections)
            .map_err(|problem| of_another_tool(&path, &source.text, problem))
            .map_err(|problem| ReadError::File(FileError::in_source(&path, &source, problem)))?;

        let source = Arc::new(source);
        let checksum = up.digest.checksum();
        let up = Half::new(&source, up);
        Ok(Migration {
            version,
            name,
            path,
            checksum,
            up,
            down: down.map(|section| Half::new(&source, section)),
            warnings: layout.warnings,
        })
    }

    /// A migration of which the history keeps this text of the up half, its marker line first. It has no down half.
    ///
    /// # Errors
    /// Those of [`Half::from_stored`].
    pub fn from_history(version: &Version, name: &str, sql: &str) -> Result<Migration, FileError> {
        let up = Half::from_stored(sql, Direction::Up)?;
        Ok(Migration {
            version: version.clone(),
            name: name.to_owned(),
            path: stored_path(version),
            checksum: Checksum::of(up.body()),
            up,
            down: None,
            warnings: Vec::new(),
        })
    }

    /// Whether it can be undone: it has a down half, and that holds a statement.
    pub fn is_reversible(&self) -> bool {
        self.down.as_ref().is_some_and(|down| down.statement_count() > 0)
    }
}

/// A file without a marker may be another tool's, and then the error should say so.
fn of_another_tool(path: &Path, text: &str, problem: Problem) -> Problem {
    if problem.kind != FileErrorKind::MissingMarker(Direction::Up) {
        return problem;
    }
    if let Some((tool, at)) = OtherTool::by_comment(text) {
        return Problem::at(at, FileErrorKind::OtherTool(tool));
    }
    match OtherTool::by_name(path) {
        Some(tool) => Problem::with_the_file(FileErrorKind::OtherTool(tool)),
        None => near_marker(text).unwrap_or(problem),
    }
}

/// A line that a person takes for the marker: with a character before its word that looks like a blank or a hyphen.
fn near_marker(text: &str) -> Option<Problem> {
    let word = text.find("migrate:up")?;
    let start = text.get(..word)?.rfind('\n').map_or(0, |end| end + 1);
    let (at, c) = text.get(start..word)?.char_indices().find(|(_, c)| !c.is_ascii())?;
    Some(Problem::at(start + at, FileErrorKind::NearMarker { character: code_and_name(c) }))
}

fn parts_of(path: &Path) -> Result<(Version, String), FileErrorKind> {
    let file_name = path.file_name().unwrap_or_default().to_str().ok_or(FileErrorKind::NameNotUtf8)?;
    file_name_parts(file_name).ok_or(FileErrorKind::NoVersion)
}

/// The version and the name of a migration file's name. `None` when it does not begin with a digit or does not
/// end in `.sql`.
///
/// As with dbmate, any text may follow the digits, or none. One `_` or `-` right after them belongs to neither.
pub fn file_name_parts(file_name: &str) -> Option<(Version, String)> {
    let stem = file_name.strip_suffix(".sql")?;
    let digits_end = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    let (digits, rest) = stem.split_at(digits_end);
    let name = rest.strip_prefix(['_', '-']).unwrap_or(rest);
    Some((digits.parse().ok()?, name.to_owned()))
}

/// The up section, and the down section if there is one.
fn up_and_down<'a>(
    source: &Source,
    sections: &'a [Section],
) -> Result<(&'a Section, Option<&'a Section>), Problem> {
    let of = |direction| sections.iter().filter(move |section| section.marker.direction == direction);
    for direction in [Direction::Up, Direction::Down] {
        if let (Some(first), Some(second)) = (of(direction).next(), of(direction).nth(1)) {
            let first = source.locate(first.start);
            return Err(Problem::at(second.start, FileErrorKind::RepeatedMarker { direction, first }));
        }
    }
    let up = of(Direction::Up)
        .next()
        .ok_or_else(|| Problem::at(0, FileErrorKind::MissingMarker(Direction::Up)))?;
    match of(Direction::Down).next() {
        Some(down) if down.start < up.start => Err(Problem::at(down.start, FileErrorKind::DownBeforeUp)),
        down => Ok((up, down)),
    }
}
/// What stands for the path of a half that comes from the history.
pub fn stored_path(version: &Version) -> PathBuf {
    PathBuf::from(format!("<history of {version}>"))
}
