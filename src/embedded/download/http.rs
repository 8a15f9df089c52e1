//! Getting files over HTTP.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use sha2::{Digest, Sha256};
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, ResponseExt};

use super::DownloadError;
use super::mirror::{Transport, is_loopback, without_password};
use crate::connect::system_certificates;

/// How long to wait for a connection, and for the next bytes of an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// More is no sum.
const LONGEST_TEXT: u64 = 4096;

/// The archives have 10 to 15 MB.
const LARGEST_FILE: u64 = 256 << 20;

const CHUNK: usize = 64 * 1024;

/// What gets the files: with the proxies that `HTTPS_PROXY` and the like name, and over TLS by the certificates that the
/// operating system trusts.
pub(super) struct Http {
    agent: Agent,
    transport: Transport,
}

impl Http {
    pub(super) fn new(transport: Transport) -> Result<Http, DownloadError> {
        let config = Agent::config_builder()
            .https_only(transport == Transport::Https)
            .max_redirects(5)
            .user_agent(concat!("pmdb/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE));
        let config = match transport {
            // No proxy reaches this machine.
            Transport::Loopback => config.proxy(None),
            Transport::Https => config.tls_config(tls()?),
        };
        Ok(Http { agent: config.build().new_agent(), transport })
    }

    /// A short text.
    pub(super) fn text(&self, url: &str) -> Result<String, DownloadError> {
        let mut response = self.get(url)?;
        let text = response.body_mut().with_config().limit(LONGEST_TEXT).read_to_string();
        text.map_err(|error| failed(url, error))
    }

    /// Writes a file to `to` and returns its SHA-256 sum. `on_progress` gets how many bytes have come, of how many.
    pub(super) fn file(
        &self,
        url: &str,
        to: &mut impl Write,
        mut on_progress: impl FnMut(u64, Option<u64>),
    ) -> Result<String, DownloadError> {
        let mut response = self.get(url)?;
        let length = response.body().content_length();
        let mut body = response.body_mut().with_config().limit(LARGEST_FILE).reader();
        let (mut sum, mut done, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
        loop {
            let read = match body.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(url, error)),
            };
            let bytes = &chunk[..read];
            to.write_all(bytes).map_err(DownloadError::Keep)?;
            sum.update(bytes);
            done += read as u64;
            on_progress(done, length);
        }
        Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The answer to a request, from wherever it was redirected to.
    fn get(&self, url: &str) -> Result<ureq::http::Response<ureq::Body>, DownloadError> {
        let response = self.agent.get(url).call().map_err(|error| failed(url, error))?;
        let from = response.get_uri();
        if self.transport == Transport::Loopback && !is_safe(from) {
            let shown = without_password(&from.to_string());
            return Err(failed(url, format!("it leads on to {shown}, which is not https")));
        }
        Ok(response)
    }
}

/// Whether what comes from there cannot have been changed on its way.
fn is_safe(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    uri.scheme_str() == Some("https") || is_loopback(host)
}

/// As for connections to a server with `sslrootcert=system`.
fn tls() -> Result<TlsConfig, DownloadError> {
    let roots = system_certificates().map_err(|error| DownloadError::Certificates(error.to_string()))?;
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    let builder = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots));
    Ok(builder.unversioned_rustls_crypto_provider(Arc::new(default_provider())).build())
}

fn failed(url: &str, reason: impl ToString) -> DownloadError {
    DownloadError::Fetch { url: without_password(url), reason: reason.to_string() }
}
