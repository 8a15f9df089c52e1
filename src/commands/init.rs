//! `pmdb init`: write the bundled schema and seeds into this project.

use std::fs;
use std::path::Path;

use super::context::{Context, Source};
use super::report::{InitReport, Report, shown};
use crate::bundled;
use crate::commands::error::Error;

pub(super) fn run(context: &Context) -> Result<Report, Error> {
    let (Source::Folder(migrations), Source::Folder(seeds)) = (&context.migrations, &context.seeds) else {
        return Err(Error::Usage {
            message: "`pmdb init` writes the bundled files into folders; --bundled makes no sense with it"
                .to_owned(),
            hint: Some("leave out --bundled".to_owned()),
        });
    };
    for folder in [migrations, seeds] {
        refuse_unless_empty(folder)?;
    }
    let mut files = write(bundled::migrations(), migrations)?;
    files.extend(write(bundled::seeds(), seeds)?);
    Ok(Report::Init(InitReport { files }))
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

fn write<'a>(files: impl Iterator<Item = (&'a Path, &'a [u8])>, to: &Path) -> Result<Vec<String>, Error> {
    let failed = |path: &Path, source| Error::File { path: path.to_owned(), doing: "written", source };
    fs::create_dir_all(to).map_err(|source| failed(to, source))?;
    let mut written = Vec::new();
    for (name, content) in files {
        let path = to.join(name);
        fs::write(&path, content).map_err(|source| failed(&path, source))?;
        written.push(shown(&path));
    }
    Ok(written)
}
