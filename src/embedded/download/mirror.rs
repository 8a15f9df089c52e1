//! Where PostgreSQL is fetched from, if it may be.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use super::DownloadError;

/// The releases of the theseus-rs project.
const GITHUB: &str = "https://github.com/theseus-rs/postgresql-binaries/releases/download";

/// An address that has the releases below it, as GitHub has them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Mirror {
    base: String,
    transport: Transport,
}

/// How what comes from a mirror is protected on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// By TLS.
    Https,
    /// By not leaving this machine. The sum comes the same way as the archive, and so protects from accidents only.
    Loopback,
}

impl Mirror {
    /// What `PMDB_PG_MIRROR` names, or GitHub; an error where `PMDB_DOWNLOAD` forbids it.
    pub(super) fn allowed(env: impl Fn(&str) -> Option<OsString>) -> Result<Mirror, DownloadError> {
        let value = |name: &str| {
            env(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
        };
        match value("PMDB_DOWNLOAD").as_deref() {
            None => {}
            Some("never") => return Err(DownloadError::Forbidden),
            Some(other) => return Err(DownloadError::BadWish(other.to_owned())),
        }
        Mirror::at(value("PMDB_PG_MIRROR").as_deref().unwrap_or(GITHUB))
    }

    fn at(base: &str) -> Result<Mirror, DownloadError> {
        let transport = match base.split_once("://") {
            Some(("https", rest)) if !host(rest).is_empty() => Transport::Https,
            Some(("http", rest)) if is_loopback(host(rest)) => Transport::Loopback,
            _ => return Err(DownloadError::BadMirror(without_password(base))),
        };
        Ok(Mirror { base: base.trim_end_matches('/').to_owned(), transport })
    }

    pub(super) fn transport(&self) -> Transport {
        self.transport
    }

    /// The address of a file.
    pub(super) fn url(&self, file: &str) -> String {
        format!("{}/{file}", self.base)
    }
}

/// A mirror may want a password, which stands in its address.
impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.base))
    }
}

/// An address as it may be shown.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => url.to_owned(),
    }
}

/// The host in what follows `https://`.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_trusted_without_tls() {
        for base in ["https://mirror.example/pg", "https://al:s3cret@m.example/", "http://localhost:80/x"] {
            assert!(Mirror::at(base).is_ok(), "{base}");
        }
        for base in ["http://127.0.0.1:8080", "http://[::1]:8080/a"] {
            assert_eq!(Mirror::at(base).unwrap().transport(), Transport::Loopback, "{base}");
        }
        let no_mirrors = [
            "http://mirror.example/pg",
            "http://127.0.0.1@mirror.example/",
            "http://127.0.0.1.mirror.example/",
            "http://mirror.example/@127.0.0.1",
            "http://mirror.example#@127.0.0.1",
            "ftp://127.0.0.1/",
            "https://",
            "/srv/mirror",
            "mirror",
        ];
        for base in no_mirrors {
            assert!(matches!(Mirror::at(base), Err(DownloadError::BadMirror(_))), "{base}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_not_shown() {
        assert_eq!(without_password("https://al:s3cr@et@m.example/a@b"), "https://m.example/a@b");
        assert_eq!(without_password("https://m.example/a@b"), "https://m.example/a@b");
        assert!(!format!("{:?}", Mirror::at("https://al:s3cret@m.example").unwrap()).contains("s3cret"));
        assert!(!Mirror::at("http://al:s3cret@m.example").unwrap_err().to_string().contains("s3cret"));
    }

    #[test]
    fn a_download_can_be_forbidden() {
        let wish = |wish: &'static str| {
            Mirror::allowed(move |name| (name == "PMDB_DOWNLOAD").then(|| OsString::from(wish)))
        };
        assert!(matches!(wish("never"), Err(DownloadError::Forbidden)));
        assert!(matches!(wish("no"), Err(DownloadError::BadWish(_))));
        assert_eq!(wish("").unwrap().url("x"), format!("{GITHUB}/x"));
    }
}
