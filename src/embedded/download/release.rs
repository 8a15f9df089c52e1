//! Which build is fetched, and how it is called.

use std::env::consts::{ARCH, OS};

/// PostgreSQL's version, followed by the number of the build.
pub(super) const VERSION: &str = "18.6.0";

/// A build of one version for one kind of machine, named as the project names its releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Release {
    target: String,
}

impl Release {
    /// The one for this machine, if there is one.
    pub(in super::super) fn for_this_machine() -> Option<Release> {
        let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
        let target = match (ARCH, OS) {
            ("x86_64" | "aarch64", "linux") => format!("{ARCH}-unknown-linux-{libc}"),
            ("x86_64" | "aarch64", "macos") => format!("{ARCH}-apple-darwin"),
            _ => return None,
        };
        Some(Release { target })
    }

    /// Its name, which is also that of the only folder in the archive.
    pub(in super::super) fn name(&self) -> String {
        format!("postgresql-{VERSION}-{}", self.target)
    }

    /// The archive, below the address of all releases.
    pub(super) fn archive(&self) -> String {
        format!("{VERSION}/{}.tar.gz", self.name())
    }

    /// PostgreSQL's own version: `18.6`.
    pub(super) fn version(&self) -> &'static str {
        VERSION.rsplit_once('.').map_or(VERSION, |(version, _)| version)
    }
}

#[cfg(all(test, target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_named_as_the_project_names_it() {
        let release = Release::for_this_machine().unwrap();
        assert_eq!(release.archive(), "18.6.0/postgresql-18.6.0-x86_64-unknown-linux-gnu.tar.gz");
        assert_eq!(release.version(), "18.6");
    }
}
