//! Whether a server's certificate is good enough, as libpq sees it.
//!
//! rustls' own verifier is stricter than libpq in three ways that matter with the certificates that the manual
//! itself shows how to make ("Creating Certificates"): it refuses a self-signed server certificate even when
//! that very certificate is the trusted root, it never looks at the subject's common name, and it can't read
//! X.509 version 1, which many releases of `openssl x509 -req` write. The first two work here in full; a
//! version 1 certificate works over TLS 1.3, but no CA's signature on it can be verified.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::tls::TlsError;

/// How much is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: the connection is encrypted, but to whom is not known.
    Nothing,
    /// A trusted root vouches for the certificate.
    Chain,
    /// That, and the certificate was made for the host's name.
    ChainAndName,
}

#[derive(Debug)]
pub(super) struct Verifier {
    check: Check,
    roots: Vec<CertificateDer<'static>>,
    anchors: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        check: Check,
        roots: Vec<CertificateDer<'static>>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Result<Verifier, TlsError> {
        let mut anchors = RootCertStore::empty();
        // The system's store may hold a certificate or two that can't be read; a file's are all looked at
        // again as exact matches.
        let (usable, _) = anchors.add_parsable_certificates(roots.iter().cloned());
        if check != Check::Nothing && usable == 0 {
            return Err(TlsError::Settings("none of the root certificates can be used".into()));
        }
        Ok(Verifier { check, roots, anchors, algorithms })
    }

    fn verify_chain(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // Whoever can prove to have the key of a trusted root itself needs nobody to vouch for it.
        if self.roots.iter().any(|root| root.as_ref() == server.as_ref()) {
            return verify_dates(server, now);
        }
        let server = ParsedCertificate::try_from(server)?;
        verify_server_cert_signed_by_trust_anchor(
            &server,
            &self.anchors,
            intermediates,
            now,
            self.algorithms.all,
        )
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
        if self.check != Check::Nothing {
            self.verify_chain(server, intermediates, now)?;
        }
        if self.check == Check::ChainAndName {
            verify_name(server, name)?;
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
