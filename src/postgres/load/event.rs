//! What loading tells while it works.

use super::put_off::PutOff;
use crate::postgres::event::{Listener, NoopListener};

/// Something that happened while rows were loaded.
#[derive(Debug)]
pub enum LoadEvent<'a> {
    /// What was put off begins to come back: so much.
    PuttingBack(PutOff),
    /// One of them is back, as in "the index idx_a of public.t".
    IsBack(&'a str),
}

/// Hears what loading tells, perhaps from another thread each time.
pub trait LoadListener: Listener {
    /// Takes one event.
    fn load_event(&mut self, event: LoadEvent<'_>);
}

impl LoadListener for NoopListener {
    fn load_event(&mut self, _event: LoadEvent<'_>) {}
}
