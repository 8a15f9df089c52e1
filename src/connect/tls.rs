//! How a connection is encrypted and whom it trusts: the manual's section "SSL Support", over rustls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_postgres::config::SslNegotiation;

use super::Environment;
use super::parameters::Parameters;
use super::revocation::RevocationLists;
use super::target_error::TargetError;
use super::tls_error::TlsError;
use super::tls_mode::{MODES, NEGOTIATIONS, TlsMode};
use super::verifier::{HostnameCheck, Verifier};

/// What opens an encrypted connection.
pub(super) type Connector = tokio_postgres_rustls::MakeRustlsConnect;

const SERVER_NAMES: &[(&str, ServerNameIndication)] =
    &[("1", ServerNameIndication::Send), ("0", ServerNameIndication::Omit)];

/// TLS versions in order; rustls has none before 1.2.
const VERSIONS: &[(&str, u8)] = &[("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];

/// Everything about TLS that a target says. Files are read only when a TLS connection is really tried.
#[derive(Clone, Debug)]
pub(super) struct TlsOptions {
    pub(super) mode: TlsMode,
    pub(super) negotiation: SslNegotiation,
    roots: Roots,
    revoked: RevocationLists,
    certificate: Option<File>,
    key: Option<File>,
    server_name: ServerNameIndication,
    versions: Vec<&'static SupportedProtocolVersion>,
}

#[derive(Clone, Debug)]
enum Roots {
    /// The certificates that the operating system trusts.
    System,
    File(PathBuf),
    /// No file is given and there is no home to look in.
    None,
}

/// A file, and whether it is the user who asked for it.
#[derive(Clone, Debug)]
enum File {
    Given(PathBuf),
    Default(PathBuf),
}

#[derive(Clone, Copy, Debug)]
enum ServerNameIndication {
    Send,
    Omit,
}

impl TlsOptions {
    /// No TLS at all, for a server on a socket.
    pub(super) fn none() -> TlsOptions {
        TlsOptions {
            mode: TlsMode::Disable,
            negotiation: SslNegotiation::Postgres,
            roots: Roots::None,
            revoked: RevocationLists::None,
            certificate: None,
            key: None,
            server_name: ServerNameIndication::Send,
            versions: Vec::new(),
        }
    }

    /// What the parameters say, with libpq's defaults in `~/.postgresql`.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        environment: &Environment,
    ) -> Result<TlsOptions, TargetError> {
        let default_folder = environment.get("HOME").map(|home| Path::new(home).join(".postgresql"));
        let file = |name, default: &str| match parameters.get(name) {
            Some(given) => Some(File::Given(PathBuf::from(given))),
            None => default_folder.as_ref().map(|folder| File::Default(folder.join(default))),
        };
        let roots = match (parameters.get("sslrootcert"), file("sslrootcert", "root.crt")) {
            (Some("system"), _) => Roots::System,
            (_, Some(file)) => Roots::File(file.path().to_owned()),
            (_, None) => Roots::None,
        };
        let mode = mode(parameters, &roots)?;
        let negotiation = parameters.word("sslnegotiation", NEGOTIATIONS)?.unwrap_or_default();
        if negotiation == SslNegotiation::Direct && mode < TlsMode::Require {
            return Err(parameters.invalid("sslmode", "require or stronger with sslnegotiation=direct"));
        }
        Ok(TlsOptions {
            mode,
            negotiation,
            revoked: RevocationLists::from_parameters(parameters, default_folder.as_deref()),
            roots,
            certificate: file("sslcert", "postgresql.crt"),
            key: file("sslkey", "postgresql.key"),
            server_name: parameters.word("sslsni", SERVER_NAMES)?.unwrap_or(ServerNameIndication::Send),
            versions: versions(parameters)?,
        })
    }

    /// Reads the files and makes what tokio-postgres needs for TLS.
    pub(super) fn connector(&self) -> Result<Connector, TlsError> {
        let provider = Arc::new(default_provider());
        let verifier = self.verifier(&provider)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .map_err(|error| TlsError::Settings(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));

        let mut config = match self.client_certificate()? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                TlsError::Settings(format!("the client certificate and its key: {error}"))
            })?,
        };
        config.enable_sni = matches!(self.server_name, ServerNameIndication::Send);
        if self.negotiation == SslNegotiation::Direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(Connector::new(config))
    }

    /// Who has to vouch for the server. For compatibility with old releases `require` acts as `verify-ca` when a root
    /// certificate file is there, as the manual says.
    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Verifier, TlsError> {
        let names = match (self.mode, &self.roots) {
            (TlsMode::VerifyFull, _) => HostnameCheck::Verified,
            (TlsMode::VerifyCa, _) => HostnameCheck::Any,
            (TlsMode::Require, Roots::File(path)) if path.exists() => HostnameCheck::Any,
            _ => return Ok(Verifier::trusting_anyone(provider)),
        };
        let roots = self.root_certificates()?;
        Verifier::trusting(roots, self.revoked.read()?, names, provider)
    }

    fn root_certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        match &self.roots {
            Roots::None => Err(TlsError::NoRoots),
            Roots::File(path) if !path.exists() => Err(TlsError::NoRootFile { path: path.clone() }),
            Roots::File(path) => read_certificates(path),
            Roots::System => system_certificates(),
        }
    }

    fn client_certificate(
        &self,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TlsError> {
        let chain = match &self.certificate {
            None => return Ok(None),
            Some(File::Default(path)) if !path.exists() => return Ok(None),
            Some(file) => read_certificates(file.path())?,
        };
        let Some(key) = &self.key else {
            return Err(TlsError::Settings(
                "there is a client certificate (sslcert) but no key (sslkey)".into(),
            ));
        };
        let key = PrivateKeyDer::from_pem_file(key.path())
            .map_err(|error| TlsError::file(key.path(), &error, "unencrypted private key"))?;
        Ok(Some((chain, key)))
    }
}

