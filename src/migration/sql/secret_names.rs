//! Names that sound secret.

/// A name with one of these in it sounds secret.
pub const NAMES: &[&str] = &[
    "passw",
    "passphrase",
    "secret",
    "token",
    "credential",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "account_key",
    "encryption_key",
    "signing_key",
];

/// These have one of them in it, and are none: options of postgres_fdw and settings of the server.
pub const NO_SECRETS: &[&str] = &["password_required", "password_encryption"];

/// Whether a name sounds secret.
pub(super) fn sounds_secret(name: &[u8]) -> bool {
    holds_any(name, NAMES) && !holds_any(name, NO_SECRETS)
}

/// Whether it is the name of the secret itself: `api_token`, but not `token_type`.
pub(super) fn is_secret(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(b"s").unwrap_or(&name);
    NAMES.iter().chain(&["password", "passwd"]).any(|part| name.ends_with(part.as_bytes()))
}

/// Whether one of these, in lower case, stands in a text, however that writes it.
pub(super) fn holds_any(text: &[u8], parts: &[&str]) -> bool {
    let lower = text.to_ascii_lowercase();
    parts.iter().any(|part| memchr::memmem::find(&lower, part.as_bytes()).is_some())
}
