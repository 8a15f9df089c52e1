//! Which kind of failure an error of rustls is.

use super::failure::{CertificateProblem, FailureKind};

/// What went wrong in a handshake, which is mostly the server's certificate.
pub(super) fn from_tls(error: &rustls::Error) -> FailureKind {
    match error {
        rustls::Error::InvalidCertificate(reason) => FailureKind::Certificate(from_certificate(reason)),
        rustls::Error::InvalidCertRevocationList(reason) => {
            FailureKind::Certificate(CertificateProblem::RevocationList(format!("{reason:?}")))
        }
        _ => FailureKind::TlsHandshake(error.to_string()),
    }
}

fn from_certificate(reason: &rustls::CertificateError) -> CertificateProblem {
    use rustls::CertificateError as Reason;
    match reason {
        Reason::UnknownIssuer | Reason::BadSignature => CertificateProblem::UnknownIssuer,
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => CertificateProblem::WrongName,
        Reason::Expired | Reason::ExpiredContext { .. } => CertificateProblem::Expired,
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => CertificateProblem::NotYetValid,
        Reason::Revoked => CertificateProblem::Revoked,
        Reason::UnknownRevocationStatus => CertificateProblem::NoRevocationList,
        Reason::ExpiredRevocationList | Reason::ExpiredRevocationListContext { .. } => {
            CertificateProblem::RevocationListExpired
        }
        // A self-signed certificate that isn't the trusted one itself.
        Reason::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            CertificateProblem::UnknownIssuer
        }
        Reason::Other(other) if other.to_string().contains("UnsupportedCertVersion") => {
            CertificateProblem::OldFormat
        }
        other => CertificateProblem::Other(other.to_string()),
    }
}
