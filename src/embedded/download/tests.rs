//! Downloads from a mirror on this machine, which may be broken or mean.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::*;

/// What the mirror answers to a request for a path.
type Response = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// A web server on 127.0.0.1; it ends with the test process.
struct Server {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn new(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, requests): (Arc<Response>, _) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let count = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                thread::spawn(move || serve(stream, &*answer));
            }
        });
        Server { port, requests }
    }

    /// One that has this archive, with its sum.
    fn with(archive: Vec<u8>) -> Server {
        Server::new(
            move |path| {
                if path.ends_with(".sha256") { found(sum(&archive).as_bytes()) } else { found(&archive) }
            },
        )
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/pg", self.port)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// One answer for each connection.
fn serve(mut stream: TcpStream, answer: &Response) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    // The other side may have read enough.
    let _ = stream.write_all(&answer(first.split(' ').nth(1).unwrap()));
}

fn found(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

/// As `sha256sum` writes it.
fn sum(archive: &[u8]) -> String {
    let digits: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits}  {}.tar.gz\n", name())
}

fn name() -> String {
    Release::for_this_machine().unwrap().name()
}

/// An archive that is being made.
struct Tar(Builder<GzEncoder<Vec<u8>>>);

impl Tar {
    fn new() -> Tar {
        Tar(Builder::new(GzEncoder::new(Vec::new(), Compression::fast())))
    }

