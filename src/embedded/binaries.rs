//! Finding PostgreSQL's server programs on this machine, or fetching them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(feature = "download")]
use super::download::{Download, Release};
use super::os_release::install_command;
use super::{DownloadEvent, EmbeddedError};

/// Where packages put the programs of each version; `*` stands for the version.
const WELL_KNOWN: [&str; 9] = [
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                   // PostgreSQL's own packages for Red Hat
    "/usr/libexec/postgresql*",                           // Alpine
    "/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
    "/Library/PostgreSQL/*/bin",                          // EDB's installer for macOS
    "/opt/PostgreSQL/*/bin",                              // EDB's installer for Linux
];

/// A folder with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder, without symbolic links.
    pub bin_dir: PathBuf,
    /// The version, such as `15.18`.
    pub version: String,
}

impl Binaries {
    /// Looks for the programs in this order: `PMDB_PG_BIN`, `PATH`, what `pg_config --bindir` says,
    /// where packages put them, the newest version first, and what an earlier
    /// [`find_or_download`](Self::find_or_download) has fetched. `env` reads the environment.
    ///
    /// # Errors
    /// [`EmbeddedError::BadPgBin`] when `PMDB_PG_BIN` is set to a folder without them, and
    /// [`EmbeddedError::NotFound`] when they are nowhere.
    pub fn find(env: impl Fn(&str) -> Option<OsString>) -> Result<Binaries, EmbeddedError> {
        Self::search(&env, &WELL_KNOWN)
    }

    /// As [`find`](Self::find), and fetches the programs where they are nowhere, unless `PMDB_DOWNLOAD` is `never`: a
    /// portable build of PostgreSQL from GitHub, or from where `PMDB_PG_MIRROR` says. Blocks the thread.
    ///
    /// # Errors
    /// As [`find`](Self::find); [`EmbeddedError::NotFound`] tells why they were not fetched, too.
    pub fn find_or_download(
        env: impl Fn(&str) -> Option<OsString>,
        mut on_event: impl FnMut(DownloadEvent),
    ) -> Result<Binaries, EmbeddedError> {
        Self::search_or_download(&env, &WELL_KNOWN, &mut on_event)
    }

    #[cfg(feature = "download")]
    pub(super) fn search_or_download(
        env: &impl Fn(&str) -> Option<OsString>,
        places: &[&str],
        on_event: &mut dyn FnMut(DownloadEvent),
    ) -> Result<Binaries, EmbeddedError> {
        match Self::search(env, places) {
            Err(EmbeddedError::NotFound { tried, install, .. }) => {
                Download::allowed(env).and_then(|download| download.run(on_event)).map_err(|error| {
                    EmbeddedError::NotFound { tried, install, not_fetched: Some(error.to_string()) }
                })
            }
            result => result,
        }
    }

    #[cfg(not(feature = "download"))]
    fn search_or_download(
        env: &impl Fn(&str) -> Option<OsString>,
        places: &[&str],
        _: &mut dyn FnMut(DownloadEvent),
    ) -> Result<Binaries, EmbeddedError> {
        Self::search(env, places)
    }

    /// The major version: `15`.
    pub fn major(&self) -> &str {
        self.version.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default()
    }

    fn search(env: &impl Fn(&str) -> Option<OsString>, places: &[&str]) -> Result<Binaries, EmbeddedError> {
        if let Some(named) = env("PMDB_PG_BIN").filter(|value| !value.is_empty()) {
            let path = PathBuf::from(named);
            return inspect(&path).map_err(|reason| EmbeddedError::BadPgBin { path, reason });
        }
        let path = env("PATH").unwrap_or_default();
        let candidates = holding("postgres", &path)
            .chain(pg_config_bindir(&path))
            .chain(newest_first(places))
            .chain(std::iter::once_with(|| fetched(env)).flatten().filter(|folder| folder.is_dir()));
        let mut tried = vec!["PATH".to_owned(), "pg_config --bindir".to_owned()];
        tried.extend(places.iter().map(|place| (*place).to_owned()));
        for folder in candidates {
            match inspect(&folder) {
                Ok(binaries) => return Ok(binaries),
                Err(reason) => tried.push(format!("{}: {reason}", folder.display())),
            }
        }
        Err(EmbeddedError::NotFound { tried, install: install_command(), not_fetched: None })
    }
}

