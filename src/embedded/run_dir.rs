//! The short-lived folder for the socket.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::account::Account;
use super::files::{create_dir, random_hex};

/// The longest path of a socket in bytes: `sun_path` without its final zero (unix(7)).
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// What PostgreSQL calls the socket, with the longest port number.
const SOCKET: &str = ".s.PGSQL.65535";

/// How the folders' names begin.
const PREFIX: &str = "pmdb-";

/// A folder that only the server's user can enter, removed when it is dropped.
#[derive(Debug)]
pub(super) struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// Creates a folder of a fresh name below the first of these that will do: the home, if it is `within` one that is
    /// thrown away as a whole; the temporary folder; `/tmp`. A path may be too long, or out of the account's reach.
    pub(super) fn create(account: &Account, within: Option<&Path>) -> Result<RunDir, EmbeddedError> {
        let name = format!("{PREFIX}{}", random_hex(4)?);
        let usual = [env::temp_dir(), PathBuf::from("/tmp")];
        let parents: Vec<PathBuf> = within.map(Path::to_owned).into_iter().chain(usual).collect();
        for parent in &parents {
            let path = parent.join(&name);
            if !fits(&path) || !account.can_enter(parent)? {
                continue;
            }
            create_dir(&path, 0o700)?;
            let created = RunDir { path };
            account.own(&created.path)?;
            return Ok(created);
        }
        let tried: Vec<String> = parents.iter().map(|parent| parent.display().to_string()).collect();
        let tried = tried.join(", ");
        Err(EmbeddedError::NoSocketDir { tried, user: account.name().to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it to somebody else to remove.
    pub(super) fn keep(&mut self) {
        self.path = PathBuf::new();
    }
}

/// Whether pmdb has made this folder, by its name.
pub(super) fn is_one(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
}

impl Drop for RunDir {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        // Nothing is lost when this fails: the folder is empty by now, and its name is not used again.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a socket can lie in the folder. PostgreSQL reads a comma as the end of a folder's name.
fn fits(folder: &Path) -> bool {
    let socket = folder.join(SOCKET);
    let bytes = socket.as_os_str().as_encoded_bytes();
    socket.is_absolute() && bytes.len() <= LONGEST && !bytes.contains(&b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_that_is_too_long_does_not_fit() {
        let folder = |length: usize| PathBuf::from(format!("/{}", "x".repeat(length - 1)));
        let longest = LONGEST - SOCKET.len() - 1;
        assert!(fits(&folder(longest)));
        assert!(!fits(&folder(longest + 1)));
        assert!(!fits(Path::new("relative")));
        assert!(!fits(Path::new("/a,b")));
    }

    #[test]
    fn the_folder_lies_in_a_home_that_is_thrown_away_unless_the_path_is_too_long() {
        let home = tempfile::tempdir().unwrap();
        let within = RunDir::create(&Account::Own, Some(home.path())).unwrap();
        assert_eq!(within.path().parent(), Some(home.path()));
        let deep = home.path().join("x".repeat(LONGEST));
        let elsewhere = RunDir::create(&Account::Own, Some(&deep)).unwrap();
        assert!(!elsewhere.path().starts_with(&deep));
    }

    #[test]
    fn the_folder_is_private_and_goes_with_the_value() {
        use std::os::unix::fs::PermissionsExt;
        let created = RunDir::create(&Account::Own, None).unwrap();
        let path = created.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(created);
        assert!(!path.exists());
    }
}