    /// Programs that know their version and nothing else.
    fn with_programs() -> Tar {
        Tar::new()
            .file("bin/postgres", 0o755, "#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
            .file("bin/initdb", 0o755, "#!/bin/sh\n")
            .file("share/postgres.bki", 0o600, "# PostgreSQL 18\n")
            .link("bin/postmaster", "postgres")
    }

    fn file(self, path: &str, mode: u32, content: &str) -> Tar {
        self.entry(EntryType::Regular, &format!("{}/{path}", name()), "", mode, content)
    }

    fn link(self, path: &str, target: &str) -> Tar {
        self.entry(EntryType::Symlink, &format!("{}/{path}", name()), target, 0o777, "")
    }

    /// The path and the target are written as they are, which the crate itself would refuse for some.
    fn entry(mut self, kind: EntryType, path: &str, target: &str, mode: u32, content: &str) -> Tar {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_gnu_mut().unwrap().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.append(&header, content.as_bytes()).unwrap();
        self
    }

    fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

/// A cache folder, which the user that root runs PostgreSQL as can enter.
fn cache() -> tempfile::TempDir {
    let everyone_enters = fs::Permissions::from_mode(0o755);
    tempfile::Builder::new().permissions(everyone_enters).tempdir().unwrap()
}

/// Looks nowhere but in the cache, and then fetches.
fn search(mirror: &str, cache: &Path) -> (Result<Binaries, EmbeddedError>, Vec<DownloadEvent>) {
    let env = |name: &str| match name {
        "PMDB_PG_MIRROR" => Some(OsString::from(mirror)),
        "XDG_CACHE_HOME" => Some(cache.into()),
        _ => None,
    };
    let events = RefCell::new(Vec::new());
    let found = Binaries::search_or_download(&env, &[], &mut |event| events.borrow_mut().push(event));
    (found, events.into_inner())
}

/// Why it was not fetched. Nothing of it may be left.
#[track_caller]
fn refusal(mirror: &str) -> String {
    let cache = cache();
    let (result, _) = search(mirror, cache.path());
    let Err(EmbeddedError::NotFound { not_fetched: Some(why), .. }) = result else { panic!("{result:?}") };
    assert_eq!(left_in(cache.path()), ["lock"], "{why}");
    why
}

fn left_in(cache: &Path) -> Vec<String> {
    let entries = fs::read_dir(cache.join("pmdb")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_nowhere_is_fetched_once_and_found_from_then_on() {
    let (server, cache) = (Server::with(Tar::with_programs().end()), cache());
    let (first, events) = search(&server.url(), cache.path());
    let folder = cache.path().canonicalize().unwrap().join("pmdb").join(name());
    assert_eq!(first.unwrap(), Binaries { bin_dir: folder.join("bin"), version: "18.6".to_owned() });
    let url = format!("{}/18.6.0/{}.tar.gz", server.url(), name());
    assert_eq!(
        events.first(),
        Some(&DownloadEvent::Begins { version: "18.6".into(), url, cache: cache.path().join("pmdb") })
    );
    let size = Tar::with_programs().end().len() as u64;
    assert!(events.contains(&DownloadEvent::Progress { done: size, total: Some(size) }), "{events:?}");
    assert_eq!(left_in(cache.path()), ["lock".to_owned(), name()]);
    let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(""), mode("bin"), mode("bin/initdb")), (0o755, 0o755, 0o755));
    assert_eq!(mode("share/postgres.bki"), 0o644, "another user has to read it");
    assert_eq!(fs::read_link(folder.join("bin/postmaster")).unwrap(), Path::new("postgres"));

    let (second, events) = search("http://127.0.0.1:1/nobody-is-there", cache.path());
    assert_eq!((second.unwrap().version.as_str(), events.len()), ("18.6", 0));
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_wrong_sum_and_one_that_is_none_are_refused() {
    let archive = Tar::with_programs().end();
    let good = archive.clone();
    let server =
        Server::new(
            move |path| {
                if path.ends_with(".sha256") { found(sum(b"another").as_bytes()) } else { found(&good) }
            },
        );
    assert!(refusal(&server.url()).contains("its SHA-256 sum is "), "{}", refusal(&server.url()));
    for text in ["", "<html>welcome to the hotel</html>", "abc  postgresql.tar.gz", &"0".repeat(5000)] {
        let (archive, text) = (archive.clone(), text.to_owned());
        let server =
            Server::new(
                move |path| {
                    if path.ends_with(".sha256") { found(text.as_bytes()) } else { found(&archive) }
                },
            );
        let why = refusal(&server.url());
        assert!(why.contains("holds no SHA-256 sum") || why.contains("could not fetch it"), "{why}");
    }
}

#[test]
fn a_body_that_ends_too_early_is_refused() {
    let archive = Tar::with_programs().end();
    let cut = |answer: fn(&[u8]) -> Vec<u8>| {
        let archive = archive.clone();
        Server::new(move |path| {
            if path.ends_with(".sha256") {
                return found(sum(&archive).as_bytes());
            }
            let whole = answer(&archive);
            whole[..whole.len() - 10].to_vec()
        })
    };
    let told = cut(found);
    assert!(refusal(&told.url()).contains("could not fetch it from"), "{}", refusal(&told.url()));
    // Without its length, nobody sees it but by the sum.
    let untold = cut(|body| [b"HTTP/1.0 200 OK\r\n\r\n", body].concat());
    assert!(refusal(&untold.url()).contains("its SHA-256 sum is "), "{}", refusal(&untold.url()));
}

#[test]
fn what_the_mirror_does_not_have_is_named_without_its_password() {
    let server = Server::new(|_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    let why = refusal(&server.url().replace("//", "//al:s3cret@"));
    assert!(
        why.contains(&format!("{}/18.6.0/{}.tar.gz.sha256: http status: 404", server.url(), name())),
        "{why}"
    );
    assert!(why.contains("PMDB_PG_MIRROR names another place") && !why.contains("s3cret"), "{why}");
}

#[test]
fn a_redirect_is_followed_but_not_to_where_nothing_protects_it() {
    let (target, cache) = (Server::with(Tar::with_programs().end()), cache());
    let base = target.url();
    let server = Server::new(move |path| moved(&format!("{base}{path}")));
    let (found, _) = search(&server.url(), cache.path());
    assert_eq!(found.unwrap().version, "18.6");

    // It leads to this machine, too, but that is not to be seen in it.
    let elsewhere = target.url().replace("127.0.0.1", "0.0.0.0");
    let server = Server::new(move |path| moved(&format!("{elsewhere}{path}")));
    let why = refusal(&server.url());
    assert!(why.contains("it leads on to http://0.0.0.0:") && why.contains("which is not https"), "{why}");
    let round = Server::new(moved);
    assert!(refusal(&round.url()).contains("redirect"), "{}", refusal(&round.url()));
}

#[test]
fn an_archive_that_reaches_out_of_its_folder_is_refused() {
    let inside = name();
    let hostile = [
        (EntryType::Regular, "../evil".to_owned(), ""),
        (EntryType::Regular, "/tmp/pmdb-evil".to_owned(), ""),
        (EntryType::Regular, format!("{inside}/../evil"), ""),
        (EntryType::Regular, format!("{inside}/bin/../../evil"), ""),
        (EntryType::Regular, "another-folder/evil".to_owned(), ""),
        (EntryType::Symlink, format!("{inside}/lib"), "/tmp"),
        (EntryType::Symlink, format!("{inside}/lib"), "../.."),
        (EntryType::Symlink, format!("{inside}/bin/lib"), "../../x"),
        (EntryType::Link, format!("{inside}/passwd"), "/etc/passwd"),
        (EntryType::Fifo, format!("{inside}/pipe"), ""),
        (EntryType::Char, format!("{inside}/device"), ""),
    ];
    for (kind, path, target) in hostile {
        let archive = Tar::with_programs().entry(kind, &path, target, 0o755, "").end();
        let why = refusal(&Server::with(archive).url());
        assert!(why.contains("the archive is not in order: "), "{path}: {why}");
    }
    assert!(!Path::new("/tmp/pmdb-evil").exists());
}

#[test]
fn nothing_is_written_through_a_link_or_over_a_file() {
    let out = cache();
    let through = Tar::new().link("lib", "share").file("lib/x", 0o644, "x");
    assert!(refusal(&Server::with(through.end()).url()).contains("File exists"));
    let over = Tar::with_programs().file("bin/initdb", 0o755, "another");
    assert!(refusal(&Server::with(over.end()).url()).contains("File exists"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_archive_or_half_of_one_is_refused() {
    let whole = Tar::with_programs().end();
    for bytes in [Vec::new(), b"<html></html>".to_vec(), whole[..whole.len() / 2].to_vec()] {
        let why = refusal(&Server::with(bytes).url());
        assert!(why.contains("the archive is not in order") || why.contains("does not run"), "{why}");
    }
}

#[test]
fn what_does_not_run_here_is_not_kept() {
    let says = "#!/bin/sh\necho 'libicuuc.so.72: cannot open shared object file' >&2\nexit 127\n";
    let archive = Tar::new().file("bin/postgres", 0o755, says).file("bin/initdb", 0o755, "").end();
    let why = refusal(&Server::with(archive).url());
    assert!(why.contains("it does not run on this machine: ") && why.contains("libicuuc.so.72"), "{why}");
}

#[test]
fn what_a_killed_run_left_is_cleared_away_and_what_is_broken_is_fetched_anew() {
    let (server, cache) = (Server::with(Tar::with_programs().end()), cache());
    let (half, broken) = (cache.path().join("pmdb/.new-0a1b2c3d"), cache.path().join("pmdb").join(name()));
    fs::create_dir_all(half.join("deep")).unwrap();
    fs::create_dir_all(broken.join("bin")).unwrap();
    fs::write(broken.join("bin/postgres"), "").unwrap();
    let (found, _) = search(&server.url(), cache.path());
    assert_eq!(found.unwrap().version, "18.6");
    assert_eq!(left_in(cache.path()), ["lock".to_owned(), name()]);
}

#[test]
fn of_many_at_once_one_fetches() {
    let (server, cache) = (Server::with(Tar::with_programs().end()), cache());
    let waited = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let (found, events) = search(&server.url(), cache.path());
                assert_eq!(found.unwrap().version, "18.6");
                *waited.lock().unwrap() +=
                    events.iter().filter(|event| matches!(event, DownloadEvent::Waiting(_))).count();
            });
        }
    });
    assert_eq!(server.requests(), 2, "the sum and the archive, once");
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let (server, cache) = (Server::with(Tar::with_programs().end()), cache());
    fs::write(cache.path().join("pmdb"), "").unwrap();
    let (result, _) = search(&server.url(), cache.path());
    let error = result.unwrap_err().to_string();
    let lock = cache.path().join("pmdb/lock");
    assert!(
        error.contains(&format!("could not keep what it fetched: cannot open {}", lock.display())),
        "{error}"
    );
    assert_eq!(server.requests(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_as_that() {
    let mut disk = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let server = Server::with(Tar::with_programs().end());
    let http = Http::new(mirror::Transport::Loopback).unwrap();
    let error = http.file(&server.url(), &mut disk, |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("No space left"), "{error}");
}
