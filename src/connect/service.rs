//! The connection service file, the manual's section of that name: named sets of parameters.

use std::path::{Path, PathBuf};

use super::Environment;
use super::conninfo::Pairs;
use super::target_error::TargetError;

/// Where packages keep the file for all users, when `PGSYSCONFDIR` doesn't say.
const SYSTEM_FOLDERS: &[&str] = &["/etc/postgresql-common", "/etc"];

/// The parameters of a service, from the user's file or else the system's.
pub(super) fn read(
    service: &str,
    file: Option<&str>,
    environment: &Environment,
) -> Result<Pairs, TargetError> {
    let files = files(file, environment);
    for path in &files {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(TargetError::UnreadableService { path: path.clone(), reason: error.to_string() });
            }
        };
        if let Some(pairs) = section(service, &text, path)? {
            return Ok(pairs);
        }
    }
    Err(TargetError::NoService { service: service.to_owned(), looked: files })
}

fn files(file: Option<&str>, environment: &Environment) -> Vec<PathBuf> {
    let users = match file {
        Some(file) => Some(PathBuf::from(file)),
        None => environment.get("HOME").map(|home| Path::new(home).join(".pg_service.conf")),
    };
    let folders = match environment.get("PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => SYSTEM_FOLDERS.to_vec(),
    };
    users
        .into_iter()
        .chain(folders.into_iter().map(|folder| Path::new(folder).join("pg_service.conf")))
        .collect()
}

/// The `name=value` lines under `[service]`, or nothing when the file has no such section.
fn section(service: &str, text: &str, path: &Path) -> Result<Option<Pairs>, TargetError> {
    let mut found = None;
    let lines = text.lines().map(str::trim).enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (title == service).then(Pairs::new);
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        let problem = match line.split_once('=') {
            Some((name, value)) if name != "service" => {
                pairs.push((name.to_owned(), value.to_owned()));
                continue;
            }
            Some(_) => "a service cannot name another service",
            None => "this line is not name=value",
        };
        return Err(TargetError::ServiceLine {
            path: path.to_owned(),
            line: index + 1,
            problem: problem.into(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# ours\n[other]\nhost=elsewhere\n\n[app]\nhost=db.example.com\npassword=with space\n[last]\nx\n";

    fn read_from(text: &str, service: &str) -> Result<Pairs, TargetError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pg_service.conf"), text).unwrap();
        let environment = Environment::from_pairs([("PGSYSCONFDIR", folder.path().to_str().unwrap())]);
        read(service, None, &environment)
    }

    #[test]
    fn a_service_gives_the_lines_of_its_section() {
        let pairs = read_from(FILE, "app").unwrap();
        assert_eq!(
            pairs,
            [("host", "db.example.com"), ("password", "with space")].map(|(n, v)| (n.into(), v.into()))
        );
    }

    #[test]
    fn a_service_that_no_file_has_is_an_error_naming_the_files() {
        let error = read_from(FILE, "missing").unwrap_err().to_string();
        assert!(error.starts_with("there is no service \"missing\" in /"), "{error}");
        assert!(error.ends_with("pg_service.conf"), "{error}");
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = read_from(FILE, "last").unwrap_err().to_string();
        assert!(error.ends_with("pg_service.conf:9: this line is not name=value"), "{error}");
    }

    #[test]
    fn the_users_file_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".pg_service.conf"), "[app]\nport=1\n").unwrap();
        std::fs::write(folder.path().join("pg_service.conf"), "[app]\nport=2\n").unwrap();
        let path = folder.path().to_str().unwrap();
        let environment = Environment::from_pairs([("PGSYSCONFDIR", path), ("HOME", path)]);
        assert_eq!(read("app", None, &environment).unwrap(), [("port".to_owned(), "1".to_owned())]);
    }
}
