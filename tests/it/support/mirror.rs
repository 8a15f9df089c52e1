//! A mirror of PostgreSQL's portable builds on this machine, which has the server of the tests as an archive.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use super::binaries;

/// What becomes of a request for an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All of it comes.
    Whole,
    /// Half of it comes, and then nothing any more.
    Half,
}

/// A web server on 127.0.0.1. Its thread ends with the test process.
pub struct Mirror {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

/// The name of the build that pmdb asks for.
fn release() -> String {
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    format!("postgresql-18.6.0-{}-unknown-linux-{libc}", std::env::consts::ARCH)
}

impl Mirror {
    /// Starts it, once it has what it is to give: pmdb waits ten seconds for an answer, and to pack may take longer.
    pub fn new(delivery: Delivery) -> Mirror {
        LazyLock::force(&ARCHIVE);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = heard.clone();
                thread::spawn(move || answer(stream, delivery, &heard));
            }
        });
        Mirror { port, requests }
    }

    /// Its address, for `PMDB_PG_MIRROR`, and as a proxy.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The first line of each request so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, delivery: Delivery, heard: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    heard.lock().unwrap().push(first.clone());
    let path = first.split(' ').nth(1).unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let body = match file.strip_prefix(&release()) {
        Some(".tar.gz.sha256") => ARCHIVE.sum.as_bytes(),
        Some(".tar.gz") => &ARCHIVE.bytes,
        _ => return,
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let sent = if delivery == Delivery::Half && file.ends_with(".gz") { body.len() / 2 } else { body.len() };
    // The other side may be gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..sent]));
    if sent < body.len() {
        // Ends with the process, or when the other side is gone.
        let _ = BufReader::new(stream).lines().next();
    }
}

struct Archive {
    bytes: Vec<u8>,
    sum: String,
}

/// The installed programs, and what they need, in a folder that is called as the build.
static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (root, packed) = (folder.path().join(release()), folder.path().join("packed"));
    let bin = binaries().bin_dir;
    fs::create_dir_all(root.join("bin")).unwrap();
    for program in ["postgres", "initdb"] {
        fs::copy(bin.join(program), root.join("bin").join(program)).unwrap();
    }
    // Where a package has them elsewhere, the programs find them there.
    for part in ["lib", "share"].map(|part| bin.with_file_name(part)).iter().filter(|part| part.is_dir()) {
        run(Command::new("cp").arg("-RL").arg(part).arg(&root));
    }
    run(Command::new("tar").arg("-czf").arg(&packed).arg("-C").arg(folder.path()).arg(release()));
    let sum = Command::new("sha256sum").arg(&packed).output().unwrap();
    Archive { bytes: fs::read(&packed).unwrap(), sum: String::from_utf8(sum.stdout).unwrap() }
});

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
