//! Whether a server's certificate is good enough, as libpq sees it.
//!
//! Chains, dates and revocation are left to rustls' own verifier. It is stricter than libpq in three ways that matter
//! with the certificates that the manual itself shows how to make ("Creating Certificates"): it refuses a self-signed
//! server certificate even when that very certificate is the trusted root, it never looks at the subject's common name,
//! and it can't read X.509 version 1, which many releases of `openssl x509 -req` write. The first two are forgiven here
//! in full; a version 1 certificate works over TLS 1.3, but no CA's signature on it can be verified.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::server::ParsedCertificate;
use rustls::{
    CertRevocationListError, CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::tls_error::TlsError;

/// Whether the certificate has to be made for the host's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostnameCheck {
    Any,
    Verified,
}

#[derive(Debug)]
pub(super) struct Verifier {
    /// Without one the connection is encrypted, but to whom is not known.
    authority: Option<Authority>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Who has to vouch for the server.
#[derive(Debug)]
struct Authority {
    roots: Vec<CertificateDer<'static>>,
    /// Verifies chains up to one of the roots, and looks each certificate up in the lists of revoked ones.
    chains: Arc<WebPkiServerVerifier>,
    revocation: Revocation,
    host_name: HostnameCheck,
}

/// Whether there are lists of revoked certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revocation {
    Unknown,
    Listed,
}

impl Verifier {
    pub(super) fn trusting_anyone(provider: &CryptoProvider) -> Verifier {
        Verifier { authority: None, algorithms: provider.signature_verification_algorithms }
    }

    /// With lists of revoked certificates, each certificate of a chain has to be covered by one that is up to date, as
    /// OpenSSL's `X509_V_FLAG_CRL_CHECK_ALL` wants it, which libpq sets.
    pub(super) fn trusting(
        roots: Vec<CertificateDer<'static>>,
        revoked: Vec<CertificateRevocationListDer<'static>>,
        host_name: HostnameCheck,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Verifier, TlsError> {
        let mut anchors = RootCertStore::empty();
        // The system's store may hold a certificate or two that can't be read; a file's are all looked at
        // again as exact matches.
        anchors.add_parsable_certificates(roots.iter().cloned());
        let revocation = if revoked.is_empty() { Revocation::Unknown } else { Revocation::Listed };
        let chains = WebPkiServerVerifier::builder_with_provider(anchors.into(), provider.clone())
            .with_crls(revoked)
            .enforce_revocation_expiration()
            .build()
            .map_err(|error| match error {
                VerifierBuilderError::NoRootAnchors => {
                    TlsError::Settings("none of the root certificates can be used".into())
                }
                VerifierBuilderError::InvalidCrl(reason) => TlsError::RevocationLists(unusable(&reason)),
                other => TlsError::Settings(other.to_string()),
            })?;
        let authority = Some(Authority { roots, chains, revocation, host_name });
        Ok(Verifier { authority, algorithms: provider.signature_verification_algorithms })
    }
}

fn unusable(reason: &CertRevocationListError) -> String {
    match reason {
        CertRevocationListError::ParseError | CertRevocationListError::UnsupportedCrlVersion => {
            "one is not of X.509 version 2, which `openssl ca -gencrl` writes with crl_extensions".into()
        }
        reason => format!("{reason:?}"),
    }
}

impl Authority {
    fn verify(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.roots.iter().any(|root| root.as_ref() == server.as_ref()) {
            self.verify_root(server, now)?;
        } else {
            let verdict = self.chains.verify_server_cert(server, intermediates, name, &[], now);
            // The name comes last, and is looked at again below.
            verdict.map(drop).or_else(forgive_name)?;
        }
        match self.host_name {
            HostnameCheck::Any => Ok(()),
            HostnameCheck::Verified => verify_name(server, name),
        }
    }

    /// A peer that proves that it has the key of a trusted root itself needs nobody to vouch for it. But where
    /// revocation lists are kept, none is expected to cover a root, and libpq refuses what none covers.
    fn verify_root(&self, root: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
        verify_dates(root, now)?;
        match self.revocation {
            Revocation::Unknown => Ok(()),
            Revocation::Listed => Err(CertificateError::UnknownRevocationStatus.into()),
        }
    }
}

fn forgive_name(error: Error) -> Result<(), Error> {
    match error {
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Ok(()),
        other => Err(other),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(authority) = &self.authority {
            authority.verify(server, intermediates, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    // The server proves that it has the certificate's key even when nobody vouches for the certificate:
    // SCRAM's channel binding rests on that.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = parse(certificate)?.tbs_certificate.subject_public_key_info.to_der();
        let key = key.map_err(|_| CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key.as_slice());
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn verify_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = parse(certificate)?.tbs_certificate.validity;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// The alternative names count; the common name does only when there are none, as the manual says.
fn verify_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let by_alternative_names = ParsedCertificate::try_from(certificate)
        .and_then(|certificate| verify_server_name(&certificate, name));
    let Err(mismatch) = by_alternative_names else { return Ok(()) };
    match common_name(&parse(certificate)?) {
        Some(pattern) if matches!(name, ServerName::DnsName(_)) && matches_name(&pattern, &name.to_str()) => {
            Ok(())
        }
        Some(address) if address == name.to_str() => Ok(()),
        _ => Err(mismatch),
    }
}

/// The subject's common name, unless the certificate has alternative names of hosts or addresses.
fn common_name(certificate: &Certificate) -> Option<String> {
    let certificate = &certificate.tbs_certificate;
    if let Some((_, SubjectAltName(names))) = certificate.get::<SubjectAltName>().ok()?
        && names.iter().any(|name| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_)))
    {
        return None;
    }
    let mut attributes = certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let attribute = attributes.find(|attribute| attribute.oid == COMMON_NAME)?;
    String::from_utf8(attribute.value.value().to_vec()).ok()
}

/// Whether a host has the name, which may start with `*.` for exactly one label.
fn matches_name(pattern: &str, host: &str) -> bool {
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, rest))) => domain.contains('.') && rest.eq_ignore_ascii_case(domain),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

#[cfg(test)]
mod tests {
    use super::matches_name;

    #[test]
    fn a_common_name_matches_whole_without_regard_to_case() {
        assert!(matches_name("DB.example.com", "db.Example.com"));
        assert!(!matches_name("example.com", "db.example.com"));
        assert!(!matches_name("", "db.example.com"));
    }

    #[test]
    fn a_star_stands_for_exactly_one_label() {
        assert!(matches_name("*.example.com", "db.example.com"));
        assert!(!matches_name("*.example.com", "a.db.example.com"));
        assert!(!matches_name("*.example.com", "example.com"));
        assert!(!matches_name("*.com", "example.com"));
        assert!(!matches_name("*", "localhost"));
    }
}
