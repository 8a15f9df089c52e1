//! A project folder for one test.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Pmdb;
use super::filter::Filter;

/// A temporary folder with `migrations/` and `seeds/`, and an empty home directory beside it.
pub struct Project {
    _folder: TempDir,
    path: PathBuf,
    home: PathBuf,
}

impl Project {
    /// Creates the folders.
    pub fn new() -> Project {
        let everyone_enters = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(everyone_enters).tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (path, home) = (root.join("project"), root.join("home"));
        for folder in [path.join("migrations"), path.join("seeds"), home.clone()] {
            fs::create_dir_all(folder).unwrap();
        }
        Project { _folder: folder, path, home }
    }

    /// The project folder, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes a file into `migrations/`.
    pub fn migration(&self, file_name: &str, content: &str) {
        self.write(&format!("migrations/{file_name}"), content);
    }

    /// A text without what differs from run to run.
    pub fn filtered(&self, text: &str) -> String {
        Filter::new(&self.path).apply(text)
    }

    /// The command `pmdb` with these arguments, to be run in the project folder.
    pub fn pmdb(&self, args: &[&str]) -> Pmdb {
        Pmdb::new(&self.path, &self.home, args)
    }
}
