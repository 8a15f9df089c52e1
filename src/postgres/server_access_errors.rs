//! What the errors of `connect` and `embedded` are for a person. These two know nothing of pmdb, so it stands here.

use crate::connect::ConnectError;
use crate::diagnosis::{Diagnose, Diagnosis};
#[cfg(feature = "embedded")]
use crate::embedded::EmbeddedError;
#[cfg(feature = "embedded")]
use crate::exit::Exit;

impl Diagnose for ConnectError {
    fn diagnosis(&self) -> Diagnosis {
        Diagnosis::of(self, "connect").hint(self.hint()).about(self.target().name())
    }
}

#[cfg(feature = "embedded")]
impl Diagnose for EmbeddedError {
    /// The messages say themselves what to do.
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = Diagnosis::of(self, "embedded").without_database();
        match self {
            EmbeddedError::Busy { .. } => diagnosis.exit(Exit::Locked),
            EmbeddedError::Interrupted => Diagnosis::interrupted(self),
            _ => diagnosis,
        }
    }
}
