//! A proxy for PostgreSQL's protocol that counts round trips and can put a server far away.
//!
//! It speaks Unix sockets only: nothing is encrypted there, and no client asks for it, so that every byte belongs to a
//! message (PostgreSQL manual, "Message Formats"). The benchmarks use this file too.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The port of the socket's name.
const PORT: u16 = 5432;

/// A proxy in front of a server. It takes connections as long as its folder is there, and serves each to its end.
pub struct Proxy {
    folder: TempDir,
    connections: Connections,
    longest: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<u8>>>,
    answers_left: Arc<AtomicUsize>,
}

/// The connections so far, in the order in which they were made.
type Connections = Arc<Mutex<Vec<Connection>>>;

struct Connection {
    traffic: Arc<Mutex<Traffic>>,
    load: Arc<Mutex<Load>>,
    /// Reads what the server says until it has hung up.
    server_reader: JoinHandle<()>,
}

/// The kind and the length of a message.
const HEADER: usize = 5;

/// How long the server may take to hang up after its client has.
const HANG_UP_LIMIT: Duration = Duration::from_secs(60);

/// What a server has had to do.
#[derive(Debug, Default, Clone, Copy)]
pub struct Load {
    /// How many bytes it has been sent, after the connect.
    pub asked: usize,
    /// How many it has answered with.
    pub answered: usize,
    /// How long it has worked: from what a client says to the end of the answer.
    pub busy: Duration,
}

/// What has passed on a connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Answers that ended after the connect: the server's ReadyForQuery messages, without the first one, which ends the
    /// connect. This is one per simple query, however many statements it holds, and one
    /// per Sync of the extended protocol.
    pub answers: usize,
    /// Times that a client spoke again after the server had spoken: what a client that is far away waits for. The
    /// start-up and the log-in do not count, and neither does the goodbye (Terminate), which nobody answers. It is
    /// more than [`Traffic::answers`] where one answer takes several turns, as COPY FROM stdin does.
    pub turns: usize,
}

impl Proxy {
    /// Puts a proxy in front of the server with this socket, which adds a delay in each direction. The delay holds
    /// nothing up: what comes close together leaves close together.
    pub fn new(server: PathBuf, delay: Duration) -> Proxy {
        let folder = tempfile::Builder::new().prefix("pmdb-proxy-").tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(format!(".s.PGSQL.{PORT}"))).unwrap();
        let connections = Connections::default();
        let longest = Arc::new(AtomicUsize::new(0));
        let sent = Arc::<Mutex<Vec<u8>>>::default();
        let answers_left = Arc::new(AtomicUsize::new(usize::MAX));
        let (made, measured, kept) = (Arc::clone(&connections), Arc::clone(&longest), Arc::clone(&sent));
        let left = Arc::clone(&answers_left);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&server)) else { return };
                let mut made = made.lock().unwrap();
                made.push(serve(client, server, delay, &measured, &kept, &left));
            }
        });
        Proxy { folder, connections, longest, sent, answers_left }
    }

    /// After this many answers on a connection, the server says nothing any more, although it still hears.
    pub fn fall_silent_after(&self, answers: usize) {
        self.answers_left.store(answers, Ordering::Relaxed);
    }

    /// The URL of a database by way of the proxy.
    pub fn url(&self, database: &str) -> String {
        let folder = self.socket_dir().to_str().unwrap().replace('/', "%2F");
        format!("postgresql://postgres@/{database}?host={folder}&port={PORT}")
    }

    /// The folder of its socket.
    pub fn socket_dir(&self) -> &Path {
        self.folder.path()
    }

    /// What has passed on each connection, in the order in which they were made, when its clients have hung up. A
    /// client may leave before the last answer has come, so that the server's end is awaited too.
    pub fn traffic(&self) -> Vec<Traffic> {
        let deadline = Instant::now() + HANG_UP_LIMIT;
        let connections = self.connections.lock().unwrap();
        for connection in connections.iter() {
            while !connection.server_reader.is_finished() {
                assert!(Instant::now() < deadline, "a connection through the proxy is still open");
                thread::sleep(Duration::from_millis(1));
            }
        }
        connections.iter().map(|connection| *connection.traffic.lock().unwrap()).collect()
    }

    /// What the server has had to do for all connections, when their clients have hung up.
    pub fn load(&self) -> Load {
        self.traffic();
        let connections = self.connections.lock().unwrap();
        connections.iter().map(|connection| *connection.load.lock().unwrap()).fold(
            Load::default(),
            |all, one| Load {
                asked: all.asked + one.asked,
                answered: all.answered + one.answered,
                busy: all.busy + one.busy,
            },
        )
    }

    /// All that clients have sent so far.
    pub fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).into_owned()
    }

    /// The length of the longest message of a client so far, in bytes.
    pub fn longest_message(&self) -> usize {
        self.longest.load(Ordering::Relaxed)
    }
}

