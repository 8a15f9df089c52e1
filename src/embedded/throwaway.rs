//! A server for one command: in a folder of its own below the temporary folder, gone when the command ends.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, access, statvfs};

use super::account::Account;
use super::files::random_hex;
use super::lock::{self, Lock};
use super::{Binaries, Durability, EmbeddedError, EmbeddedServer, Listen, ServerOptions, orphan};

/// So much has to be free in memory, in bytes: containers often have 64 MB there, which a cluster fills.
const ROOM: u64 = 1 << 30;

/// How the folders' names begin.
const PREFIX: &str = "pmdb-scratch-";

/// Starts such a server. Blocks the thread.
///
/// Where a pmdb was killed together with its watcher, its server and its folder are still there: they are taken away
/// first.
///
/// # Errors
/// As [`EmbeddedServer::start`].
pub fn start_throwaway(binaries: &Binaries) -> Result<EmbeddedServer, EmbeddedError> {
    let parent = parent()?;
    remove_stale(&parent, &Account::choose()?);
    let home = parent.join(format!("{PREFIX}{}", random_hex(8)?));
    let options = ServerOptions {
        home: home.clone(),
        durability: Durability::ThrowAway,
        listen: Listen::Socket,
        lock_wait: Duration::from_secs(5),
        program: None,
    };
    EmbeddedServer::start(binaries, &options, |_| {}).inspect_err(|_| remove(&home))
}

/// The temporary folder; memory instead of a disk where there is enough of it and nobody has said otherwise. A new
/// cluster is a thousand files.
fn parent() -> Result<PathBuf, EmbeddedError> {
    if let Some(path) = env::var_os("TMPDIR").filter(|path| !path.is_empty()).map(PathBuf::from) {
        let reason = match fs::metadata(&path) {
            Ok(found) if !found.is_dir() => "it is no folder".to_owned(),
            Ok(_) => match access(&path, Access::WRITE_OK | Access::EXEC_OK) {
                Ok(()) => return Ok(path),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        return Err(EmbeddedError::BadTmpDir { path, reason });
    }
    let memory = Path::new("/dev/shm");
    let is_roomy = || statvfs(memory).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM);
    let is_memory = access(memory, Access::WRITE_OK).is_ok() && is_roomy();
    Ok(if is_memory { memory.to_owned() } else { env::temp_dir() })
}

/// What cannot be removed is left to the next run: this one does not need it.
fn remove_stale(parent: &Path, account: &Account) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    // In a temporary folder anybody may put anything: what somebody else has made is not followed.
    let is_ours = |home: &PathBuf| {
        let named = home.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        named && fs::symlink_metadata(home).is_ok_and(|found| found.is_dir() && account.has_made(&found))
    };
    for home in entries.flatten().map(|entry| entry.path()).filter(is_ours) {
        remove_if_stale(&home);
    }
}

/// The process that has the lock writes its number into the lock's file: with a number there and the lock free, nobody
/// uses the folder any more. Without a number, somebody is just making the folder.
fn remove_if_stale(home: &Path) {
    if lock::holder(home).pid.is_none() {
        return;
    }
    let Ok(_lock) = Lock::take(home, &Account::Own, Duration::ZERO, |_| {}) else { return };
    if orphan::stop(home, &data_of(home)).is_ok() {
        remove(home);
    }
}

/// Nothing is lost when this fails: the next run tries again.
fn remove(home: &Path) {
    let _ = fs::remove_dir_all(data_of(home));
    let _ = fs::remove_dir_all(home);
}

/// The data may lie outside the home.
fn data_of(home: &Path) -> PathBuf {
    let data = home.join("data");
    fs::canonicalize(&data).unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_whose_user_is_gone_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let home = |name: &str| {
            let home = parent.path().join(format!("{PREFIX}{name}"));
            fs::create_dir(&home).unwrap();
            home
        };
        let (stale, used, new) = (home("stale"), home("used"), home("new"));
        drop(Lock::take(&stale, &Account::Own, Duration::ZERO, |_| {}).unwrap());
        let _held = Lock::take(&used, &Account::Own, Duration::ZERO, |_| {}).unwrap();
        remove_stale(parent.path(), &Account::Own);
        assert!(!stale.exists());
        assert!(used.exists() && new.exists());
    }

    #[test]
    fn a_link_and_what_another_user_has_made_are_not_followed() {
        use std::os::unix::fs::{lchown, symlink};
        let (parent, precious) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(precious.path().join("lock"), "1\n").unwrap();
        let link = parent.path().join(format!("{PREFIX}link"));
        symlink(precious.path(), &link).unwrap();
        let foreign = parent.path().join(format!("{PREFIX}foreign"));
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("lock"), "1\n").unwrap();
        symlink(precious.path(), foreign.join("data")).unwrap();
        let is_root = super::super::account::is_root();
        if is_root {
            lchown(&foreign, Some(54321), Some(54321)).unwrap();
        } else {
            fs::remove_dir_all(&foreign).unwrap();
        }
        remove_stale(parent.path(), &Account::Own);
        assert!(precious.path().join("lock").exists() && link.is_symlink());
        assert_eq!(foreign.exists(), is_root);
    }
}
