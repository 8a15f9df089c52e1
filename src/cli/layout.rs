//! How the help is laid out: the commands in groups, and each with the options that do something for it.

use std::fmt::Write;

use clap::Command;

/// A title, and the commands below it, each with those options that it uses of the ones that stand before or after every
/// command.
type Group = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const GROUPS: [Group; 6] = [
    (
        "Migrate",
        &[
            ("up", MIGRATIONS),
            ("down", MIGRATIONS),
            ("status", MIGRATIONS),
            ("accept", &["url", "role", "embedded", "table", "dir", "seeds", "bundled"]),
            ("baseline", MIGRATIONS),
            ("renumber", MIGRATIONS),
            ("resolve", MIGRATIONS),
        ],
    ),
    (
        "Develop",
        &[
            ("init", &["dir", "seeds"]),
            ("new", &["dir"]),
            ("redo", MIGRATIONS),
            ("seed", &["url", "role", "embedded", "table", "seeds", "bundled"]),
            ("fill", SCHEMA),
            ("dev", &["role", "table", "dir", "seeds", "bundled"]),
        ],
    ),
    ("Inspect", &[("schema", MIGRATIONS), ("diff", &["role", "table", "dir", "bundled"])]),
    (
        "Check",
        &[
            ("verify", &["url", "table", "dir", "seeds", "bundled"]),
            ("plan", MIGRATIONS),
            ("drift", MIGRATIONS),
            ("advise", SCHEMA),
        ],
    ),
    ("Database", &[("create", SERVER), ("drop", SERVER), ("reset", MIGRATIONS), ("wait", SERVER)]),
    ("Other", &[("completions", &[]), ("man", &[]), ("help", &[])]),
];

/// Of commands that have to do with the migrations of a database.
const MIGRATIONS: &[&str] = &["url", "role", "embedded", "table", "dir", "bundled"];
/// Of commands that look at a database, and leave out pmdb's own tables.
const SCHEMA: &[&str] = &["url", "role", "embedded", "table"];
/// Of commands that have to do with a database as a whole.
const SERVER: &[&str] = &["url", "role", "embedded"];

/// Options of the output, which every command uses.
const OUTPUT: [&str; 2] = ["json", "quiet"];

/// The definition of the command line with its help laid out.
pub(super) fn laid_out(command: Command) -> Command {
    let template = template(&command);
    let commands = GROUPS.iter().flat_map(|(_, commands)| commands.iter());
    let listed = commands.filter(|(name, _)| command.find_subcommand(name).is_some()).collect::<Vec<_>>();
    listed.into_iter().fold(command, list_used).help_template(template)
}

/// Leaves the options that do nothing for a command out of its help. They are taken all the same.
fn list_used(command: Command, (name, used): &(&'static str, &[&str])) -> Command {
    let options: Vec<_> = command
        .get_arguments()
        .filter(|option| option.is_global_set())
        .map(|option| {
            let is_used = used.iter().chain(&OUTPUT).any(|id| option.get_id() == id);
            option.clone().hide(!is_used)
        })
        .collect();
    // An option that the command has already is not handed down to it.
    command.mut_subcommand(name, |one| one.args(options))
}

/// The help of pmdb as a whole. clap has one list of commands only.
fn template(command: &Command) -> String {
    let styles = command.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (title, commands) in GROUPS {
        let _ = writeln!(text, "\n{header}{title}:{header:#}");
        for (name, _) in commands {
            let about = about(command, name);
            let _ = writeln!(text, "  {literal}{name:<12}{literal:#}{about}");
        }
    }
    let _ = write!(text, "\n{header}Options:{header:#}\n{{options}}{{after-help}}");
    text
}

fn about(command: &Command, name: &str) -> String {
    match command.find_subcommand(name).and_then(Command::get_about) {
        Some(about) => about.to_string(),
        // clap makes this one itself.
        None => "Show the help of a command: `pmdb help up`".to_owned(),
    }
}

/// The groups, for the man page.
pub(super) fn groups() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    GROUPS.iter().map(|(title, commands)| (*title, commands.iter().map(|(name, _)| *name).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition;

    #[test]
    fn each_command_stands_in_one_group_and_nothing_else_does() {
        let mut listed: Vec<&str> = groups().flat_map(|(_, commands)| commands).collect();
        let definition = definition();
        let mut real: Vec<&str> =
            definition.get_subcommands().map(Command::get_name).chain(["help"]).collect();
        listed.sort_unstable();
        real.sort_unstable();
        assert_eq!(listed, real);
    }

    #[test]
    fn each_option_of_a_group_is_one() {
        let definition = definition();
        let options: Vec<&str> = definition.get_arguments().map(|option| option.get_id().as_str()).collect();
        for (name, used) in GROUPS.iter().flat_map(|(_, commands)| commands.iter()) {
            let unknown: Vec<_> = used.iter().filter(|option| !options.contains(option)).collect();
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
    }
}