/// The socket of a server that listens in this folder.
pub fn socket(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

/// Who spoke last on a connection, and whether it has been made.
#[derive(Default)]
struct Conversation {
    connected: bool,
    server_spoke: bool,
    /// Since when the server has had something to answer.
    asked: Option<Instant>,
}

fn serve(
    client: UnixStream,
    server: UnixStream,
    delay: Duration,
    longest: &Arc<AtomicUsize>,
    sent: &Arc<Mutex<Vec<u8>>>,
    answers_left: &Arc<AtomicUsize>,
) -> Connection {
    let traffic = Arc::<Mutex<Traffic>>::default();
    let (passed, answers_left) = (Arc::clone(&traffic), Arc::clone(answers_left));
    let is_silent = move || passed.lock().unwrap().answers >= answers_left.load(Ordering::Relaxed);
    let conversation = Arc::new(Mutex::new(Conversation::default()));
    let load = Arc::<Mutex<Load>>::default();
    let (counted, watched) = (Arc::clone(&traffic), Arc::clone(&conversation));
    let longest = Arc::clone(longest);
    let asked = Arc::clone(&load);
    let from_client = move |kind: u8, length: usize| {
        longest.fetch_max(length, Ordering::Relaxed);
        let mut conversation = watched.lock().unwrap();
        if conversation.connected && kind != b'X' {
            asked.lock().unwrap().asked += HEADER + length;
            conversation.asked.get_or_insert_with(Instant::now);
        }
        if conversation.connected && conversation.server_spoke && kind != b'X' {
            counted.lock().unwrap().turns += 1;
        }
        conversation.server_spoke = false;
    };
    let (counted, answered) = (Arc::clone(&traffic), Arc::clone(&load));
    let from_server = move |kind: u8, length: usize| {
        let mut conversation = conversation.lock().unwrap();
        conversation.server_spoke = true;
        if conversation.connected {
            answered.lock().unwrap().answered += HEADER + length;
        }
        if kind != b'Z' {
            return;
        }
        if conversation.connected {
            counted.lock().unwrap().answers += 1;
        }
        if let Some(asked) = conversation.asked.take() {
            answered.lock().unwrap().busy += asked.elapsed();
        }
        conversation.connected = true;
    };
    let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let sent = Arc::clone(sent);
    let keep = move |bytes: &[u8]| sent.lock().unwrap().extend(bytes);
    let from_client = Watch { on_bytes: keep, on_message: from_client, is_silent: || false };
    pump(client, server, delay, Messages::of_a_client(), from_client);
    let from_server = Watch { on_bytes: |_: &[u8]| (), on_message: from_server, is_silent };
    let server_reader = pump(server_too, client_too, delay, Messages::of_a_server(), from_server);
    Connection { traffic, load, server_reader }
}

/// What is done with what passes one way.
struct Watch<B, M, S> {
    on_bytes: B,
    on_message: M,
    /// Whether nothing passes any more.
    is_silent: S,
}

/// Carries bytes one way: a thread reads and stamps them, another one writes each when its time has come. Returns the
/// reading one, which ends with what it reads.
fn pump<B, M, S>(
    mut from: UnixStream,
    to: UnixStream,
    delay: Duration,
    mut messages: Messages,
    mut watch: Watch<B, M, S>,
) -> JoinHandle<()>
where
    B: FnMut(&[u8]) + Send + 'static,
    M: FnMut(u8, usize) + Send + 'static,
    S: Fn() -> bool + Send + 'static,
{
    let (sender, receiver) = channel();
    thread::spawn(move || write_in_time(to, &receiver));
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let is_silent = (watch.is_silent)();
            (watch.on_bytes)(bytes);
            messages.read(bytes, &mut watch.on_message);
            if is_silent {
                continue;
            }
            if sender.send((Instant::now() + delay, bytes.to_vec())).is_err() {
                return;
            }
        }
    })
}

fn write_in_time(mut to: UnixStream, receiver: &Receiver<(Instant, Vec<u8>)>) {
    for (due, bytes) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    // Only this way: what comes from there is still read to its end.
    let _ = to.shutdown(Shutdown::Write);
}

/// Finds where messages begin in a stream: a byte for the kind, then four for the length, which counts itself. Only
/// the first message of a client has no kind.
struct Messages {
    header: Vec<u8>,
    header_length: usize,
    body_left: usize,
}

impl Messages {
    fn of_a_client() -> Messages {
        Messages { header: Vec::new(), header_length: 4, body_left: 0 }
    }

    fn of_a_server() -> Messages {
        Messages { header: Vec::new(), header_length: 5, body_left: 0 }
    }

    /// Tells the kind of each message whose header ends in these bytes, 0 for one that has none, and its length.
    fn read(&mut self, mut bytes: &[u8], mut on_message: impl FnMut(u8, usize)) {
        while !bytes.is_empty() {
            let body = bytes.len().min(self.body_left);
            self.body_left -= body;
            bytes = &bytes[body..];
            let wanted = bytes.len().min(self.header_length - self.header.len());
            self.header.extend_from_slice(&bytes[..wanted]);
            bytes = &bytes[wanted..];
            if self.header.len() == self.header_length {
                let (kind, length) = self.header.split_at(self.header_length - 4);
                self.body_left = u32::from_be_bytes(length.try_into().unwrap()) as usize - 4;
                on_message(kind.first().copied().unwrap_or(0), self.body_left);
                self.header.clear();
                self.header_length = 5;
            }
        }
    }
}

#[test]
fn messages_are_found_however_the_stream_is_cut() {
    let stream = [&b"\0\0\0\x06xy"[..], b"Q\0\0\0\x08ZZZZ", b"X\0\0\0\x04"].concat();
    for cut in 1..stream.len() {
        let mut kinds = Vec::new();
        let mut messages = Messages::of_a_client();
        for bytes in stream.chunks(cut) {
            messages.read(bytes, |kind, length| kinds.push((kind, length)));
        }
        assert_eq!(kinds, [(0, 2), (b'Q', 4), (b'X', 0)], "cut into pieces of {cut}");
    }
}