/// The folders on the `PATH` that hold a program.
fn holding<'a>(program: &'a str, path: &'a OsStr) -> impl Iterator<Item = PathBuf> + 'a {
    std::env::split_paths(path).filter(move |folder| folder.is_absolute() && folder.join(program).is_file())
}

/// What the first `pg_config` on the `PATH` says.
fn pg_config_bindir(path: &OsStr) -> Option<PathBuf> {
    let program = holding("pg_config", path).next()?.join("pg_config");
    let output = Command::new(program).arg("--bindir").output().ok()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    folder.is_absolute().then_some(folder)
}

/// Where a fetched PostgreSQL lies, once it is there.
#[cfg(feature = "download")]
fn fetched(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(super::cache::folder(env)?.join(Release::for_this_machine()?.name()).join("bin"))
}

#[cfg(not(feature = "download"))]
fn fetched(_: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    None
}

/// The folders that fit these patterns, by version: 18 before 9.
fn newest_first(places: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<(Vec<u32>, PathBuf)> = places.iter().flat_map(|place| fitting(place)).collect();
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The folders that fit one pattern, each with the version that its name holds.
fn fitting(place: &str) -> Vec<(Vec<u32>, PathBuf)> {
    let Some((before, after)) = place.split_once('*') else { return Vec::new() };
    let Some((parent, prefix)) = before.rsplit_once('/') else { return Vec::new() };
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let versioned = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let version = numbers(name.to_str()?.strip_prefix(prefix)?)?;
        let folder = entry.path().join(after.trim_start_matches('/'));
        folder.is_dir().then_some((version, folder))
    };
    entries.filter_map(Result::ok).filter_map(versioned).collect()
}

/// `9.6` as `[9, 6]`; none for anything but numbers and dots.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// Looks whether the folder holds both programs and whether they run. The `postgres` in it may be a link,
/// with `initdb` only beside what it points to.
pub(super) fn inspect(folder: &Path) -> Result<Binaries, String> {
    let postgres = fs::canonicalize(folder.join("postgres")).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no postgres in {}", folder.display()),
        _ => format!("{} cannot be used: {error}", folder.join("postgres").display()),
    })?;
    let bin_dir = postgres.parent().unwrap_or(folder).to_owned();
    if !bin_dir.join("initdb").is_file() {
        return Err(format!("there is no initdb beside {}", postgres.display()));
    }
    let version = ask_version(&postgres)?;
    Ok(Binaries { bin_dir, version })
}

