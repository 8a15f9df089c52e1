//! The folder `.pmdb/`, which holds all that outlives a run.

use std::fs;
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::account::Account;
use super::files::{create_dir, failed_to};

/// Creates the home if it is missing, with a `.gitignore` that ignores all of it, and returns its
/// absolute path.
pub(super) fn open(home: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    if !home.is_dir() {
        create(home, account)?;
    }
    fs::canonicalize(home).map_err(failed_to("find", home))
}

fn create(home: &Path, account: &Account) -> Result<(), EmbeddedError> {
    if let Some(parent) = home.parent() {
        fs::create_dir_all(parent).map_err(failed_to("create", parent))?;
    }
    // Another user, the server's, has to enter it. What is inside guards itself.
    match create_dir(home, 0o755) {
        // A second pmdb was faster.
        Err(EmbeddedError::Io { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {
            return Ok(());
        }
        other => other?,
    }
    let ignore = home.join(".gitignore");
    fs::write(&ignore, "*\n").map_err(failed_to("write", &ignore))?;
    account.hand_over(home)?;
    account.hand_over(&ignore)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_home_ignores_itself() {
        let project = tempfile::tempdir().unwrap();
        let home = project.path().join("deep/.pmdb");
        let opened = open(&home, &Account::Own).unwrap();
        assert_eq!(opened, home.canonicalize().unwrap());
        assert_eq!(fs::read_to_string(home.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn an_existing_home_is_left_as_it_is() {
        let project = tempfile::tempdir().unwrap();
        open(project.path(), &Account::Own).unwrap();
        assert_eq!(fs::read_dir(project.path()).unwrap().count(), 0);
    }
}
