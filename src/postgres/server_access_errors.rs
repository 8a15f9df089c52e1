//! What the errors of `connect` and `embedded` are for a person. These two know nothing of pmdb, so it stands here.

use crate::connect::{ConnectError, Target};
use crate::diagnosis::{DatabaseName, Diagnose, Diagnosis};
#[cfg(feature = "embedded")]
use crate::embedded::EmbeddedError;
#[cfg(feature = "embedded")]
use crate::exit::Exit;

impl Diagnose for ConnectError {
    fn diagnosis(&self) -> Diagnosis {
        let database = DatabaseName { line: None, ..DatabaseName::from(self.target()) };
        Diagnosis::of(self, "connect").hint(self.hint()).about(database)
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

impl From<&Target> for DatabaseName {
    fn from(target: &Target) -> DatabaseName {
        DatabaseName {
            database: target.database().to_owned(),
            host: target.server(),
            user: target.user().to_owned(),
            line: Some(target.to_string()),
        }
    }
}
