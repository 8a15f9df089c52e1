//! `pmdb new NAME`: write an empty migration with the next number.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::context::{Context, FileSource};
use super::report::{NewReport, Report, shown};
use crate::cli::{NewArgs, Numbering};
use crate::commands::error::Error;
use crate::migration::{next_timestamp, next_version, utc_timestamp, versions_in};

const TEMPLATE: &str = "-- migrate:up\n\n\n-- migrate:down\n\n";

pub(super) fn run(context: &Context, args: &NewArgs) -> Result<Report, Error> {
    let FileSource::Folder(dir) = &context.migrations else {
        return Err(Error::Usage {
            message: "the bundled migrations are part of the program: none can be added".to_owned(),
            hint: Some("`pmdb init` writes them into this project; then leave out --bundled".to_owned()),
        });
    };
    let name = file_name_of(&args.name)?;
    fs::create_dir_all(dir).map_err(|source| failed(dir, source))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (taken, now) = (versions_in(dir)?, utc_timestamp(now));
    let version = match args.numbering() {
        Numbering::OfTheFolder => next_version(&taken, &now),
        Numbering::Timestamp => next_timestamp(&taken, &now),
    };
    let path = dir.join(format!("{version}_{name}.sql"));
    write_new(&path, TEMPLATE.as_bytes())?;
    Ok(Report::New(NewReport { file: shown(&path), version }))
}

/// Never overwrites: another process may have just written the same file. On a full disk no half of it stays.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(|source| failed(path, source))?;
    file.write_all(content).map_err(|source| {
        let _ = fs::remove_file(path);
        failed(path, source)
    })
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: PathBuf::from(path), doing: "written", source }
}

/// `Add users, again` becomes `add_users_again`.
fn file_name_of(name: &str) -> Result<String, Error> {
    let words: Vec<String> = name
        .trim_end_matches(".sql")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return Err(Error::Usage {
            message: format!("{name:?} is no name for a migration"),
            hint: Some("say what it does, as in `pmdb new create_users`".to_owned()),
        });
    }
    Ok(words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_put_in_lower_case_with_underscores() {
        for (given, expected) in [
            ("create_users", "create_users"),
            ("Add users, again", "add_users_again"),
            ("../../etc/passwd", "etc_passwd"),
            ("größe.sql", "größe"),
        ] {
            assert!(matches!(file_name_of(given), Ok(name) if name == expected), "{given}");
        }
        assert!(file_name_of("---").is_err());
    }
}
