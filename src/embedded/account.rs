//! Which user PostgreSQL's programs run as.

use std::env;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::EmbeddedError;
use super::files::failed_to;

/// The user that initdb and the server run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Account {
    /// pmdb's own user.
    Own,
    /// pmdb is root, and PostgreSQL refuses to run as root.
    Other(User),
}

/// A user for root to run PostgreSQL as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    uid: u32,
    gid: u32,
    name: String,
    role: AccountRole,
}

/// What the user has to do with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccountRole {
    /// Typed `sudo pmdb`: what root makes in the project should belong to this person.
    Sudo,
    /// Owns the server's data and nothing else.
    Service,
}

impl Account {
    /// For root the user behind `sudo`, else `postgres`, else `nobody`; for anyone else the own user.
    pub(super) fn choose() -> Result<Account, EmbeddedError> {
        if !is_root() {
            return Ok(Account::Own);
        }
        behind_sudo(|name| env::var(name).ok())
            .or_else(|| named("postgres"))
            .or_else(|| named("nobody"))
            .map(Account::Other)
            .ok_or(EmbeddedError::NoAccount)
    }

    /// The user for data that exists already: root runs it as its owner, since a server refuses data
    /// of another user.
    pub(super) fn for_data(self, data: &Metadata) -> Account {
        match self {
            Account::Other(user) if data.uid() != user.uid && data.uid() != 0 => {
                let name = format!("user {}", data.uid());
                Account::Other(User { uid: data.uid(), gid: data.gid(), name, role: AccountRole::Service })
            }
            account => account,
        }
    }

    /// The name for messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Account::Own => "the current user",
            Account::Other(user) => &user.name,
        }
    }

    /// A program to run as this user, with an environment that does not change what PostgreSQL does:
    /// no `PG*` variable reaches it, and its messages are English.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        // The user may not be able to enter pmdb's own working directory.
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        if let Account::Other(user) = self {
            // With a uid set, root's supplementary groups are dropped too.
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Whether pmdb, running for this account, has made a folder: its owner is pmdb's own user, or the person behind
    /// `sudo` to whom it was handed over.
    pub(super) fn has_made(&self, folder: &Metadata) -> bool {
        let own = folder.uid() == rustix::process::geteuid().as_raw();
        match self {
            Account::Other(user) if user.role == AccountRole::Sudo => own || folder.uid() == user.uid,
            _ => own,
        }
    }

    /// Makes the user the owner of a file of the server.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Account::Own => Ok(()),
            Account::Other(user) => {
                lchown(path, Some(user.uid), Some(user.gid)).map_err(failed_to("change the owner of", path))
            }
        }
    }

    /// Makes the person behind `sudo` the owner of a file in the project, so that pmdb works without
    /// `sudo` too. Such files stay root's when the server runs as a service user.
    pub(super) fn hand_over(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Account::Other(user) if user.role == AccountRole::Sudo => self.own(path),
            _ => Ok(()),
        }
    }

    /// Whether the user can enter the folder, found out by trying: no look at mode bits knows about
    /// access lists and mount options.
    pub(super) fn can_enter(&self, folder: &Path) -> Result<bool, EmbeddedError> {
        if *self == Account::Own {
            return Ok(true);
        }
        let shell = Path::new("/bin/sh");
        let status = self
            .command(shell)
            .args(["-c", r#"cd -- "$1""#, "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match status {
            Ok(status) => Ok(status.success()),
            Err(source) => Err(self.cannot_run(shell, source)),
        }
    }

    /// The error for a program that did not start.
    pub(super) fn cannot_run(&self, program: &Path, source: std::io::Error) -> EmbeddedError {
        EmbeddedError::Spawn { program: program.to_owned(), user: self.name().to_owned(), source }
    }
}

/// Whether pmdb runs as root.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The variables that sudo sets (sudo(8), "ENVIRONMENT").
fn behind_sudo(env: impl Fn(&str) -> Option<String>) -> Option<User> {
    let uid: u32 = env("SUDO_UID")?.parse().ok().filter(|uid| *uid != 0)?;
    let gid: u32 = env("SUDO_GID")?.parse().ok()?;
    let name = env("SUDO_USER").unwrap_or_else(|| format!("user {uid}"));
    Some(User { uid, gid, name, role: AccountRole::Sudo })
}

/// Looks a user up wherever the system keeps its users: in `/etc/passwd`, a directory service, systemd (nsswitch.conf(5)).
fn named(name: &str) -> Option<User> {
    let found = uzers::get_user_by_name(name).filter(|user| user.uid() != 0)?;
    Some(User {
        uid: found.uid(),
        gid: found.primary_group_id(),
        name: name.to_owned(),
        role: AccountRole::Service,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_behind_sudo_is_found() {
        let env = |name: &str| match name {
            "SUDO_UID" => Some("1000".to_owned()),
            "SUDO_GID" => Some("1001".to_owned()),
            "SUDO_USER" => Some("ada".to_owned()),
            _ => None,
        };
        let user = behind_sudo(env).unwrap();
        assert_eq!(
            (user.uid, user.gid, user.name.as_str(), user.role),
            (1000, 1001, "ada", AccountRole::Sudo)
        );
    }

    #[test]
    fn root_behind_sudo_is_nobody_to_run_as() {
        assert_eq!(behind_sudo(|_| Some("0".to_owned())), None);
        assert_eq!(behind_sudo(|_| Some("many".to_owned())), None);
        assert_eq!(behind_sudo(|_| None), None);
    }

    #[test]
    fn a_user_is_looked_up_by_name_and_root_is_none() {
        let nobody = named("nobody").unwrap();
        assert_eq!((nobody.name.as_str(), nobody.role), ("nobody", AccountRole::Service));
        assert_ne!((nobody.uid, nobody.gid), (0, 0));
        assert_eq!(named("root"), None);
        assert_eq!(named("no such user"), None);
        assert_eq!(named("a NUL\0byte"), None);
    }
}
