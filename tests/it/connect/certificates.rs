//! A certificate authority for the tests, and what it and others sign.

use std::ops::RangeInclusive;

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::der::Decode;

/// A certificate and its key as PEM text.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

/// A root that signs others.
pub struct Authority {
    pub certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Authority {
        Authority::named("pmdb test CA")
    }

    pub fn named(common_name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let params = params(common_name, &[], IsCa::Ca(BasicConstraints::Unconstrained));
        let certificate = params.self_signed(&key).unwrap().pem();
        Authority { certificate, issuer: Issuer::new(params, key) }
    }

    /// A list that revokes these certificates, and is good until the beginning of a year.
    pub fn revoke(&self, certificates: &[&str], until: i32) -> String {
        self.revoke_in(certificates, 2001..=until)
    }

    /// The same with a list that is valid from one year to another.
    pub fn revoke_in(&self, certificates: &[&str], years: RangeInclusive<i32>) -> String {
        let revoked_certs = certificates
            .iter()
            .map(|certificate| RevokedCertParams {
                serial_number: serial_number(certificate),
                revocation_time: date_time_ymd(2001, 1, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(*years.start(), 1, 1),
            next_update: date_time_ymd(*years.end(), 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    /// A certificate for a server with these names, or for a client when there are none.
    pub fn sign(&self, common_name: &str, names: &[&str]) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = params(common_name, names, IsCa::NoCa).signed_by(&key, &self.issuer).unwrap().pem();
        Pair { certificate, key: key.serialize_pem() }
    }
}

/// A certificate that signs itself, as `openssl req -x509 -subj /CN=localhost` makes it: a CA, without
/// alternative names.
pub fn self_signed(common_name: &str) -> Pair {
    sign_itself(params(common_name, &[], IsCa::Ca(BasicConstraints::Unconstrained)))
}

/// The same, out of date.
pub fn expired(common_name: &str) -> Pair {
    let mut params = params(common_name, &[], IsCa::Ca(BasicConstraints::Unconstrained));
    params.not_after = date_time_ymd(2001, 1, 1);
    sign_itself(params)
}

/// Writes PEM text to a file of its own.
pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn serial_number(certificate: &str) -> SerialNumber {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let certificate = x509_cert::Certificate::from_der(&der).unwrap();
    SerialNumber::from_slice(certificate.tbs_certificate.serial_number.as_bytes())
}

fn sign_itself(params: CertificateParams) -> Pair {
    let key = KeyPair::generate().unwrap();
    Pair { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

fn params(common_name: &str, names: &[&str], is_ca: IsCa) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = is_ca;
    params.not_before = date_time_ymd(2000, 1, 1);
    params
}
