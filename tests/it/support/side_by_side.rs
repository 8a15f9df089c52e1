//! Doing a few things at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Most of the work is waiting for the server.
const THREADS: usize = 4;

/// Without optimisation, what is awaited in what is awaited takes more than the usual 2 MB.
const STACK: usize = 16 << 20;

/// Does something with each subject.
pub fn side_by_side<'a, S: Sync, T: Send>(subjects: &'a [S], work: impl Fn(&'a S) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work_on_some = || {
        let mut done = Vec::new();
        while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(work(subject));
        }
        done
    };
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work_on_some).unwrap();
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}
