//! Fetching PostgreSQL, where a private server is asked for and the machine has none.
//!
//! What is fetched is the portable build of the theseus-rs project: an archive, and its SHA-256 sum beside it. It is
//! unpacked as a whole or not at all into a cache folder, where the next pmdb finds it.

mod error;
mod http;
mod mirror;
mod release;
#[cfg(test)]
mod tests;
mod unpack;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use error::DownloadError;
pub(super) use release::Release;

use super::account::Account;
use super::binaries::{Binaries, inspect};
use super::files::{create_dir, failed_to, random_hex};
use super::lock::Lock;
use super::{DownloadEvent, EmbeddedError, cache};
use http::Http;
use mirror::{Mirror, without_password};

/// How long to wait for another pmdb that is fetching the same.
const PATIENCE: Duration = Duration::from_secs(600);

/// How the names of folders begin that are not complete.
const UNFINISHED: &str = ".new-";

/// A download that nothing speaks against.
pub(super) struct Download {
    release: Release,
    mirror: Mirror,
    cache: PathBuf,
}

impl Download {
    /// The build for this machine, from where `PMDB_PG_MIRROR` says.
    pub(super) fn allowed(env: impl Fn(&str) -> Option<OsString>) -> Result<Download, DownloadError> {
        let mirror = Mirror::allowed(&env)?;
        let release = Release::for_this_machine().ok_or(DownloadError::NoBuild)?;
        let cache = cache::folder(&env).ok_or(DownloadError::NoCache)?;
        Ok(Download { release, mirror, cache })
    }

    /// Fetches it, unless another pmdb has just done so. Blocks the thread.
    pub(super) fn run(&self, on_event: &mut dyn FnMut(DownloadEvent)) -> Result<Binaries, DownloadError> {
        cache::create(&self.cache)?;
        let _lock = Lock::take(&self.cache, &Account::Own, PATIENCE, |holder| {
            on_event(DownloadEvent::Waiting(holder.clone()));
        })?;
        let folder = self.cache.join(self.release.name());
        if let Ok(binaries) = inspect(&folder.join("bin")) {
            return Ok(binaries);
        }
        remove_unfinished(&self.cache)?;
        let unfinished = self.cache.join(format!("{UNFINISHED}{}", random_hex(4)?));
        create_dir(&unfinished, 0o755)?;
        let result = self.fetch(&unfinished, &folder, on_event);
        // If this fails, the next one does it.
        let _ = fs::remove_dir_all(&unfinished);
        result.map_err(|error| match error {
            DownloadError::Keep(source) => failed_to("write to", &self.cache)(source).into(),
            error => error,
        })
    }

    fn fetch(
        &self,
        unfinished: &Path,
        folder: &Path,
        on_event: &mut dyn FnMut(DownloadEvent),
    ) -> Result<Binaries, DownloadError> {
        let url = self.mirror.url(&self.release.archive());
        on_event(DownloadEvent::Begins {
            version: self.release.version().to_owned(),
            url: without_password(&url),
            cache: self.cache.clone(),
        });
        let archive = self.fetch_archive(&url, &unfinished.join("archive"), on_event)?;
        let new = unfinished.join(self.release.name());
        unpack::unpack(archive, &self.release.name(), &new)?;
        inspect(&new.join("bin")).map_err(DownloadError::DoesNotRun)?;
        if folder.exists() {
            // It is of no use, or there would be no download.
            let broken = unfinished.join("broken");
            fs::rename(folder, &broken).map_err(failed_to("move", folder))?;
        }
        // Its files before its name, should the machine stop.
        rustix::fs::sync();
        fs::rename(&new, folder).map_err(failed_to("create", folder))?;
        on_event(DownloadEvent::Ends {
            version: self.release.version().to_owned(),
            folder: folder.to_owned(),
        });
        inspect(&folder.join("bin")).map_err(DownloadError::DoesNotRun)
    }

    /// The archive, once its sum is right.
    fn fetch_archive(
        &self,
        url: &str,
        path: &Path,
        on_event: &mut dyn FnMut(DownloadEvent),
    ) -> Result<File, DownloadError> {
        let http = Http::new(self.mirror.transport())?;
        let sum_url = format!("{url}.sha256");
        let wanted = sum_in(&http.text(&sum_url)?)
            .ok_or_else(|| DownloadError::NoSum { url: without_password(&sum_url) })?;
        let mut file = File::create_new(path).map_err(failed_to("create", path))?;
        let found = http.file(url, &mut file, |done, total| {
            on_event(DownloadEvent::Progress { done, total });
        })?;
        if found != wanted {
            return Err(DownloadError::WrongSum { url: without_password(url), found, wanted });
        }
        drop(file);
        File::open(path).map_err(failed_to("open", path)).map_err(DownloadError::from)
    }
}

/// The sum in the text of a file as `sha256sum` writes it: before the name, if there is one.
fn sum_in(text: &str) -> Option<String> {
    let sum = text.split_whitespace().next()?;
    let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sum.then(|| sum.to_ascii_lowercase())
}

/// What killed runs have left. The caller holds the lock, so no other process is making one.
fn remove_unfinished(cache: &Path) -> Result<(), EmbeddedError> {
    let entries = fs::read_dir(cache).map_err(failed_to("read", cache))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            fs::remove_dir_all(&path).map_err(failed_to("remove", &path))?;
        }
    }
    Ok(())
}
