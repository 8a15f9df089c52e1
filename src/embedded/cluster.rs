//! Making the database cluster with initdb, and seeing that an existing one fits the server.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::files::{create_dir, failed_to, random_hex, sibling, write_private};
use super::run_dir::RunDir;
use super::{Binaries, Durability, EmbeddedError};

/// The file in the data directory that keeps the password for connections over TCP.
const PASSWORD: &str = "pmdb_password";

/// What `initdb` leaves in a data directory: the major version that made it.
const VERSION: &str = "PG_VERSION";

/// A half-made cluster is called `data` followed by this and random digits.
const HALF_MADE: &str = ".new-";

/// Whether there was a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClusterOrigin {
    /// It was made just now.
    Created,
    /// It was there.
    Existing,
}

/// What is needed to make a cluster.
pub(super) struct Setup<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) account: &'a Account,
    pub(super) home: &'a Path,
    pub(super) run_dir: &'a RunDir,
    pub(super) durability: Durability,
}

impl Setup<'_> {
    /// Checks that `data` is a cluster of the right version, and makes it if it is missing.
    pub(super) fn prepare(&self, data: &Path) -> Result<ClusterOrigin, EmbeddedError> {
        let version = data.join(VERSION);
        match fs::read_to_string(&version) {
            Ok(found) => self.check_version(data, found.trim()),
            Err(error) if error.kind() == ErrorKind::NotFound => self.create(data),
            Err(error) => Err(failed_to("read", &version)(error)),
        }
    }

    fn check_version(&self, data_dir: &Path, found: &str) -> Result<ClusterOrigin, EmbeddedError> {
        if found == self.binaries.major() {
            return Ok(ClusterOrigin::Existing);
        }
        Err(EmbeddedError::WrongVersion {
            data: found.to_owned(),
            binaries: self.binaries.version.clone(),
            data_dir: data_dir.to_owned(),
            home: self.home.to_owned(),
        })
    }

    /// Makes the cluster under another name and renames it when it is whole, so that a killed initdb
    /// leaves nothing that looks like one. The name is a fresh one each time: an initdb whose pmdb was
    /// killed may still be writing to its own.
    fn create(&self, data: &Path) -> Result<ClusterOrigin, EmbeddedError> {
        let holds_files = fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some());
        if holds_files {
            return Err(EmbeddedError::NotAData { path: data.to_owned() });
        }
        remove_half_made(data)?;
        let new = sibling(data, &format!("{HALF_MADE}{}", random_hex(4)?));
        let password = random_hex(16)?;
        self.initdb(&new, &password)?;
        let password_file = new.join(PASSWORD);
        write_private(&password_file, &password)?;
        self.account.own(&password_file)?;
        fs::rename(&new, data).map_err(failed_to("create", data))?;
        if let Some(parent) = data.parent() {
            File::open(parent).and_then(|folder| folder.sync_all()).map_err(failed_to("flush", parent))?;
        }
        Ok(ClusterOrigin::Created)
    }

    /// Runs initdb, with `C.UTF-8` where the machine knows it: it sorts like `C`, as the same on every
    /// machine, and knows which characters are letters.
    fn initdb(&self, data: &Path, password: &str) -> Result<(), EmbeddedError> {
        let password_file = self.run_dir.path().join("initdb-password");
        write_private(&password_file, password)?;
        self.account.own(&password_file)?;
        let mut result = Ok(());
        for locale in ["C.UTF-8", "C"] {
            create_dir(data, 0o700)?;
            self.account.own(data)?;
            result = self.initdb_with(locale, data, &password_file);
            if result.is_ok() {
                break;
            }
            fs::remove_dir_all(data).map_err(failed_to("remove", data))?;
        }
        fs::remove_file(&password_file).map_err(failed_to("remove", &password_file))?;
        result
    }

    /// The rules for connections: the socket's folder guards the socket, but a loopback port is open to
    /// every user of the machine (PostgreSQL manual, "Preventing Server Spoofing" and "Trust
    /// Authentication"), so that TCP wants a password.
    fn initdb_with(&self, locale: &str, data: &Path, password: &Path) -> Result<(), EmbeddedError> {
        let program = self.binaries.bin_dir.join("initdb");
        let mut command = self.account.command(&program);
        command.arg("-D").arg(data).arg("--pwfile").arg(password);
        command.args(["-U", "postgres", "-E", "UTF8", "--locale", locale]);
        command.args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
        if self.durability == Durability::ThrowAway {
            command.arg("--no-sync");
        }
        let output = command.output().map_err(|error| self.account.cannot_run(&program, error))?;
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stdout, output.stderr].concat();
        Err(EmbeddedError::InitFailed {
            user: self.account.name().to_owned(),
            output: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}

/// Reads the password for connections over TCP.
pub(super) fn password(data: &Path) -> Result<String, EmbeddedError> {
    let path = data.join(PASSWORD);
    let text = fs::read_to_string(&path).map_err(failed_to("read", &path))?;
    Ok(text.trim().to_owned())
}

/// Removes what killed runs left behind. The caller holds the lock, so no other process is making one.
fn remove_half_made(data: &Path) -> Result<(), EmbeddedError> {
    for path in half_made(data) {
        fs::remove_dir_all(&path).map_err(failed_to("remove", &path))?;
    }
    Ok(())
}

fn half_made(data: &Path) -> Vec<PathBuf> {
    let start = sibling(data, HALF_MADE);
    let start = start.as_os_str().as_encoded_bytes();
    let entries = data.parent().and_then(|parent| fs::read_dir(parent).ok());
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    paths.filter(|path| path.as_os_str().as_encoded_bytes().starts_with(start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_half_made_clusters_of_the_same_name_are_found() {
        let home = tempfile::tempdir().unwrap();
        for name in ["data", "data.new-1a", "data2.new-1a", "data.newer", "server.log"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        assert_eq!(half_made(&home.path().join("data")), [home.path().join("data.new-1a")]);
    }
}
