//! What stands for TLS where pmdb is built without its feature `tls`. As libpq without OpenSSL it connects in plain text,
//! and refuses an `sslmode` that promises more.

use tokio_postgres::NoTls;
use tokio_postgres::config::SslNegotiation;

use super::Environment;
use super::parameters::Parameters;
use super::target_error::TargetError;
use super::tls_error::TlsError;
use super::tls_mode::{MODES, NEGOTIATIONS, TlsMode};

/// What would open an encrypted connection.
pub(super) type Connector = NoTls;

/// That there is no TLS.
#[derive(Clone, Debug)]
pub(super) struct TlsOptions {
    pub(super) mode: TlsMode,
    pub(super) negotiation: SslNegotiation,
}

impl TlsOptions {
    /// No TLS at all.
    pub(super) fn none() -> TlsOptions {
        TlsOptions { mode: TlsMode::Disable, negotiation: SslNegotiation::Postgres }
    }

    /// No TLS either, unless the parameters ask for it.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        _environment: &Environment,
    ) -> Result<TlsOptions, TargetError> {
        let mode = parameters.word("sslmode", MODES)?.unwrap_or(TlsMode::Prefer);
        if mode >= TlsMode::Require {
            return Err(parameters.invalid("sslmode", WITHOUT));
        }
        if parameters.get("sslrootcert") == Some("system") {
            return Err(
                parameters.invalid("sslrootcert", "a file, since pmdb is built without its feature `tls`")
            );
        }
        if parameters.word("sslnegotiation", NEGOTIATIONS)?.unwrap_or_default() == SslNegotiation::Direct {
            return Err(parameters
                .invalid("sslnegotiation", "postgres, since pmdb is built without its feature `tls`"));
        }
        Ok(TlsOptions::none())
    }

    /// The connector that connects in plain text.
    pub(super) fn connector(&self) -> Result<Connector, TlsError> {
        Ok(NoTls)
    }
}

const WITHOUT: &str = "disable, allow or prefer, since pmdb is built without its feature `tls`";

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Result<TlsOptions, TargetError> {
        let environment = Environment::default();
        TlsOptions::from_parameters(&Parameters::gather(text, &environment).unwrap(), &environment)
    }

    #[test]
    fn what_would_be_encrypted_if_it_could_is_plain_and_what_must_be_is_refused() {
        for plain in ["host=h", "host=h sslmode=disable", "host=h sslmode=allow", "host=h sslmode=prefer"] {
            assert_eq!(options(plain).unwrap().mode, TlsMode::Disable, "{plain}");
        }
        for refused in [
            "sslmode=require",
            "sslmode=verify-ca",
            "sslmode=verify-full",
            "sslrootcert=system",
            "sslnegotiation=direct",
        ] {
            let error = options(&format!("host=h {refused}")).unwrap_err().to_string();
            assert!(error.contains("built without its feature `tls`"), "{refused}: {error}");
        }
    }
}
