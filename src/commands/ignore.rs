//! Reading the files that say what is to be left out.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::catalog::AnyKind;
use crate::cli::IgnoreArgs;
use crate::commands::error::Error;
use crate::ignore::{Ignore, IgnoreLine, UnknownWhat, parse_ignores};

/// Where differences that are known stand, when no other file is named.
const DIFFERENCES: &str = "drift.ignore";

/// The lines of the file that is named; of the usual one, if there is one, when none is.
pub(super) fn lines<W: FromStr<Err = UnknownWhat>>(
    named: Option<&Path>,
    usual: &str,
) -> Result<Vec<IgnoreLine<W>>, Error> {
    let path = named.unwrap_or(Path::new(usual));
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => String::new(),
        text => text.map_err(|source| Error::File { path: PathBuf::from(path), doing: "read", source })?,
    };
    Ok(parse_ignores(path, &text)?)
}

/// Which differences are known.
pub(super) fn known(args: &IgnoreArgs) -> Result<Vec<Ignore<AnyKind>>, Error> {
    let lines = lines::<AnyKind>(args.ignore_file.as_deref(), DIFFERENCES)?;
    Ok(args.ignore.iter().cloned().chain(lines.into_iter().map(|line| line.ignore)).collect())
}

/// The same where no option can say more than the usual file.
pub(super) fn usual() -> Result<Vec<Ignore<AnyKind>>, Error> {
    Ok(lines::<AnyKind>(None, DIFFERENCES)?.into_iter().map(|line| line.ignore).collect())
}
