//! Connecting to real servers, and what is said when that fails.

mod certificates;
mod revocation;
mod server;

use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use pmdb::connect::{
    CertificateProblem, ConnectError, Environment, FailureKind, PasswordSource, Session, Target, TlsError,
};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

use crate::support::PATIENCE;
use server::{Server, free_port, outdated, self_signing, signed, version_one, without_tls};

/// The password of every role. It stands percent-encoded in URLs, and must never be seen in any output.
const SECRET: &str = "S3cr@t/pw";
const ENCODED: &str = "S3cr%40t%2Fpw";

fn url(server: &Server, user: &str, rest: &str) -> String {
    format!("postgresql://{user}:{ENCODED}@127.0.0.1:{}/app{rest}", server.port)
}

/// As `url`, by the name that the certificates are made for.
fn by_name(server: &Server, rest: &str) -> String {
    format!("postgresql://al:{ENCODED}@localhost:{}/app{rest}", server.port)
}

async fn connect(url: &str) -> Result<Session, ConnectError> {
    Session::connect(&Target::from_url(url).unwrap()).await
}

/// The error of a connection that has to fail, after a look that no form of it shows the password.
async fn failure_at(target: &Target) -> ConnectError {
    let error = Session::connect(target).await.expect_err("it connected");
    let mut shown = format!("{target} {target:?} {error} {error:?} {error:#?} {}", error.hint());
    let mut source = error.source();
    while let Some(error) = source {
        shown += &format!("{error} {error:?}");
        source = error.source();
    }
    for secret in [SECRET, ENCODED, "S3cr"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!error.hint().is_empty());
    error
}

async fn failure(url: &str) -> ConnectError {
    failure_at(&Target::from_url(url).unwrap()).await
}

fn kind(error: &ConnectError) -> &FailureKind {
    error.kind().unwrap()
}

async fn one(session: &Session, query: &str) -> String {
    let row = session.client().query_one(query, &[]).await.unwrap();
    row.get::<_, Option<String>>(0).unwrap_or_default()
}

async fn is_encrypted(session: &Session) -> bool {
    one(session, "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await == "true"
}

/// A file in a folder that goes away with the test.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = certificates::write(folder.path(), "file", text).display().to_string();
    (folder, path)
}

#[tokio::test]
async fn a_url_leads_to_the_database_under_our_name() {
    let session = connect(&url(signed(), "al", "")).await.unwrap();
    let seen = one(
        &session,
        "SELECT concat_ws(' ', current_user, current_database(), current_setting('application_name'))",
    );
    assert_eq!(seen.await, "al app pmdb");
    session.close().await;
}

#[tokio::test]
async fn options_reach_the_server() {
    let session =
        connect(&url(signed(), "al", "?options=-csearch_path%3Dabc&application_name=x")).await.unwrap();
    assert_eq!(one(&session, "SHOW search_path").await, "abc");
    assert_eq!(one(&session, "SHOW application_name").await, "x");
}