impl File {
    fn path(&self) -> &Path {
        match self {
            File::Given(path) | File::Default(path) => path,
        }
    }
}

/// The system's roots vouch for any site of the world, so that only the name tells servers apart: libpq
/// makes `verify-full` the default with them and refuses less.
fn mode(parameters: &Parameters, roots: &Roots) -> Result<TlsMode, TargetError> {
    let given = parameters.word("sslmode", MODES)?;
    match (roots, given) {
        (Roots::System, None | Some(TlsMode::VerifyFull)) => Ok(TlsMode::VerifyFull),
        (Roots::System, Some(_)) => Err(parameters.invalid("sslmode", "verify-full with sslrootcert=system")),
        (_, given) => Ok(given.unwrap_or(TlsMode::Prefer)),
    }
}

fn versions(parameters: &Parameters) -> Result<Vec<&'static SupportedProtocolVersion>, TargetError> {
    let least = parameters.word("ssl_min_protocol_version", VERSIONS)?.unwrap_or(2);
    let most = parameters.word("ssl_max_protocol_version", VERSIONS)?.unwrap_or(3);
    let all = [(2, &version::TLS12), (3, &version::TLS13)];
    let usable: Vec<_> =
        all.into_iter().filter(|(at, _)| (least..=most).contains(at)).map(|(_, it)| it).collect();
    if usable.is_empty() {
        return Err(
            parameters.invalid("ssl_max_protocol_version", "TLSv1.2 or TLSv1.3, and not below the least")
        );
    }
    Ok(usable)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, pem::Error> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(pem::Error::NoItemsFound),
        certificates => certificates,
    }
    .map_err(|error| TlsError::file(path, &error, "certificate"))
}

/// The certificates that the operating system trusts.
pub(crate) fn system_certificates() -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let loaded = rustls_native_certs::load_native_certs();
    if !loaded.certs.is_empty() {
        return Ok(loaded.certs);
    }
    let reason = loaded.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
    Err(TlsError::System(reason))
}
