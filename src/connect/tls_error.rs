//! Why TLS cannot even be tried.

use std::path::PathBuf;

#[cfg(feature = "tls")]
use rustls::pki_types::pem;
use thiserror::Error;

/// Why TLS can't be tried: something is wrong with our own files.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// A certificate is to be verified but nothing says whom to trust.
    #[error("the root certificate file {} does not exist", path.display())]
    NoRootFile {
        /// The file.
        path: PathBuf,
    },
    /// As `NoRootFile`, and there is no home folder with a default one.
    #[error("no root certificate file is given")]
    NoRoots,
    /// A file can't be read or doesn't hold what it should.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The operating system's certificates can't be loaded.
    #[error("the system's root certificates cannot be loaded: {0}")]
    System(String),
    /// The lists of revoked certificates can't be used.
    #[error("the lists of revoked certificates (sslcrl, sslcrldir) cannot be used: {0}")]
    RevocationLists(String),
    /// The parts don't fit together.
    #[error("the TLS settings do not fit together: {0}")]
    Settings(String),
}

#[cfg(feature = "tls")]
impl TlsError {
    /// For a file that can't be read as PEM; `expected` says what it should hold.
    pub(super) fn file(path: &std::path::Path, error: &pem::Error, expected: &str) -> TlsError {
        let problem = match error {
            pem::Error::Io(error) => error.to_string(),
            pem::Error::NoItemsFound => format!("it holds no {expected} in PEM form"),
            _ => "it is not a proper PEM file".into(),
        };
        TlsError::File { path: path.to_owned(), problem }
    }
}
