//! Exit codes: what a pipeline reads.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Something is pending (`status --check`), or there is something to say of it (`advise --check`, `plan --check`).
    Pending = 3,
    /// History and files disagree, or the schemas of two databases.
    Disagreement = 4,
    /// Another runner holds the lock.
    Locked = 5,
    /// Interrupted, as a shell shows it for Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> std::process::ExitCode {
        std::process::ExitCode::from(exit as u8)
    }
}