#[tokio::test]
async fn a_socket_works_by_query_and_by_encoded_host() {
    let Server { folder, port, .. } = signed();
    let encoded = folder.display().to_string().replace('/', "%2F");
    for url in [
        format!("postgresql://al:{ENCODED}@/app?host={}&port={port}", folder.display()),
        format!("postgresql://al:{ENCODED}@{encoded}:{port}/app"),
        // TLS settings don't matter on a socket.
        format!(
            "host={} port={port} user=al password='{SECRET}' dbname=app sslmode=verify-full",
            folder.display()
        ),
    ] {
        let session = connect(&url).await.unwrap();
        assert_eq!(
            session.target().to_string(),
            format!("app on {}/.s.PGSQL.{port} as al", folder.display())
        );
        assert!(!is_encrypted(&session).await);
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_with_its_source() {
    let error = failure(&url(signed(), "al", "?password=S3cr-wrong")).await;
    let source = Some(PasswordSource::ConnectionString);
    let message = "password authentication failed for user \"al\"".to_owned();
    assert_eq!(*kind(&error), FailureKind::WrongPassword { message, source });
    assert_eq!(
        error.to_string(),
        format!(
            "cannot connect to app on 127.0.0.1:{} as al: password authentication failed for user \"al\"",
            signed().port
        )
    );
    assert_eq!(error.hint(), "the password came from the connection string: correct it there");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn no_password_is_another_error_than_a_wrong_one() {
    let error = failure(&format!("postgresql://al@127.0.0.1:{}/app", signed().port)).await;
    assert_eq!(*kind(&error), FailureKind::NoPassword { ignored_file: None });
}

#[tokio::test]
async fn an_unknown_database_is_to_be_created() {
    let error =
        failure_at(&Target::from_url(&url(signed(), "al", "")).unwrap().with_database("nowhere")).await;
    assert_eq!(*kind(&error), FailureKind::UnknownDatabase);
    assert!(error.to_string().starts_with("cannot connect to nowhere on 127.0.0.1:"), "{error}");
    assert!(error.hint().contains("`pmdb create`"));
}

#[tokio::test]
async fn an_unknown_role_and_a_closed_door_are_rejections() {
    for (user, reason) in [("nobody", "role \"nobody\" does not exist"), ("rejected", "pg_hba.conf rejects")]
    {
        let error = failure(&url(signed(), user, "")).await;
        let FailureKind::Rejected(message) = kind(&error) else { panic!("{error:?}") };
        assert!(message.contains(reason), "{message}");
        assert!(error.hint().contains(user));
    }
}

#[tokio::test]
async fn a_refused_port_is_worth_waiting_for() {
    let port = free_port();
    let error = failure(&format!("postgresql://al:{ENCODED}@127.0.0.1:{port}/app")).await;
    assert_eq!(*kind(&error), FailureKind::Refused);
    assert!(
        error.to_string().contains(&format!("app on 127.0.0.1:{port} as al: no server listens there")),
        "{error}"
    );
    assert!(error.is_transient() && error.hint().contains("`pmdb wait`"));
}

#[tokio::test]
async fn a_socket_that_is_not_there_counts_as_refused() {
    let error = failure("postgresql://al@/app?host=/nonexistent").await;
    assert_eq!(*kind(&error), FailureKind::Refused);
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let error = failure(&format!("postgresql://al:{ENCODED}@no-such-host.invalid/app")).await;
    assert_eq!(*kind(&error), FailureKind::UnknownHost);
    assert!(error.to_string().contains("no-such-host.invalid:5432"), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_listener_that_hangs_up_at_once_is_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    for mode in ["disable", "prefer", "require"] {
        let error = failure(&format!("postgresql://al:{ENCODED}@127.0.0.1:{port}/app?sslmode={mode}")).await;
        assert_eq!(*kind(&error), FailureKind::HungUp, "{mode}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_listener_that_says_nothing_is_given_up_after_the_connect_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            held.push(socket);
        }
    });
    let start = Instant::now();
    let error = failure(&format!("postgresql://al:{ENCODED}@127.0.0.1:{port}/app?connect_timeout=1")).await;
    assert_eq!(*kind(&error), FailureKind::Silent(Duration::from_secs(1)));
    assert!(error.to_string().ends_with("no answer within 1 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
    silent.abort();
}

#[tokio::test]
async fn the_second_of_two_hosts_is_taken_when_the_first_is_dead() {
    let (dead, alive) = (free_port(), signed().port);
    let session =
        connect(&format!("postgresql://al:{ENCODED}@127.0.0.1:{dead},127.0.0.1:{alive}/app")).await.unwrap();
    assert_eq!(session.target().to_string(), format!("app on 127.0.0.1:{alive} as al"));
}

#[tokio::test]
async fn when_all_hosts_fail_each_is_listed() {
    let port = free_port();
    let error = failure(&format!("postgresql://al:{ENCODED}@127.0.0.1:{port},nowhere.invalid:1/app")).await;
    let expected = format!(
        "cannot connect to app on 127.0.0.1:{port} or nowhere.invalid:1 as al: no server accepted the connection\n  \
         127.0.0.1:{port}: no server listens there (connection refused)\n  \
         nowhere.invalid:1: the host name cannot be resolved"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_host_that_says_no_ends_the_search() {
    let port = signed().port;
    let url = format!("postgresql://al:S3cr-wrong@127.0.0.1:{port},127.0.0.1:{port}/app");
    assert_eq!(failure(&url).await.failures().len(), 1);
}

#[tokio::test]
async fn target_session_attrs_passes_over_a_server_of_the_other_kind() {
    let error = failure(&url(signed(), "al", "?target_session_attrs=read-only")).await;
    assert!(matches!(kind(&error), FailureKind::WrongSession(_)), "{error:?}");
    connect(&url(signed(), "al", "?target_session_attrs=primary")).await.unwrap();
}

#[tokio::test]
async fn the_password_file_is_asked_for_each_host() {
    let server = signed();
    let escaped = SECRET.replace(':', "\\:");
    let (_folder, path) =
        file(&format!("elsewhere:*:*:*:wrong\n127.0.0.1:{}:app:al:{escaped}\n", server.port));
    let environment = Environment::from_pairs([("PGPASSFILE", path.as_str())]);
    let url = format!("postgresql://al@127.0.0.1:{}/app", server.port);
    let target = Target::resolve(Some(&url), &environment).unwrap();

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = failure_at(&target).await;
    assert!(error.hint().contains("others can read it (chmod 600"), "{}", error.hint());

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Session::connect(&target).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_from_the_file_names_the_file() {
    let (_folder, path) = file("*:*:*:*:S3cr-wrong\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let error = failure(&format!("postgresql://al@127.0.0.1:{}/app?passfile={path}", signed().port)).await;
    assert_eq!(error.hint(), format!("the password came from {path}: correct it there"));
}

#[tokio::test]
async fn each_sslmode_encrypts_as_the_manual_says() {
    for (server, mode, encrypted) in [
        (signed(), "disable", false),
        (signed(), "allow", false),
        (signed(), "prefer", true),
        (signed(), "require", true),
        (without_tls(), "disable", false),
        (without_tls(), "allow", false),
        (without_tls(), "prefer", false),
    ] {
        let session = connect(&url(server, "al", &format!("?sslmode={mode}"))).await.unwrap();
        assert_eq!(is_encrypted(&session).await, encrypted, "{mode}");
    }
}

#[tokio::test]
async fn what_a_session_was_opened_with_opens_another_of_its_kind() {
    for (server, user, mode, encrypted) in [
        (signed(), "al", "disable", false),
        (signed(), "al", "require", true),
        (signed(), "no_tls", "prefer", false),
        (signed(), "only_tls", "allow", true),
        (without_tls(), "al", "prefer", false),
    ] {
        let first = connect(&url(server, user, &format!("?sslmode={mode}"))).await.unwrap();
        let client = match first.tls() {
            Some(tls) => open_with(first.config(), tls.clone()).await,
            None => open_with(first.config(), NoTls).await,
        };
        let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let is_encrypted: bool = client.query_one(query, &[]).await.unwrap().get(0);
        assert_eq!(is_encrypted, encrypted, "{user} {mode}");
        assert!(!format!("{:?}", first.config()).contains(SECRET));
    }
}

async fn open_with<T>(config: &Config, tls: T) -> Client
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn prefer_goes_on_without_tls_when_pg_hba_rejects_tls() {
    assert!(!is_encrypted(&connect(&url(signed(), "no_tls", "")).await.unwrap()).await);
    let error = failure(&url(signed(), "no_tls", "?sslmode=require")).await;
    assert!(matches!(kind(&error), FailureKind::Rejected(_)), "{error:?}");
}

#[tokio::test]
async fn allow_goes_on_with_tls_when_pg_hba_rejects_plain_connections() {
    assert!(is_encrypted(&connect(&url(signed(), "only_tls", "?sslmode=allow")).await.unwrap()).await);
    let error = failure(&url(signed(), "only_tls", "?sslmode=disable")).await;
    assert!(matches!(kind(&error), FailureKind::Rejected(_)), "{error:?}");
}

#[tokio::test]
async fn tls_that_is_required_but_not_offered_is_an_error() {
    for mode in ["require", "verify-ca", "verify-full"] {
        let (_folder, roots) = file(&signed().authority);
        let error = failure(&by_name(without_tls(), &format!("?sslmode={mode}&sslrootcert={roots}"))).await;
        assert_eq!(*kind(&error), FailureKind::TlsNotOffered, "{mode}");
    }
}

#[tokio::test]
async fn verify_full_wants_a_trusted_root_and_the_right_name() {
    let (_folder, roots) = file(&signed().authority);
    let full = format!("?sslmode=verify-full&sslrootcert={roots}");
    assert!(is_encrypted(&connect(&by_name(signed(), &full)).await.unwrap()).await);
    let error = failure(&url(signed(), "al", &full)).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::WrongName));
    assert!(error.to_string().contains("its certificate was made for another host name"), "{error}");
}

#[tokio::test]
async fn verify_ca_does_not_look_at_the_name() {
    let (_folder, roots) = file(&signed().authority);
    connect(&url(signed(), "al", &format!("?sslmode=verify-ca&sslrootcert={roots}"))).await.unwrap();
}

#[tokio::test]
async fn the_name_that_counts_is_the_hosts_even_when_the_address_is_given() {
    let (_folder, roots) = file(&signed().authority);
    let rest = format!("?sslmode=verify-full&sslrootcert={roots}&hostaddr=127.0.0.1");
    connect(&by_name(signed(), &rest)).await.unwrap();
    let error = failure(&by_name(signed(), &rest).replace("localhost", "db.example.com")).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::WrongName));
}

#[tokio::test]
async fn a_self_signed_certificate_is_not_trusted_by_another_root() {
    let (_folder, roots) = file(&signed().authority);
    for mode in ["verify-full", "verify-ca", "require"] {
        let error = failure(&by_name(self_signing(), &format!("?sslmode={mode}&sslrootcert={roots}"))).await;
        assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::UnknownIssuer), "{mode}");
        assert!(error.hint().contains("sslrootcert=FILE"));
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_when_it_is_the_root_itself() {
    let (_folder, roots) = file(&self_signing().certificate);
    connect(&by_name(self_signing(), &format!("?sslmode=verify-full&sslrootcert={roots}"))).await.unwrap();
    let error =
        failure(&url(self_signing(), "al", &format!("?sslmode=verify-full&sslrootcert={roots}"))).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::WrongName));
}

#[tokio::test]
async fn the_systems_roots_do_not_trust_our_own_certificate() {
    let error = failure(&by_name(signed(), "?sslrootcert=system")).await;
    let untrusted = FailureKind::Certificate(CertificateProblem::UnknownIssuer);
    assert!(
        *kind(&error) == untrusted || matches!(kind(&error), FailureKind::TlsSetup(TlsError::System(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn require_trusts_anyone_without_a_root_file_and_verifies_with_the_default_one() {
    connect(&url(self_signing(), "al", "?sslmode=require&sslrootcert=/nonexistent")).await.unwrap();

    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    let environment = Environment::from_pairs([("HOME", home.path().to_str().unwrap())]);
    let target = Target::resolve(Some(&url(self_signing(), "al", "?sslmode=require")), &environment).unwrap();
    Session::connect(&target).await.unwrap();
    certificates::write(&home.path().join(".postgresql"), "root.crt", &signed().authority);
    let error = failure_at(&target).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::UnknownIssuer));
}

#[tokio::test]
async fn an_expired_certificate_is_refused_even_when_it_is_the_root_itself() {
    let (_folder, roots) = file(&outdated().certificate);
    let error = failure(&by_name(outdated(), &format!("?sslmode=verify-ca&sslrootcert={roots}"))).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::Expired));
}

#[tokio::test]
async fn a_certificate_of_version_one_encrypts_and_is_trusted_as_its_own_root_only() {
    let server = version_one();
    for mode in ["prefer", "require"] {
        let session = connect(&url(server, "al", &format!("?sslmode={mode}"))).await.unwrap();
        assert!(is_encrypted(&session).await, "{mode}");
    }
    let (_folder, roots) = file(&server.certificate);
    connect(&by_name(server, &format!("?sslmode=verify-full&sslrootcert={roots}"))).await.unwrap();
    let error = failure(&url(server, "al", &format!("?sslmode=verify-full&sslrootcert={roots}"))).await;
    assert!(matches!(kind(&error), FailureKind::Certificate(_)), "{error:?}");

    let (_folder, roots) = file(&server.authority);
    let error = failure(&by_name(server, &format!("?sslmode=verify-ca&sslrootcert={roots}"))).await;
    assert_eq!(*kind(&error), FailureKind::Certificate(CertificateProblem::OldFormat));
}

#[tokio::test]
async fn a_root_file_that_is_missing_or_no_certificate_is_named() {
    let error = failure(&by_name(signed(), "?sslmode=verify-full&sslrootcert=/nonexistent")).await;
    assert_eq!(*kind(&error), FailureKind::TlsSetup(TlsError::NoRootFile { path: "/nonexistent".into() }));
    assert!(error.to_string().contains("the root certificate file /nonexistent does not exist"), "{error}");
    assert!(error.hint().contains("sslrootcert=FILE"));

    let error = failure(&by_name(signed(), "?sslmode=verify-full")).await;
    assert_eq!(*kind(&error), FailureKind::TlsSetup(TlsError::NoRoots));

    let (_folder, empty) = file("nothing here\n");
    let error = failure(&by_name(signed(), &format!("?sslmode=verify-full&sslrootcert={empty}"))).await;
    assert!(error.to_string().contains("holds no certificate"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_lets_a_role_in_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let pair = server::authority().sign("certified", &[]);
    let certificate = certificates::write(folder.path(), "c.crt", &pair.certificate);
    let key = certificates::write(folder.path(), "c.key", &pair.key);
    let rest = format!("?sslcert={}&sslkey={}", certificate.display(), key.display());
    let session = connect(&url(signed(), "certified", &rest)).await.unwrap();
    assert_eq!(one(&session, "SELECT current_user::text").await, "certified");

    let error = failure(&url(signed(), "certified", "?sslmode=require")).await;
    assert!(error.to_string().contains("client certificate"), "{error}");
    let error = failure(&url(signed(), "certified", "?sslcert=/nonexistent")).await;
    assert!(error.to_string().contains("/nonexistent"), "{error}");
}

#[tokio::test]
async fn the_password_is_bound_to_the_encrypted_channel() {
    connect(&url(signed(), "al", "?channel_binding=require&sslmode=require")).await.unwrap();
    let error = failure(&url(without_tls(), "al", "?channel_binding=require")).await;
    assert!(error.to_string().contains("channel binding"), "{error}");
}

#[tokio::test]
async fn the_least_tls_version_is_kept() {
    let session = connect(&url(signed(), "al", "?ssl_max_protocol_version=TLSv1.2")).await.unwrap();
    assert_eq!(
        one(&session, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await,
        "TLSv1.2"
    );
}

#[tokio::test]
async fn a_running_query_can_be_cancelled_with_and_without_tls() {
    for mode in ["disable", "require"] {
        let session = connect(&url(signed(), "al", &format!("?sslmode={mode}"))).await.unwrap();
        let watcher = connect(&url(signed(), "al", "")).await.unwrap();
        let pid: i32 = session.client().query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        let cancel_when_it_runs = async {
            let runs =
                format!("SELECT (wait_event = 'PgSleep')::text FROM pg_stat_activity WHERE pid = {pid}");
            let it_runs = async { while one(&watcher, &runs).await != "true" {} };
            tokio::time::timeout(PATIENCE, it_runs).await.unwrap();
            session.cancel().await;
        };
        let (result, ()) =
            tokio::join!(session.client().batch_execute("SELECT pg_sleep(60)"), cancel_when_it_runs);
        assert_eq!(
            result.unwrap_err().code().map(|code| code.code().to_owned()),
            Some("57014".into()),
            "{mode}"
        );
        assert!(!session.is_closed());
    }
}

#[tokio::test]
async fn notices_are_kept_until_taken_and_the_oldest_give_way() {
    let session = connect(&url(signed(), "al", "")).await.unwrap();
    let raise = "DO $$ BEGIN RAISE WARNING 'mind' USING DETAIL = 'the gap', HINT = 'jump'; END $$";
    session.client().batch_execute(raise).await.unwrap();
    let notices = session.take_notices();
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((notice.severity.as_str(), notice.message.as_str()), ("WARNING", "mind"));
    assert_eq!((notice.detail.as_deref(), notice.hint.as_deref()), (Some("the gap"), Some("jump")));
    assert!(session.take_notices().is_empty());

    let many = "DO $$ BEGIN FOR i IN 1..1500 LOOP RAISE NOTICE '%', i; END LOOP; END $$";
    session.client().batch_execute(many).await.unwrap();
    let notices = session.take_notices();
    assert_eq!((notices.len(), notices[999].message.as_str()), (1000, "1500"));
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_closed() {
    let session = connect(&url(signed(), "al", "")).await.unwrap();
    let other = connect(&url(signed(), "al", "")).await.unwrap();
    let pid: i32 = session.client().query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    assert!(!session.is_closed());
    other.client().execute("SELECT pg_terminate_backend($1, 5000)", &[&pid]).await.unwrap();
    let is_closed = async {
        while !session.is_closed() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, is_closed).await.unwrap();
}

#[tokio::test]
async fn a_name_is_tried_at_each_of_its_addresses() {
    // The server listens on 127.0.0.1 only, and localhost may be ::1 first.
    let session = connect(&by_name(signed(), "")).await.unwrap();
    assert_eq!(session.target().to_string(), format!("app on localhost:{} as al", signed().port));
}

#[tokio::test]
async fn a_session_can_be_opened_and_used_on_any_thread() {
    let address = url(signed(), "al", "");
    let answer = tokio::spawn(async move {
        let session = connect(&address).await.unwrap();
        one(&session, "SELECT 'here'").await
    });
    assert_eq!(answer.await.unwrap(), "here");
}
