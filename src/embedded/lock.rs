//! One pmdb at a time on one home: a lock on the file `lock`, which ends with the process that holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::EmbeddedError;
use super::account::Account;
use super::files::failed_to;

/// How often a waiting pmdb looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// Who uses the embedded server at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The process, when it is known.
    pub pid: Option<u32>,
}

/// The right to use a home, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, waiting for at most `patience`. `on_wait` is called once, with the holder that it waits for.
    pub(super) fn take(
        home: &Path,
        account: &Account,
        patience: Duration,
        on_wait: impl FnOnce(&Holder),
    ) -> Result<Lock, EmbeddedError> {
        let path = home.join("lock");
        let deadline = Instant::now() + patience;
        let mut on_wait = Some(on_wait);
        let file = open(&path)?;
        account.hand_over(&path)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(failed_to("lock", &path)(source)),
            }
            let holder = Holder { pid: read_pid(&path) };
            if Instant::now() >= deadline {
                return Err(EmbeddedError::Busy { home: home.to_owned(), pid: holder.pid });
            }
            if let Some(tell) = on_wait.take() {
                tell(&holder);
            }
            thread::sleep(PAUSE);
        }
        write_pid(&file).map_err(failed_to("write", &path))?;
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would not do: a child that another thread is starting holds a copy of it until its exec. A
        // failure is one of the file system, and then the end of the process unlocks.
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> Result<File, EmbeddedError> {
    // Not truncated: the pid of the holder stands in it.
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed_to("open", path))
}

/// The process that has, or had, the lock whose file this is.
pub(super) fn read_pid(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn write_pid(mut file: &File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_waits_and_then_says_who_holds_it() {
        let home = tempfile::tempdir().unwrap();
        let take = |patience, on_wait: &mut dyn FnMut(&Holder)| {
            Lock::take(home.path(), &Account::Own, Duration::from_millis(patience), on_wait)
        };
        let first = take(0, &mut |_| panic!("nobody to wait for")).unwrap();
        let mut told = Vec::new();
        let error = take(120, &mut |holder| told.push(*holder)).unwrap_err();
        let me = Some(std::process::id());
        assert_eq!(told, [Holder { pid: me }]);
        assert!(matches!(error, EmbeddedError::Busy { pid, .. } if pid == me), "{error}");
        drop(first);
        take(0, &mut |_| panic!("it is free again")).unwrap();
    }
}