/// Reads the version from a line such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn ask_version(postgres: &Path) -> Result<String, String> {
    let output = Command::new(postgres)
        .arg("--version")
        .output()
        .map_err(|error| format!("{} does not run: {error}", postgres.display()))?;
    let line = String::from_utf8_lossy(&output.stdout);
    match line.split_whitespace().nth(2) {
        Some(version) if output.status.success() => Ok(version.to_owned()),
        _ => Err(format!(
            "{} does not tell its version: {}",
            postgres.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with programs that know their version and nothing else.
    fn install(root: &Path, folder: &str, version: &str) -> PathBuf {
        let bin = root.join(folder);
        fs::create_dir_all(&bin).unwrap();
        script(&bin.join("postgres"), &format!("echo 'postgres (PostgreSQL) {version} (Test)'"));
        script(&bin.join("initdb"), "");
        bin
    }

    /// Written by another process: a program that this one has open for writing, or a child that it is about
    /// to start, cannot be run ("Text file busy").
    fn script(path: &Path, body: &str) {
        let write = r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#;
        let status = Command::new("sh").args(["-c", write, "sh"]).arg(path).arg(body).status().unwrap();
        assert!(status.success());
    }

    /// The user that root runs PostgreSQL as can enter it.
    fn root() -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let everyone_enters = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(everyone_enters).tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        (folder, path)
    }

    fn env<'a>(pairs: &'a [(&str, &Path)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_os_str().to_owned())
    }

    #[test]
    fn the_named_folder_comes_before_the_path() {
        let (_keep, root) = root();
        let named = install(&root, "named", "16.4");
        let on_path = install(&root, "on_path", "17.1");
        let found = Binaries::search(&env(&[("PMDB_PG_BIN", &named), ("PATH", &on_path)]), &[]).unwrap();
        assert_eq!(found, Binaries { bin_dir: named, version: "16.4".to_owned() });
        assert_eq!(found.major(), "16");
        let found = Binaries::search(&env(&[("PATH", &on_path)]), &[]).unwrap();
        assert_eq!(found.version, "17.1");
    }

    #[test]
    fn a_named_folder_without_programs_is_an_error_even_when_others_have_them() {
        let (_keep, root) = root();
        let nowhere = root.join("nowhere");
        let on_path = install(&root, "on_path", "17.1");
        let error =
            Binaries::search(&env(&[("PMDB_PG_BIN", &nowhere), ("PATH", &on_path)]), &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "PMDB_PG_BIN is {0}, but there is no postgres in {0}\n  \
                 set it to the folder that holds postgres and initdb, or unset it to let pmdb search",
                nowhere.display()
            )
        );
    }

    #[test]
    fn pg_config_comes_after_the_path_and_before_the_well_known_places() {
        let (_keep, root) = root();
        let configured = install(&root, "configured", "14.2");
        install(&root, "lib/18/bin", "18.0");
        let tools = root.join("tools");
        fs::create_dir(&tools).unwrap();
        script(&tools.join("pg_config"), &format!("echo {}", configured.display()));
        let places = format!("{}/lib/*/bin", root.display());
        let found = Binaries::search(&env(&[("PATH", &tools)]), &[&places]).unwrap();
        assert_eq!(found.bin_dir, configured);
    }

    #[test]
    fn the_newest_well_known_version_is_taken_by_number() {
        let (_keep, root) = root();
        install(&root, "lib/9.6/bin", "9.6.24");
        let newest = install(&root, "lib/18/bin", "18.0");
        install(&root, "other/pgsql-17/bin", "17.1");
        install(&root, "lib/common/bin", "99.0");
        let places =
            [format!("{}/lib/*/bin", root.display()), format!("{}/other/pgsql-*/bin", root.display())];
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let found = Binaries::search(&env(&[]), &places).unwrap();
        assert_eq!(found.bin_dir, newest);
    }

    #[test]
    fn a_link_on_the_path_leads_to_the_real_folder() {
        let (_keep, root) = root();
        let real = install(&root, "real", "15.18");
        let links = root.join("links");
        fs::create_dir(&links).unwrap();
        symlink(real.join("postgres"), links.join("postgres")).unwrap();
        let found = Binaries::search(&env(&[("PATH", &links)]), &[]).unwrap();
        assert_eq!(found.bin_dir, real);
    }

    #[test]
    fn what_does_not_work_is_passed_over_and_named_in_the_end() {
        let (_keep, root) = root();
        let lonely = install(&root, "lonely", "15.18");
        fs::remove_file(lonely.join("initdb")).unwrap();
        let broken = install(&root, "lib/18/bin", "18.0");
        script(&broken.join("postgres"), "echo wrong libraries >&2; exit 127");
        let places = format!("{}/lib/*/bin", root.display());
        let nothing_fetched = root.join("cache");
        let env_of = [("PATH", lonely.as_path()), ("XDG_CACHE_HOME", nothing_fetched.as_path())];
        let error = Binaries::search(&env(&env_of), &[&places]).unwrap_err();
        let EmbeddedError::NotFound { tried, .. } = &error else { panic!("{error}") };
        assert_eq!(
            tried,
            &[
                "PATH".to_owned(),
                "pg_config --bindir".to_owned(),
                places.clone(),
                format!("{0}: there is no initdb beside {0}/postgres", lonely.display()),
                format!("{0}: {0}/postgres does not tell its version: wrong libraries", broken.display()),
            ]
        );
        assert!(error.to_string().contains("\n  install it: "), "{error}");
        fs::remove_file(broken.join("postgres")).unwrap();
        install(&root, "lib/17/bin", "17.2");
        assert_eq!(Binaries::search(&env(&[]), &[&places]).unwrap().version, "17.2");
    }
}
