//! `pmdb init`: write the bundled schema and seeds into this project.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::{Context, FileSource};
use super::new::write_new;
use super::report::{InitReport, Report, shown};
use crate::bundled;
use crate::commands::error::Error;

pub(super) fn run(context: &Context) -> Result<Report, Error> {
    let (FileSource::Folder(migrations), FileSource::Folder(seeds)) = (&context.migrations, &context.seeds)
    else {
        return Err(Error::Usage {
            message: "`pmdb init` writes the bundled files into folders; --bundled makes no sense with it"
                .to_owned(),
            hint: Some("leave out --bundled".to_owned()),
        });
    };
    for folder in [migrations, seeds] {
        refuse_unless_empty(folder)?;
    }
    let files = in_folder(bundled::migrations(), migrations).chain(in_folder(bundled::seeds(), seeds));
    Ok(Report::Init(InitReport { files: write(files)? }))
}

fn refuse_unless_empty(folder: &Path) -> Result<(), Error> {
    match fs::read_dir(folder) {
        Ok(entries) => match entries.count() {
            0 => Ok(()),
            _ => Err(Error::NotEmpty(folder.to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::File { path: folder.to_owned(), doing: "read", source }),
    }
}

fn in_folder<'a>(
    files: impl Iterator<Item = (&'a Path, &'a [u8])>,
    folder: &Path,
) -> impl Iterator<Item = (PathBuf, &'a [u8])> {
    files.map(|(name, content)| (folder.join(name), content))
}

/// Writes all of them or none: the next `pmdb init` wants the folders empty.
fn write<'a>(files: impl Iterator<Item = (PathBuf, &'a [u8])>) -> Result<Vec<String>, Error> {
    let mut written = Vec::new();
    for (path, content) in files {
        if let Err(error) = make_folder_of(&path).and_then(|()| write_new(&path, content)) {
            written.iter().for_each(|path| drop(fs::remove_file(path)));
            return Err(error);
        }
        written.push(path);
    }
    Ok(written.iter().map(|path| shown(path)).collect())
}

fn make_folder_of(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|source| Error::File {
        path: folder.to_owned(),
        doing: "written",
        source,
    })
}
