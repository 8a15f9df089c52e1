//! Servers for this module: with TLS by several certificates, and without.
//!
//! Each lives in a folder of its own, and ends when the test process does, however that ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, OnceLock};

use super::SECRET;
use super::certificates::{Authority, Pair, expired, self_signed};
use crate::support::{binaries, server};

/// A running server.
pub struct Server {
    pub port: u16,
    /// Where its socket is.
    pub folder: PathBuf,
    /// Its certificate and the certificate of its issuer.
    pub certificate: String,
    pub authority: String,
    /// Ends the server when its standard input closes, which the end of this process does too.
    _keeper: Child,
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);

/// A server whose certificate is for `localhost`, signed by [`authority`].
pub fn signed() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(Some(&AUTHORITY.sign("irrelevant", &["localhost"]))))
}

/// A server whose certificate signs itself and has `localhost` as its common name.
pub fn self_signing() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(Some(&self_signed("localhost"))))
}

/// A server whose self-signed certificate is out of date.
pub fn outdated() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(Some(&expired("localhost"))))
}

/// A server whose certificate is what `openssl x509 -req -signkey` made of a request for `/CN=localhost`
/// before OpenSSL 3.2 or so: X.509 version 1.
pub fn version_one() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let pair = || Pair {
        certificate: include_str!("../../testdata/connect/v1.crt").into(),
        key: include_str!("../../testdata/connect/v1.key").into(),
    };
    SERVER.get_or_init(|| start(Some(&pair())))
}

/// A server without TLS.
pub fn without_tls() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(None))
}

/// The authority that all servers ask client certificates of.
pub fn authority() -> &'static Authority {
    &AUTHORITY
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

const ACCESS: &str = "\
local   all all                          scram-sha-256
hostssl all no_tls      127.0.0.1/32     reject
host    all no_tls      127.0.0.1/32     scram-sha-256
hostnossl all only_tls  127.0.0.1/32     reject
hostssl all only_tls    127.0.0.1/32     scram-sha-256
hostssl all certified   127.0.0.1/32     cert
host    all nobody      127.0.0.1/32     trust
host    all rejected    127.0.0.1/32     reject
host    all all         127.0.0.1/32     scram-sha-256
host    all all         ::1/128          scram-sha-256
";

/// Makes a cluster, starts it and waits for the end of its standard input.
const KEEPER: &str = r#"
trap '' INT
set -e
cd "$2"
PATH="$1:$PATH"
initdb -D data -U postgres -A trust -E UTF8 --locale=C -N >/dev/null
mv server.crt server.key ca.crt data/
chmod 600 data/server.key
mv pg_hba.conf data/
cat postgresql.conf >> data/postgresql.conf
postgres --single -D data postgres < setup.sql >/dev/null 2>&1
pg_ctl -D data -l log -w start >/dev/null
echo ready
cat >/dev/null
pg_ctl -D data -m immediate stop >/dev/null
rm -rf "$2"
"#;

fn start(pair: Option<&Pair>) -> Server {
    let folder = tempfile::Builder::new().prefix("pmdb-connect-").tempdir().unwrap().keep();
    let port = free_port();
    let ssl = if pair.is_some() { "on" } else { "off" };
    let settings = [
        format!("port = {port}"),
        "listen_addresses = '127.0.0.1'".into(),
        format!("unix_socket_directories = '{}'", folder.display()),
        format!("ssl = {ssl}"),
        "ssl_ca_file = 'ca.crt'".into(),
        "fsync = off".into(),
    ];
    let roles: String = ["al", "no_tls", "only_tls", "certified", "rejected"]
        .iter()
        .map(|role| format!("CREATE ROLE {role} LOGIN PASSWORD '{SECRET}';\n"))
        .collect();
    let files = [
        ("postgresql.conf", settings.join("\n")),
        ("pg_hba.conf", ACCESS.into()),
        ("setup.sql", format!("{roles}CREATE DATABASE app OWNER al;\n")),
        ("server.crt", pair.map(|pair| pair.certificate.clone()).unwrap_or_default()),
        ("server.key", pair.map(|pair| pair.key.clone()).unwrap_or_default()),
        ("ca.crt", AUTHORITY.certificate.clone()),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    Server {
        port,
        _keeper: keep(&folder),
        folder,
        certificate: pair.map(|pair| pair.certificate.clone()).unwrap_or_default(),
        authority: AUTHORITY.certificate.clone(),
    }
}

fn keep(folder: &Path) -> Child {
    let mut command = as_other_user(folder);
    let mut keeper = command
        .args(["-c", KEEPER, "keeper"])
        .arg(binaries().bin_dir)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n", "the server in {} did not start; see the file log there", folder.display());
    keeper
}

/// PostgreSQL refuses to run as root, so root hands the folder to the user that the tests' own server runs as.
fn as_other_user(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    if rustix::process::geteuid().is_root() {
        let owner = std::fs::metadata(server().socket_dir()).unwrap();
        let (user, group) = (owner.uid(), owner.gid());
        let chown = Command::new("chown").args(["-R", &format!("{user}:{group}")]).arg(folder).status();
        assert!(chown.unwrap().success());
        command.uid(user).gid(group);
    }
    command
}
