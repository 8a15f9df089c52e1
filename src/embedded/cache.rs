//! Where a fetched PostgreSQL is kept: the user's folder for what can be fetched again.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::account::{self, Account};
use super::files::{create_dir, failed_to};

/// Root's. PostgreSQL's programs run as another user then, who cannot enter root's home.
const OF_ROOT: &str = if cfg!(target_os = "macos") { "/Library/Caches" } else { "/var/cache" };

/// The folder in a user's home, if `XDG_CACHE_HOME` names no other one.
const IN_HOME: &str = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };

/// Our own folder there; it need not exist. None: nobody says where the user's home is.
pub(super) fn folder(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The XDG Base Directory Specification has relative paths ignored.
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let named = absolute("XDG_CACHE_HOME");
    let parent = if account::is_root() {
        named.filter(|folder| is_in_reach(folder)).unwrap_or_else(|| PathBuf::from(OF_ROOT))
    } else {
        named.or_else(|| Some(absolute("HOME")?.join(IN_HOME)))?
    };
    Some(parent.join("pmdb"))
}

/// Whether the user that root runs PostgreSQL as can enter the part of a folder's path that exists.
fn is_in_reach(folder: &Path) -> bool {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
    Account::choose().and_then(|account| account.can_enter(there)).unwrap_or(false)
}

/// Creates the folder, if it is missing.
pub(super) fn create(folder: &Path) -> Result<(), EmbeddedError> {
    if let Some(parent) = folder.parent() {
        // As the specification wants it; root's has to be entered by another user.
        let mode = if account::is_root() { 0o755 } else { 0o700 };
        let created = DirBuilder::new().recursive(true).mode(mode).create(parent);
        created.map_err(failed_to("create", parent))?;
    }
    match create_dir(folder, 0o755) {
        Err(EmbeddedError::Io { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Option<PathBuf> {
        folder(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_cache_is_the_named_one_or_that_of_the_home_and_never_a_relative_one() {
        let own = |home: &str| (!account::is_root()).then(|| PathBuf::from(format!("{home}/{IN_HOME}/pmdb")));
        let roots = || account::is_root().then(|| Path::new(OF_ROOT).join("pmdb"));
        assert_eq!(found(&[("XDG_CACHE_HOME", "/tmp"), ("HOME", "/h")]), Some("/tmp/pmdb".into()));
        assert_eq!(found(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]), own("/h").or_else(roots));
        assert_eq!(found(&[("HOME", "h")]), roots());
        assert_eq!(found(&[]), roots());
    }
}
