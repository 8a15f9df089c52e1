//! The lists of revoked certificates (CRLs) that the server's certificates are looked up in: the manual's parameters
//! `sslcrl` and `sslcrldir`.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::{self, PemObject};
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode;

use super::parameters::Parameters;
use super::tls_error::TlsError;

/// A list as the CA has signed it.
type List = CertificateRevocationListDer<'static>;

/// Where the lists are.
#[derive(Clone, Debug)]
pub(super) enum RevocationLists {
    /// What the user asked for: a file, a folder, or both.
    Given { file: Option<PathBuf>, folder: Option<PathBuf> },
    /// `~/.postgresql/root.crl`, which counts when it is there.
    Default(PathBuf),
    /// Nothing is asked for, and there is no home to look in.
    None,
}

impl RevocationLists {
    /// What the parameters say; `home` is the folder with libpq's default files.
    pub(super) fn from_parameters(parameters: &Parameters, home: Option<&Path>) -> RevocationLists {
        let given = |name| parameters.get(name).map(PathBuf::from);
        match (given("sslcrl"), given("sslcrldir"), home) {
            (None, None, Some(home)) => RevocationLists::Default(home.join("root.crl")),
            (None, None, None) => RevocationLists::None,
            (file, folder, _) => RevocationLists::Given { file, folder },
        }
    }

    /// All lists; none means that no certificate needs to be looked up.
    ///
    /// libpq passes over files that it can't read. Here they are an error: a slip in a path would let in what is revoked.
    pub(super) fn read(&self) -> Result<Vec<List>, TlsError> {
        let lists = self.read_all()?;
        if lists.is_empty() {
            return Ok(lists);
        }
        let lists = best_first(lists, SystemTime::now());
        match lists.is_empty() {
            true => Err(TlsError::RevocationLists("none of them is valid yet".into())),
            false => Ok(lists),
        }
    }

    fn read_all(&self) -> Result<Vec<List>, TlsError> {
        match self {
            RevocationLists::Given { file, folder } => {
                let mut lists = Vec::new();
                if let Some(file) = file {
                    lists.extend(from_file(file)?);
                }
                if let Some(folder) = folder {
                    lists.extend(from_folder(folder)?);
                }
                Ok(lists)
            }
            RevocationLists::Default(path) if path.exists() => from_file(path),
            RevocationLists::Default(_) | RevocationLists::None => Ok(Vec::new()),
        }
    }
}

/// Of several lists of a CA the first one counts for the verifier. So those that are in force come first, as for OpenSSL,
/// and the newest of them before older ones. What is not valid yet counts for nothing.
fn best_first(lists: Vec<List>, now: SystemTime) -> Vec<List> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut rated: Vec<_> = lists
        .into_iter()
        .filter_map(|list| {
            // What cannot be read here, the verifier refuses with a reason.
            let times = CertificateList::from_der(&list).ok().map(|list| list.tbs_cert_list);
            let begins = times.as_ref().map_or(Duration::ZERO, |times| times.this_update.to_unix_duration());
            let ends = times.and_then(|times| times.next_update).map(|time| time.to_unix_duration());
            let has_ended = ends.is_some_and(|ends| ends < now);
            (begins <= now).then_some((has_ended, Reverse(begins), list))
        })
        .collect();
    rated.sort_by_key(|(has_ended, begins, _)| (*has_ended, *begins));
    rated.into_iter().map(|(_, _, list)| list).collect()
}

fn from_file(path: &Path) -> Result<Vec<List>, TlsError> {
    let lists: Result<Vec<List>, pem::Error> = List::pem_file_iter(path).and_then(Iterator::collect);
    match lists {
        Ok(lists) if lists.is_empty() => Err(pem::Error::NoItemsFound),
        lists => lists,
    }
    .map_err(|error| TlsError::file(path, &error, "list of revoked certificates"))
}

/// The files that `openssl rehash` has given their names, and those alone, as OpenSSL does it.
fn from_folder(folder: &Path) -> Result<Vec<List>, TlsError> {
    let unreadable = |error| TlsError::file(folder, &pem::Error::Io(error), "");
    let mut lists = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.file_name().and_then(OsStr::to_str).is_some_and(is_rehashed) {
            lists.extend(from_file(&path)?);
        }
    }
    if lists.is_empty() {
        let problem = "it holds no list of revoked certificates (`openssl rehash` names them)".into();
        return Err(TlsError::File { path: folder.to_owned(), problem });
    }
    Ok(lists)
}

/// Whether a name is `HHHHHHHH.rN`: the hash of the CA's name, and a number to tell those of the same hash apart.
fn is_rehashed(name: &str) -> bool {
    let Some((hash, number)) = name.split_once(".r") else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_number
}

#[cfg(test)]
mod tests {
    use super::is_rehashed;

    #[test]
    fn only_names_that_openssl_rehash_gives_are_lists() {
        assert!(is_rehashed("5ad8a5d6.r0"));
        assert!(is_rehashed("5ad8a5d6.r12"));
        for other in ["5ad8a5d6.0", "5ad8a5d6.r", "5ad8a5d.r0", "5ad8a5d6.r0~", "root.crl", "wxyz1234.r0"] {
            assert!(!is_rehashed(other), "{other}");
        }
    }
}
