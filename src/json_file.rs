//! Files that pmdb writes for itself: a value as JSON, with a key that says what it is and in which version of its format.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub struct JsonFile {
    /// The key that tells such a file from any other JSON, and holds its version.
    pub key: &'static str,
    /// Raised when an older pmdb would misread the file.
    pub version: u64,
    /// What writes it: `pmdb plan --save-sizes`.
    pub written_by: &'static str,
}

/// Why a text is no such file.
#[derive(Debug, Error)]
pub enum JsonFileError {
    /// It is not JSON, or cut off.
    #[error("it is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// It is JSON of another kind.
    #[error("it was not written by `{written_by}`: the key {key:?} is missing")]
    Foreign {
        /// What writes such files.
        written_by: &'static str,
        /// What is missing.
        key: &'static str,
    },
    /// Another pmdb has written it.
    #[error("it has version {found} of its format, and this pmdb reads version {reads}")]
    OtherVersion {
        /// Its version.
        found: Value,
        /// The one that is known.
        reads: u64,
    },
    /// The version is right, and what follows is not.
    #[error("it is damaged: {0}")]
    Damaged(serde_json::Error),
}

impl JsonFile {
    /// The text of the file.
    ///
    /// # Errors
    /// A number that JSON cannot hold, which no server sends.
    pub fn write(&self, value: &impl Serialize) -> Result<String, serde_json::Error> {
        let mut file = Map::from_iter([(self.key.to_owned(), self.version.into())]);
        if let Value::Object(value) = serde_json::to_value(value)? {
            file.extend(value);
        }
        Ok(serde_json::to_string_pretty(&file)? + "\n")
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// See [`JsonFileError`].
    pub fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, JsonFileError> {
        let mut file: Value = serde_json::from_str(text).map_err(JsonFileError::NotJson)?;
        let foreign = JsonFileError::Foreign { written_by: self.written_by, key: self.key };
        let found = file.as_object_mut().and_then(|file| file.shift_remove(self.key)).ok_or(foreign)?;
        if found != self.version {
            return Err(JsonFileError::OtherVersion { found, reads: self.version });
        }
        serde_json::from_value(file).map_err(JsonFileError::Damaged)
    }
}
