//! One pmdb at a time on one home: a lock on the file `lock`, which ends with the process that holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::account::Account;
use super::files::failed_to;
use super::{EmbeddedError, Holder};

/// How often a waiting pmdb looks again.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

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
        let deadline = Instant::now() + patience;
        let mut on_wait = Some(on_wait);
        loop {
            if let Some(lock) = Lock::try_take(home, account, None)? {
                return Ok(lock);
            }
            let holder = holder(home);
            if Instant::now() >= deadline {
                return Err(EmbeddedError::Busy { home: home.to_owned(), holder });
            }
            if let Some(tell) = on_wait.take() {
                tell(&holder);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Takes the lock, if nobody else has it, and writes down who has it now.
    pub(super) fn try_take(
        home: &Path,
        account: &Account,
        program: Option<&str>,
    ) -> Result<Option<Lock>, EmbeddedError> {
        let path = home.join("lock");
        let file = open(&path)?;
        account.hand_over(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(failed_to("lock", &path)(source)),
        }
        write_holder(&file, program).map_err(failed_to("write", &path))?;
        Ok(Some(Lock { file }))
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

/// Who has, or had, the lock of this home.
pub(super) fn holder(home: &Path) -> Holder {
    let path = home.join("lock");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    let taken = fs::metadata(&path).and_then(|file| file.modified()).ok();
    Holder {
        pid: lines.next().and_then(|pid| pid.parse().ok()),
        program: lines.next().map(str::to_owned),
        since: taken.and_then(|taken| SystemTime::now().duration_since(taken).ok()),
    }
}

fn write_holder(mut file: &File, program: Option<&str>) -> std::io::Result<()> {
    let program = program.map(|program| format!("{program}\n")).unwrap_or_default();
    file.set_len(0)?;
    file.rewind()?;
    // In one piece: somebody may be reading it.
    file.write_all(format!("{}\n{program}", std::process::id()).as_bytes())
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
        let error = take(120, &mut |holder| told.push(holder.pid)).unwrap_err();
        let me = Some(std::process::id());
        assert_eq!(told, [me]);
        assert!(matches!(&error, EmbeddedError::Busy { holder, .. } if holder.pid == me), "{error}");
        drop(first);
        take(0, &mut |_| panic!("it is free again")).unwrap();
    }

    #[test]
    fn a_holder_says_what_it_is_and_for_how_long() {
        let home = tempfile::tempdir().unwrap();
        let _lock = Lock::try_take(home.path(), &Account::Own, Some("pmdb dev")).unwrap().unwrap();
        let holder = holder(home.path());
        assert_eq!(holder.to_string(), format!("`pmdb dev` (process {}, for 0 s)", std::process::id()));
        assert_eq!(Holder { program: None, ..holder }.to_string(), format!("process {}", std::process::id()));
        assert_eq!(Holder::default().to_string(), "another process");
    }
}
