//! What the user sees of an error, and how the command ends.
//!
//! Each error says this of itself, next to its definition, in one `match`; an outer error passes on what the inner one
//! says, and changes what it knows better. `output` shows the value that comes of it and knows no error by name.

use std::fmt::{self, Display};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::connect::{DatabaseName, Target};
use crate::exit::Exit;
use crate::migration::Location;

/// An error that can tell what it is for a person and for a program.
pub trait Diagnose {
    /// All that is shown of it.
    fn diagnosis(&self) -> Diagnosis;
}

/// All that is shown of an error.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// A word for programs. `docs/json.md` lists them.
    pub code: &'static str,
    /// How the command ends.
    pub exit: Exit,
    /// What happened, for programs.
    pub message: String,
    /// Where in a file.
    pub location: Option<FileLocation>,
    /// What happened and where, for people: one headline, or one for each file that is wrong.
    pub headlines: Vec<Headline>,
    /// What the server says beside its message, under the names that psql gives the fields.
    pub server: Vec<(&'static str, String)>,
    /// What state things are in now, a sentence each.
    pub state: Vec<String>,
    /// Which database it is about.
    pub database: Database,
    /// What to type next.
    pub hint: Option<String>,
    /// What programs learn besides: fields of `error` in JSON.
    pub details: Map<String, Value>,
    /// What was done before the error: fields beside `error` in JSON.
    pub done: Map<String, Value>,
}

/// What happened, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What happened, with the file and the place in it where there is one.
    pub text: String,
    /// The line of the file.
    pub excerpt: Option<Excerpt>,
}

/// A line of a file, to be shown with a caret below a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the line, from 1.
    pub line: usize,
    /// What stands there, with secrets masked.
    pub text: String,
    /// The column in this text, from 1, in characters.
    pub column: usize,
}

/// Which database an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// The one that the command works on, if it works on one: [`Diagnosis::on`] names it.
    OfTheCommand,
    /// None: it is about a file, an option or this machine.
    None,
    /// This one.
    Named {
        /// Its name.
        name: DatabaseName,
        /// All of it in a line for people; `None` where the message says it.
        line: Option<String>,
    },
}

/// A file, and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileLocation {
    /// The file.
    pub file: String,
    /// The line, from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// The column, from 1, in characters; `None` for the line as a whole.
    pub column: Option<usize>,
}

/// As editors and compilers write it: `0002_a.sql:3:1`.
impl Display for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        [self.line, self.column].iter().flatten().try_for_each(|number| write!(f, ":{number}"))
    }
}

impl FileLocation {
    /// A place in a file, or the file as a whole.
    pub fn new(file: &Path, location: Option<Location>) -> FileLocation {
        FileLocation {
            file: file.to_string_lossy().into_owned(),
            line: location.map(|location| location.line),
            column: location.map(|location| location.column),
        }
    }

    /// A line of a file.
    pub fn of_line(file: &Path, line: usize) -> FileLocation {
        FileLocation { line: Some(line), ..FileLocation::new(file, None) }
    }
}

impl Diagnosis {
    /// Of an error in its own words: the command fails, on the database that it works on.
    pub fn of(error: &impl Display, code: &'static str) -> Diagnosis {
        let message = error.to_string();
        Diagnosis {
            code,
            exit: Exit::Failed,
            headlines: vec![Headline::new(&message)],
            message,
            location: None,
            server: Vec::new(),
            state: Vec::new(),
            database: Database::OfTheCommand,
            hint: None,
            details: Map::new(),
            done: Map::new(),
        }
    }

    /// Of a command that was interrupted before it did anything.
    pub fn interrupted(error: &impl Display) -> Diagnosis {
        Diagnosis::of(error, "interrupted").exit(Exit::Interrupted).without_database()
    }

    /// The same in the words of an outer error.
    pub fn told_as(self, outer: &impl Display) -> Diagnosis {
        let message = outer.to_string();
        Diagnosis { headlines: vec![Headline::new(&message)], message, ..self }
    }

    /// With another code.
    pub fn code(self, code: &'static str) -> Diagnosis {
        Diagnosis { code, ..self }
    }

    /// With another end of the command.
    pub fn exit(self, exit: Exit) -> Diagnosis {
        Diagnosis { exit, ..self }
    }

    /// With these headlines instead of the message.
    pub fn headlines(self, headlines: Vec<Headline>) -> Diagnosis {
        Diagnosis { headlines, ..self }
    }

    /// With this line of a file below the message.
    pub fn excerpt(self, excerpt: Option<Excerpt>) -> Diagnosis {
        let headline = Headline { text: self.message.clone(), excerpt };
        self.headlines(vec![headline])
    }

    /// With what the server says beside its message.
    pub fn server(self, server: Vec<(&'static str, String)>) -> Diagnosis {
        Diagnosis { server, ..self }
    }

    /// With what state things are in now.
    pub fn state(self, state: Vec<String>) -> Diagnosis {
        Diagnosis { state, ..self }
    }

    /// With what to type next.
    pub fn hint(self, hint: impl Into<String>) -> Diagnosis {
        self.hint_if(Some(hint.into()))
    }

    /// With what to type next, if that is known.
    pub fn hint_if(self, hint: Option<String>) -> Diagnosis {
        Diagnosis { hint, ..self }
    }

    /// About no database.
    pub fn without_database(self) -> Diagnosis {
        Diagnosis { database: Database::None, ..self }
    }

    /// About this database, which the message names.
    pub fn about(self, name: DatabaseName) -> Diagnosis {
        Diagnosis { database: Database::Named { name, line: None }, ..self }
    }

    /// With the database that the command works on, if that is what it is about.
    pub fn on(self, target: &Target) -> Diagnosis {
        match self.database {
            Database::OfTheCommand => {
                let database = Database::Named { name: target.name(), line: Some(target.to_string()) };
                Diagnosis { database, ..self }
            }
            Database::None | Database::Named { .. } => self,
        }
    }

    /// At this place of a file; the message is without it.
    pub fn at(self, location: FileLocation, message: impl Into<String>) -> Diagnosis {
        Diagnosis { location: Some(location), message: message.into(), ..self }
    }

    /// With one more field for programs.
    pub fn detail(mut self, name: &str, value: &impl Serialize) -> Diagnosis {
        self.details.insert(name.to_owned(), json(value));
        self
    }

    /// With all fields of a value for programs.
    pub fn details_of(mut self, value: &impl Serialize) -> Diagnosis {
        if let Value::Object(fields) = json(value) {
            self.details.extend(fields);
        }
        self
    }

    /// With one more field of what was done before.
    pub fn done(mut self, name: &str, value: &impl Serialize) -> Diagnosis {
        self.done.insert(name.to_owned(), json(value));
        self
    }
}

impl Headline {
    /// One without a line of a file.
    pub fn new(text: &str) -> Headline {
        Headline { text: text.to_owned(), excerpt: None }
    }
}

/// Our values are plain data, of which JSON can always be made.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
