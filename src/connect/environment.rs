//! Environment variables as a value, so that nothing below reads the process.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use uzers::os::unix::UserExt;

/// The environment variables that pmdb looks at: those of the process, then those of a `.env` file.
///
/// It is passed to the code that needs it, so that tests and applications can bring their own. Its `Debug` form shows
/// no values, since some are passwords.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
}

/// A `.env` file that is there but can't be used.
#[derive(Debug, Error)]
pub enum EnvironmentError {
    /// The file can't be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// A line isn't `NAME=value`. Its text is not shown: it may hold a password.
    #[error(
        "{}:{line}: {}", path.display(), EnvironmentError::NO_ASSIGNMENT
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

impl EnvironmentError {
    /// What is wrong with a line.
    pub const NO_ASSIGNMENT: &str =
        "this line is not NAME=value (put a value that has spaces, quotes, # or $ between ' ')";
}

impl Environment {
    /// The variables of this process, and below them those of the file `dotenv`, if there is such a file.
    ///
    /// The process itself is not changed. Within the file the first line for a name counts.
    ///
    /// # Errors
    /// When the file exists but can't be read, or has a line for a variable of pmdb's that is not `NAME=value`.
    pub fn from_process(dotenv: Option<&Path>) -> Result<Environment, EnvironmentError> {
        let mut environment = match dotenv {
            Some(path) => Environment::from_file(path)?,
            None => Environment::default(),
        };
        let process = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        environment.variables.extend(process);
        if environment.get("HOME").is_none()
            && let Some(home) = home_of_user()
        {
            environment.variables.insert("HOME".to_owned(), home);
        }
        Ok(environment)
    }

    /// Exactly these variables, and nothing of the process.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Environment {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Environment { variables }
    }

    /// The value of a variable. One that is set to nothing counts as not set, which is also how an empty
    /// variable of the process hides one of the `.env` file.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn from_file(path: &Path) -> Result<Environment, EnvironmentError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Environment::default()),
            // Some keep a Python environment in a folder of this name.
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
                return Ok(Environment::default());
            }
            Err(error) => {
                return Err(EnvironmentError::Unreadable {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);

        let mut variables = HashMap::new();
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = match entry {
                Ok(pair) => pair,
                Err(error) => {
                    let (line, broken) = line_of(&error, text);
                    if concerns_pmdb(broken) {
                        return Err(EnvironmentError::Line { path: path.to_owned(), line });
                    }
                    continue;
                }
            };
            variables.entry(name).or_insert(value);
        }
        Ok(Environment { variables })
    }
}

/// The home of the user that runs this process, as the system has it: where HOME is not set, libpq looks for its files
/// there.
fn home_of_user() -> Option<String> {
    let user = uzers::get_user_by_uid(uzers::get_effective_uid())?;
    user.home_dir().to_str().map(str::to_owned)
}

/// The number of a broken line, and its text. The parser tells only how it ends.
fn line_of<'t>(error: &dotenvy::Error, text: &'t str) -> (usize, &'t str) {
    let broken = match error {
        dotenvy::Error::LineParse(broken, _) => broken.lines().next().unwrap_or_default(),
        _ => "",
    };
    let lines = text.lines().enumerate();
    let mut ending = lines.filter(|(_, line)| line.trim_end().ends_with(broken.trim_end()));
    ending.next().map_or((1, text), |(index, line)| (index + 1, line))
}

/// Whether a line would set something that pmdb looks at. The file is made for other programs too, and some read lines
/// (`A=b c`) that others do not.
fn concerns_pmdb(line: &str) -> bool {
    let line = line.trim_start();
    let name = line.strip_prefix("export ").unwrap_or(line).trim_start();
    ["DATABASE_URL", "PG", "PMDB_"].iter().any(|prefix| name.starts_with(prefix))
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_dotenv_file_is_read_and_the_process_is_left_alone() {
        let (_folder, path) = file("\u{feff}# local\nPMDB_TEST_ONLY='pa$$ #1'\nPMDB_TEST_ONLY=second\n");
        let environment = Environment::from_process(Some(&path)).unwrap();
        assert_eq!(environment.get("PMDB_TEST_ONLY"), Some("pa$$ #1"));
        assert!(std::env::var_os("PMDB_TEST_ONLY").is_none());
    }

    #[test]
    fn a_variable_of_the_process_wins_over_the_file() {
        let (_folder, path) = file("PATH=from-the-file\n");
        let environment = Environment::from_process(Some(&path)).unwrap();
        assert_ne!(environment.get("PATH"), Some("from-the-file"));
    }

    #[test]
    fn a_missing_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Environment::from_process(Some(&folder.path().join(".env"))).is_ok());
    }

    #[test]
    fn a_folder_of_that_name_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Environment::from_process(Some(folder.path())).is_ok());
    }

    #[test]
    fn a_broken_line_is_named_by_file_and_line_but_never_shown() {
        let (_folder, path) = file("A=1\n\n  DATABASE_URL=postgres://u:top secret@h/d\nB=2\n");
        let error = Environment::from_process(Some(&path)).unwrap_err();
        assert!(error.to_string().contains(".env:3: this line is not NAME=value"), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }

    #[test]
    fn a_line_of_another_program_that_cannot_be_read_is_passed_over() {
        let (_folder, path) = file("GREETING=hello world\nPMDB_TEST_LATER=found\n");
        let environment = Environment::from_process(Some(&path)).unwrap();
        assert_eq!(environment.get("PMDB_TEST_LATER"), Some("found"));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        assert_eq!(Environment::from_pairs([("PGHOST", "")]).get("PGHOST"), None);
    }

    #[test]
    fn the_debug_form_shows_names_only() {
        let shown = format!("{:?}", Environment::from_pairs([("PGPASSWORD", "secret")]));
        assert_eq!(shown, r#"{"PGPASSWORD"}"#);
    }
}
