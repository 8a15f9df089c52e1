//! The password file, the manual's section "The Password File": `host:port:database:user:password` lines,
//! of which the first that fits counts.

use std::path::Path;

use super::host::{Address, Host};
use super::password::{Password, PasswordSource};

/// What the password file has for one server.
pub(super) enum Lookup {
    Found(Password),
    Nothing,
    /// The file is there but not used, with the reason. libpq only warns of that, too.
    Ignored(String),
}

/// Looks for the password of `user` for `database` on `host`.
pub(super) fn find(path: &Path, host: &Host, database: &str, user: &str) -> Lookup {
    let Ok(metadata) = std::fs::metadata(path) else { return Lookup::Nothing };
    if !metadata.is_file() {
        return Lookup::Ignored(format!("{} is ignored: it is not a file", path.display()));
    }
    if others_can_read(&metadata) {
        let path = path.display();
        return Lookup::Ignored(format!("{path} is ignored: others can read it (chmod 600 {path})"));
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Lookup::Ignored(format!("{} is ignored: {error}", path.display())),
    };
    match text.lines().find_map(|line| password_in(line, host, database, user)) {
        Some(secret) => Lookup::Found(Password { secret, source: PasswordSource::File(path.to_owned()) }),
        None => Lookup::Nothing,
    }
}

#[cfg(unix)]
fn others_can_read(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_can_read(_: &std::fs::Metadata) -> bool {
    false
}

fn password_in(line: &str, host: &Host, database: &str, user: &str) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = fields(line).into_iter();
    let is_local = matches!(host.address, Address::Socket(_));
    let fits = |field: Field, value: &str| field.anything || field.text == value;

    let host_field = fields.next()?;
    if !(fits(host_field.clone(), &host.name()) || is_local && host_field.text == "localhost") {
        return None;
    }
    for value in [&host.port.to_string(), database, user] {
        if !fits(fields.next()?, value) {
            return None;
        }
    }
    fields.next().map(|field| field.text).filter(|password| !password.is_empty())
}

#[derive(Clone, Default)]
struct Field {
    text: String,
    /// An unescaped `*` stood alone.
    anything: bool,
}

/// The fields between unescaped colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<Field> {
    let mut fields = vec![Field::default()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == ':' {
            fields.push(Field::default());
            continue;
        }
        let Some(field) = fields.last_mut() else { break };
        field.anything = character == '*' && field.text.is_empty();
        let taken = if character == '\\' { characters.next().unwrap_or('\\') } else { character };
        field.text.push(taken);
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn tcp(name: &str) -> Host {
        Host { address: Address::Name(name.into()), port: 5432 }
    }

    fn socket() -> Host {
        Host { address: Address::Socket(PathBuf::from("/run/pg")), port: 5432 }
    }

    #[test]
    fn all_four_fields_have_to_fit() {
        let line = "db:5432:app:al:pw";
        assert_eq!(password_in(line, &tcp("db"), "app", "al").as_deref(), Some("pw"));
        assert_eq!(password_in(line, &tcp("other"), "app", "al"), None);
        assert_eq!(password_in(line, &Host { port: 5433, ..tcp("db") }, "app", "al"), None);
        assert_eq!(password_in(line, &tcp("db"), "other", "al"), None);
        assert_eq!(password_in(line, &tcp("db"), "app", "other"), None);
    }

    #[test]
    fn a_star_fits_anything_but_only_alone_and_unescaped() {
        assert_eq!(password_in("*:*:*:*:pw", &tcp("db"), "app", "al").as_deref(), Some("pw"));
        assert_eq!(password_in("d*:*:*:*:pw", &tcp("db"), "app", "al"), None);
        assert_eq!(password_in("*b:*:*:*:pw", &tcp("db"), "app", "al"), None);
        assert_eq!(password_in(r"\*:*:*:*:pw", &tcp("db"), "app", "al"), None);
    }

    #[test]
    fn a_backslash_escapes_a_colon_and_itself() {
        let line = r"\:\:1:*:a\:b:*:p\:w\\d";
        assert_eq!(password_in(line, &tcp("::1"), "a:b", "al").as_deref(), Some(r"p:w\d"));
    }

    #[test]
    fn a_socket_is_localhost_or_its_folder() {
        assert_eq!(password_in("localhost:*:*:*:pw", &socket(), "app", "al").as_deref(), Some("pw"));
        assert_eq!(password_in("/run/pg:*:*:*:pw", &socket(), "app", "al").as_deref(), Some("pw"));
        assert_eq!(password_in("db:*:*:*:pw", &socket(), "app", "al"), None);
    }

    #[test]
    fn comments_short_lines_and_empty_passwords_are_passed_over() {
        for line in ["#*:*:*:*:pw", "", "*:*:*:*", "*:*:*:*:"] {
            assert_eq!(password_in(line, &tcp("db"), "app", "al"), None, "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_first_line_that_fits_counts_and_a_file_that_others_can_read_is_ignored() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        std::fs::write(&path, "x:*:*:*:no\n*:*:*:al:first\n*:*:*:*:second\n").unwrap();

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let Lookup::Ignored(reason) = find(&path, &tcp("db"), "app", "al") else { panic!("it is used") };
        assert!(reason.contains("others can read it (chmod 600 "), "{reason}");

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let Lookup::Found(password) = find(&path, &tcp("db"), "app", "al") else { panic!("not found") };
        assert_eq!(password.secret, "first");
        assert_eq!(password.source, PasswordSource::File(path));
    }
}
