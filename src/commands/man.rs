//! `pmdb man DIR`: write the man pages into a folder.

use std::fs;
use std::path::Path;

use super::report::{ManReport, Report, shown};
use crate::cli::man_pages;
use crate::commands::error::Error;

pub(super) fn run(folder: &Path) -> Result<Report, Error> {
    let failed = |path: &Path, source| Error::File { path: path.to_owned(), doing: "written", source };
    let pages = man_pages().map_err(|source| failed(folder, source))?;
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let mut files = Vec::new();
    for page in pages {
        let path = folder.join(page.file_name);
        fs::write(&path, page.text).map_err(|source| failed(&path, source))?;
        files.push(shown(&path));
    }
    Ok(Report::Man(ManReport { files }))
}
