//! Where the database cluster lies.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::account::{self, Account};
use super::files::{failed_to, random_hex};

/// Where root's clusters lie when the server's user cannot enter the home. Not the temporary folder:
/// there, files that nobody has touched for a month are deleted.
const OUTSIDE: &str = "/var/lib/pmdb";

/// Tells the place of the data of a home; it need not exist yet. It is `data` in the home. Where the
/// account cannot enter the home, as in a project of root's below `/root`, `data` becomes a link to a
/// place outside.
pub(super) fn locate(home: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    let data = home.join("data");
    if let Ok(target) = fs::read_link(&data) {
        if target.starts_with(OUTSIDE) && account::is_root() {
            // In a container that was made anew, only the link may be left.
            create_outside()?;
        }
        return Ok(home.join(target));
    }
    if account.can_enter(home)? {
        return Ok(data);
    }
    if data.exists() {
        return Err(EmbeddedError::OutOfReach { path: home.to_owned(), user: account.name().to_owned() });
    }
    let place = outside(home)?;
    // Made before the data: should pmdb be killed in between, the next run goes on at the same place.
    symlink(&place, &data).map_err(failed_to("create the link", &data))?;
    Ok(place)
}

/// A new place outside, which shows the name of the project.
fn outside(home: &Path) -> Result<PathBuf, EmbeddedError> {
    create_outside()?;
    let project = home.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    Ok(Path::new(OUTSIDE).join(format!("{project}-{}", random_hex(4)?)))
}

fn create_outside() -> Result<(), EmbeddedError> {
    let outside = Path::new(OUTSIDE);
    fs::create_dir_all(outside).map_err(failed_to("create", outside))?;
    let everyone_enters = Permissions::from_mode(0o755);
    fs::set_permissions(outside, everyone_enters).map_err(failed_to("set the mode of", outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_lies_in_the_home() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(locate(home.path(), &Account::Own).unwrap(), home.path().join("data"));
    }

    #[test]
    fn a_link_to_another_place_is_followed_even_when_nothing_is_there_yet() {
        let home = tempfile::tempdir().unwrap();
        symlink("/somewhere/else", home.path().join("data")).unwrap();
        assert_eq!(locate(home.path(), &Account::Own).unwrap(), Path::new("/somewhere/else"));
    }
}
