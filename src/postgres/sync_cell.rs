//! A value that several futures of one task look at and change.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As a `RefCell`, but `Sync`: a future that holds one across an `.await` can be spawned on any runtime. Only one task has
/// it, so that nobody ever waits for the lock; a guard must not live across an `.await`, and the compiler sees to that.
#[derive(Debug, Default)]
pub(in crate::postgres) struct SyncCell<T>(Mutex<T>);

impl<T> SyncCell<T> {
    pub fn new(value: T) -> SyncCell<T> {
        SyncCell(Mutex::new(value))
    }

    /// The value, to be looked at or changed in place.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, value: T) {
        *self.lock() = value;
    }

    pub fn replace(&self, value: T) -> T {
        mem::replace(&mut *self.lock(), value)
    }

    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Copy> SyncCell<T> {
    pub fn get(&self) -> T {
        *self.lock()
    }
}

impl<T: Default> SyncCell<T> {
    pub fn take(&self) -> T {
        mem::take(&mut *self.lock())
    }
}
