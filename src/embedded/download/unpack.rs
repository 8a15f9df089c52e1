//! Unpacking an archive, which is trusted to be whole and not to be harmless.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

use super::DownloadError;
use crate::embedded::files::create_dir;

/// A build has 1,400 files with 35 MB.
const MOST_ENTRIES: usize = 50_000;
const MOST_BYTES: u64 = 2 << 30;

/// Unpacks the only folder of an archive into `to`, which must not exist. Nothing is written anywhere else: what is no
/// file, no folder and no link within it is refused.
pub(super) fn unpack(archive: File, folder: &str, to: &Path) -> Result<(), DownloadError> {
    create_dir(to, 0o755)?;
    let (mut links, mut bytes) = (Vec::new(), 0_u64);
    let mut archive = Archive::new(GzDecoder::new(io::BufReader::new(archive)));
    for (number, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path().map_err(unreadable)?.into_owned();
        let refused = |why: &str| DownloadError::Archive(format!("{}: {why}", name.display()));
        bytes = bytes.saturating_add(entry.size());
        if number >= MOST_ENTRIES || bytes > MOST_BYTES {
            return Err(refused("there is too much in it"));
        }
        let path = within(&name, folder).ok_or_else(|| refused("it lies outside of the folder"))?;
        match entry.header().entry_type() {
            EntryType::Directory => create_parents(to, &path)?,
            EntryType::Regular | EntryType::Continuous => {
                create_parents(to, path.parent().unwrap_or(Path::new("")))?;
                write(&mut entry, &to.join(&path))?;
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(unreadable)?.unwrap_or_default().into_owned();
                if !stays_within(&path, &target) {
                    return Err(refused("it is a link that leads out of the folder"));
                }
                links.push((path, target));
            }
            _ => return Err(refused("it is neither a file nor a folder nor a link")),
        }
    }
    // The last of all, so that nothing is written through one.
    for (path, target) in links {
        create_parents(to, path.parent().unwrap_or(Path::new("")))?;
        symlink(target, to.join(path)).map_err(DownloadError::Keep)?;
    }
    Ok(())
}

/// The path below the archive's folder. None: it leads out of it.
fn within(name: &Path, folder: &str) -> Option<PathBuf> {
    let below = name.strip_prefix(folder).ok()?;
    below.components().all(|part| matches!(part, Component::Normal(_))).then(|| below.to_owned())
}

/// Whether a link, read as text, leads to a place in the folder.
fn stays_within(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}

/// Creates the folders down to this one, for everybody to enter.
fn create_parents(to: &Path, below: &Path) -> Result<(), DownloadError> {
    let mut folder = to.to_owned();
    for part in below.components() {
        folder.push(part);
        if !folder.is_dir() {
            create_dir(&folder, 0o755)?;
        }
    }
    Ok(())
}

/// Everybody may read it and, if it is a program, run it.
fn write(entry: &mut Entry<'_, impl Read>, path: &Path) -> Result<(), DownloadError> {
    let is_program = entry.header().mode().map_err(unreadable)? & 0o111 != 0;
    let mode = if is_program { 0o755 } else { 0o644 };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(DownloadError::Keep)?;
    copy(entry, &mut file)?;
    file.set_permissions(Permissions::from_mode(mode)).map_err(DownloadError::Keep)
}

/// Unlike [`io::copy`], this tells a broken archive from a full disk.
fn copy(from: &mut impl Read, to: &mut File) -> Result<(), DownloadError> {
    let mut chunk = [0; 16 * 1024];
    loop {
        match from.read(&mut chunk).map_err(unreadable)? {
            0 => return Ok(()),
            read => io::Write::write_all(to, &chunk[..read]).map_err(DownloadError::Keep)?,
        }
    }
}

fn unreadable(error: io::Error) -> DownloadError {
    DownloadError::Archive(error.to_string())
}
