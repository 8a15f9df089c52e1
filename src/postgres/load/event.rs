//! What loading tells while it works.

use super::put_off::PutOff;
use super::rows::LoadTable;
use crate::postgres::event::{Listener, NoopListener};

/// Something that happened while rows were loaded.
#[derive(Debug)]
pub enum LoadEvent<'a> {
    /// These tables are about to be loaded.
    Begins(&'a [LoadTable]),
    /// The rows of a table begin to be copied. Tables are told by their places in the list.
    Copying {
        /// Which.
        table: usize,
    },
    /// Rows of it have been sent.
    Rows {
        /// Which.
        table: usize,
        /// How many since its beginning.
        rows: u64,
    },
    /// All of it is copied; it is there once all is that it refers to.
    Copied {
        /// Which.
        table: usize,
    },
    /// What was put off begins to come back, as much as this says.
    PuttingBack(PutOff),
    /// One of them is back, as in "the index idx_a of public.t".
    IsBack(&'a str),
    /// The server looks at the new rows, so that it plans for them.
    Analyzing,
}

/// Hears what loading tells, perhaps from another thread each time.
pub trait LoadListener: Listener {
    /// Takes one event.
    fn load_event(&mut self, event: LoadEvent<'_>);
}

impl LoadListener for NoopListener {
    fn load_event(&mut self, _event: LoadEvent<'_>) {}
}
