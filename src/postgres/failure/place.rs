use serde::Serialize;

use crate::diagnosis::Excerpt;
use crate::migration::{Location, SourceLine, invisible_in_word};

/// A place in a file, with the line that stands there.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Line and column.
    pub location: Location,
    /// The line itself, with secrets masked.
    pub line: SourceLine,
}

impl Place {
    /// What to do about a character there that nobody sees.
    pub(super) fn hint_of_invisible(&self) -> Option<String> {
        let (name, column) = invisible_in_word(&self.line.text, self.line.column)?;
        let column = self.location.column + column - self.line.column;
        Some(format!(
            "at column {column} stands {name}, which nobody sees and the server takes for a letter: remove it"
        ))
    }

    /// The line, to be shown with a caret below the column.
    pub(in crate::postgres) fn excerpt(&self) -> Excerpt {
        Excerpt { line: self.location.line, text: self.line.text.clone(), column: self.line.column }
    }
}
