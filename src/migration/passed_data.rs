//! Long data of COPY while they are passed over: how long they are, and their SHA-256.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};

use super::layout::marker_line;
use super::long_data::Origin;

/// This many pieces may wait to be hashed.
const PIECES_AHEAD: usize = 8;

/// What is known of data that were passed over.
#[derive(Default)]
pub(super) struct PassedData {
    pub(super) length: u64,
    pub(super) lines: u64,
    pub(super) hashing: Hashing,
    pub(super) kept: Vec<u8>,
    /// The first of their lines that reads as a marker.
    pub(super) marker: Option<usize>,
}

impl PassedData {
    pub(super) fn take(&mut self, data: &str, origin: Origin) {
        if self.marker.is_none()
            && memchr::memmem::find(data.as_bytes(), b"--").is_some()
            && let Some(at) = marker_line(data)
        {
            let lines = line_breaks(data.as_bytes().get(..at).unwrap_or_default());
            self.marker = Some(usize::try_from(self.lines).unwrap_or(usize::MAX).saturating_add(lines));
        }
        self.length += data.len() as u64;
        self.lines += line_breaks(data.as_bytes()) as u64;
        self.hashing.take(data);
        if origin == Origin::Memory {
            self.kept.extend_from_slice(data.as_bytes());
        }
    }
}

/// SHA-256 on a thread of its own: it takes as long as all else of the first reading.
pub(super) struct Hashing {
    pieces: SyncSender<Vec<u8>>,
    thread: JoinHandle<[u8; 32]>,
}

impl Default for Hashing {
    fn default() -> Hashing {
        let (pieces, to_hash) = sync_channel::<Vec<u8>>(PIECES_AHEAD);
        let thread = thread::spawn(move || {
            let hash = |hasher: Sha256, piece: Vec<u8>| hasher.chain_update(piece);
            to_hash.into_iter().fold(Sha256::new(), hash).finalize().into()
        });
        Hashing { pieces, thread }
    }
}

impl Hashing {
    fn take(&self, data: &str) {
        // It takes all until the sender is gone.
        let _ = self.pieces.send(data.as_bytes().to_vec());
    }

    pub(super) fn finish(self) -> [u8; 32] {
        drop(self.pieces);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    let lf = memchr::memchr_iter(b'\n', bytes).count();
    let lone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    lf + memchr::memchr_iter(b'\r', bytes).filter(|&at| lone(at)).count()
}
