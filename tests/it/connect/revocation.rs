//! Lists of revoked certificates: `sslcrl`, `sslcrldir`, and the default file.

use std::path::{Path, PathBuf};

use pmdb::connect::{CertificateProblem, Environment, FailureKind, Session, Target, TlsError};
use tempfile::TempDir;

use super::certificates::{self, Authority};
use super::server::{self, Server, self_signing, signed};
use super::{by_name, failure, failure_at, file, kind, url};

const UNTIL: i32 = 2100;

/// A list that revokes the server's certificate, and one that revokes another.
fn revoking(server: &Server) -> String {
    server::authority().revoke(&[&server.certificate], UNTIL)
}

fn revoking_another() -> String {
    let another = server::authority().sign("another", &[]);
    server::authority().revoke(&[&another.certificate], UNTIL)
}

/// The parameters for a mode that trusts the server's own CA, and more of them.
fn trusting(server: &Server, mode: &str, rest: &str) -> (TempDir, String) {
    let (folder, roots) = file(&server.authority);
    (folder, by_name(server, &format!("?sslmode={mode}&sslrootcert={roots}{rest}")))
}

fn certificate(problem: CertificateProblem) -> FailureKind {
    FailureKind::Certificate(problem)
}

/// A home with `root.crt` and a list as `root.crl`.
fn home(server: &Server, list: &str) -> (TempDir, Environment) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    certificates::write(&folder, "root.crt", &server.authority);
    certificates::write(&folder, "root.crl", list);
    let environment = Environment::from_pairs([("HOME", home.path().to_str().unwrap())]);
    (home, environment)
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_wherever_its_ca_is_asked() {
    let (_list_folder, list) = file(&revoking(signed()));
    for mode in ["verify-full", "verify-ca", "require"] {
        let (_folder, url) = trusting(signed(), mode, &format!("&sslcrl={list}"));
        let error = failure(&url).await;
        assert_eq!(*kind(&error), certificate(CertificateProblem::Revoked), "{mode}");
        assert!(error.to_string().contains("its certificate has been revoked"), "{error}");
    }
    // Without a root nobody is asked about the certificate, as psql has it.
    let nobody = format!("?sslmode=require&sslrootcert=/nonexistent&sslcrl={list}");
    Session::connect(&Target::from_url(&by_name(signed(), &nobody)).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_not_on_the_list_is_good_but_still_needs_the_right_name() {
    let (_list_folder, list) = file(&revoking_another());
    let (_folder, full) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    Session::connect(&Target::from_url(&full).unwrap()).await.unwrap();
    let (_folder, roots) = file(&signed().authority);
    let rest = format!("?sslmode=verify-full&sslrootcert={roots}&sslcrl={list}");
    let error = failure(&url(signed(), "al", &rest)).await;
    assert_eq!(*kind(&error), certificate(CertificateProblem::WrongName));
}

#[tokio::test]
async fn the_lists_of_a_folder_are_those_that_openssl_rehash_has_named() {
    let folder = tempfile::tempdir().unwrap();
    let url = trusting(signed(), "verify-full", &format!("&sslcrldir={}", folder.path().display()));
    let list = certificates::write(folder.path(), "ca.crl", &revoking(signed()));
    let error = failure(&url.1).await;
    assert!(error.to_string().contains("it holds no list of revoked certificates"), "{error}");
    std::os::unix::fs::symlink(list, folder.path().join("0a1b2c3d.r0")).unwrap();
    assert_eq!(*kind(&failure(&url.1).await), certificate(CertificateProblem::Revoked));
}

#[tokio::test]
async fn a_file_and_a_folder_of_lists_count_together() {
    let folder = tempfile::tempdir().unwrap();
    certificates::write(folder.path(), "0a1b2c3d.r0", &Authority::new().revoke(&[], UNTIL));
    let (_list_folder, list) = file(&revoking(signed()));
    let rest = format!("&sslcrldir={}&sslcrl={list}", folder.path().display());
    let (_folder, url) = trusting(signed(), "verify-ca", &rest);
    assert_eq!(*kind(&failure(&url).await), certificate(CertificateProblem::Revoked));
}

#[tokio::test]
async fn the_list_in_the_home_folder_counts_unless_another_is_given() {
    let (_home, environment) = home(signed(), &revoking(signed()));
    let target = Target::resolve(Some(&by_name(signed(), "?sslmode=verify-full")), &environment).unwrap();
    assert_eq!(*kind(&failure_at(&target).await), certificate(CertificateProblem::Revoked));

    let (_folder, list) = file(&revoking_another());
    let rest = format!("?sslmode=verify-full&sslcrl={list}");
    let target = Target::resolve(Some(&by_name(signed(), &rest)), &environment).unwrap();
    Session::connect(&target).await.unwrap();
}

#[tokio::test]
async fn the_variable_names_a_list_too() {
    let (folder, roots) = file(&signed().authority);
    let list = certificates::write(folder.path(), "crl", &revoking(signed()));
    let environment = Environment::from_pairs([("PGSSLCRL", list.to_str().unwrap())]);
    let rest = format!("?sslmode=verify-full&sslrootcert={roots}");
    let target = Target::resolve(Some(&by_name(signed(), &rest)), &environment).unwrap();
    assert_eq!(*kind(&failure_at(&target).await), certificate(CertificateProblem::Revoked));
}

#[tokio::test]
async fn a_certificate_that_no_list_covers_is_refused() {
    let (_list_folder, list) = file(&Authority::named("another CA").revoke(&[], UNTIL));
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    let error = failure(&url).await;
    assert_eq!(*kind(&error), certificate(CertificateProblem::NoRevocationList));
    assert!(error.hint().contains("sslcrl"), "{}", error.hint());

    // A root that is the server's own certificate has no CA that would keep a list.
    let (_folder, roots) = file(&self_signing().certificate);
    let rest = format!("?sslmode=verify-full&sslrootcert={roots}&sslcrl={list}");
    let error = failure(&by_name(self_signing(), &rest)).await;
    assert_eq!(*kind(&error), certificate(CertificateProblem::NoRevocationList));
}

#[tokio::test]
async fn a_list_that_is_out_of_date_or_signed_by_another_is_no_proof() {
    let (_list_folder, list) = file(&server::authority().revoke(&[], 2002));
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    assert_eq!(*kind(&failure(&url).await), certificate(CertificateProblem::RevocationListExpired));

    // A CA of the same name, with another key.
    let (_list_folder, list) = file(&Authority::new().revoke(&[], UNTIL));
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    let error = failure(&url).await;
    assert!(
        matches!(kind(&error), FailureKind::Certificate(CertificateProblem::RevocationList(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_named_and_never_passed_over() {
    let (_list_folder, garbage) = file("nothing here\n");
    for (path, problem) in [
        ("/nonexistent", "No such file or directory"),
        (garbage.as_str(), "it holds no list of revoked certificates in PEM form"),
    ] {
        for parameter in ["sslcrl", "sslcrldir"] {
            let (_folder, url) = trusting(signed(), "verify-full", &format!("&{parameter}={path}"));
            let problem = match (parameter, path) {
                ("sslcrldir", path) if path != "/nonexistent" => "Not a directory",
                _ => problem,
            };
            let error = failure(&url).await;
            assert!(error.to_string().contains(&format!("{path}: {problem}")), "{error}");
        }
    }

    let (home, environment) = home(signed(), "anything");
    let target = Target::resolve(Some(&by_name(signed(), "?sslmode=verify-full")), &environment).unwrap();
    let error = failure_at(&target).await;
    let FailureKind::TlsSetup(TlsError::File { path, .. }) = kind(&error) else { panic!("{error:?}") };
    assert_eq!(*path, list_of(home.path()));
}

#[tokio::test]
async fn a_list_of_version_one_is_refused_with_the_way_to_a_better_one() {
    let (_list_folder, list) = file(include_str!("../../testdata/connect/v1.crl"));
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    let error = failure(&url).await;
    assert!(error.to_string().contains("one is not of X.509 version 2"), "{error}");
}

fn list_of(home: &Path) -> PathBuf {
    home.join(".postgresql/root.crl")
}

#[tokio::test]
async fn of_several_lists_of_a_ca_the_newest_that_is_in_force_counts() {
    let ca = server::authority();
    let old = ca.revoke_in(&[], 2001..=UNTIL);
    let new = ca.revoke_in(&[&signed().certificate], 2020..=UNTIL);
    for both in [format!("{old}{new}"), format!("{new}{old}")] {
        let (_list_folder, list) = file(&both);
        let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
        assert_eq!(*kind(&failure(&url).await), certificate(CertificateProblem::Revoked));
    }
    let ended = ca.revoke_in(&[], 2001..=2002);
    let (_list_folder, list) = file(&format!("{ended}{}", revoking_another()));
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    Session::connect(&Target::from_url(&url).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_list_that_is_not_valid_yet_counts_for_nothing() {
    let later = server::authority().revoke_in(&[], 2090..=UNTIL);
    let (_list_folder, list) = file(&later);
    let (_folder, url) = trusting(signed(), "verify-full", &format!("&sslcrl={list}"));
    let error = failure(&url).await;
    assert!(error.to_string().contains("none of them is valid yet"), "{error}");
}
