//! Completion scripts: what clap makes of the definition, and what the files of the project have: the versions of migrations
//! and seeds, and the tables that the migrations make.
//!
//! None of that needs a server. clap's own way to complete values by asking the program is not stable yet.

use std::any::TypeId;
use std::fmt::Write;

use clap::{Arg, Command};
use clap_complete::Shell;

use super::definition;
use crate::migration::Version;

const BASH: &str = include_str!("completions/pmdb.bash");
const ZSH: &str = include_str!("completions/pmdb.zsh");
const FISH: &str = include_str!("completions/pmdb.fish");

/// The completion script for a shell.
pub fn completion_script(shell: Shell) -> String {
    let mut definition = definition();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, "pmdb", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => of_the_project_in_bash(&script, &definition),
        Shell::Zsh => of_the_project_in_zsh(&script, &definition),
        Shell::Fish => of_the_project_in_fish(script, &definition),
        _ => script,
    }
}

/// What the files have that an argument can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    Versions,
    Tables,
}

impl Values {
    fn of(arg: &Arg) -> Option<Values> {
        let is_named =
            |name: &str| arg.get_value_names().is_some_and(|names| names.iter().any(|own| own == name));
        match arg.get_value_parser().type_id() == TypeId::of::<Version>() {
            true => Some(Values::Versions),
            false => is_named("TABLE").then_some(Values::Tables),
        }
    }

    /// The function of the script that looks for them.
    fn function(self) -> &'static str {
        match self {
            Values::Versions => "_pmdb_versions",
            Values::Tables => "_pmdb_tables",
        }
    }
}

/// The arguments that the files have values for, each with its command.
fn arguments(definition: &Command) -> Vec<(&str, &Arg, Values)> {
    let commands = definition.get_subcommands();
    let arguments = commands.flat_map(|one| one.get_arguments().map(move |arg| (one.get_name(), arg)));
    arguments.filter_map(|(command, arg)| Some((command, arg, Values::of(arg)?))).collect()
}

/// A version stands after a word, a list of tables somewhere after its command.
fn of_the_project_in_bash(script: &str, definition: &Command) -> String {
    let places = |wanted: Values| {
        let of_this = arguments(definition).into_iter().filter(|(.., values)| *values == wanted);
        let word = |(command, arg, _): (&str, &Arg, Values)| {
            arg.get_long().map_or_else(|| command.to_owned(), |long| format!("--{long}"))
        };
        let mut words: Vec<String> = of_this.map(word).collect();
        words.sort_unstable();
        words.dedup();
        words.join(" | ")
    };
    let own = BASH
        .replace("VERSION_PLACES", &places(Values::Versions))
        .replace("TABLE_PLACES", &places(Values::Tables));
    script.replace("complete -F _pmdb ", "complete -F _pmdb_in_the_project ") + "\n" + &own
}

/// What ends the script calls its function, which therefore has to stand before.
const END_IN_ZSH: &str = "\nif [ \"$funcstack[1]\" = \"_pmdb\" ]; then";

fn of_the_project_in_zsh(script: &str, definition: &Command) -> String {
    let begins: Vec<(String, Values)> = arguments(definition)
        .into_iter()
        .map(|(_, arg, values)| {
            let begin =
                arg.get_long().map_or_else(|| format!(":{} -- ", arg.get_id()), |long| format!("--{long}=["));
            (begin, values)
        })
        .collect();
    let lines =
        script.lines().map(|line| match begins.iter().find(|(begin, _)| line.contains(begin.as_str())) {
            Some((_, values)) => line.replace(":_default'", &format!(":{}'", values.function())) + "\n",
            None => format!("{line}\n"),
        });
    lines.collect::<String>().replacen(END_IN_ZSH, &format!("\n{ZSH}{END_IN_ZSH}"), 1)
}

fn of_the_project_in_fish(mut script: String, definition: &Command) -> String {
    script.push('\n');
    script.push_str(FISH);
    for (command, arg, values) in arguments(definition) {
        let option = arg.get_long().map_or_else(String::new, |long| format!(" -l {long} -r"));
        let function = values.function();
        let _ = writeln!(
            script,
            "complete -c pmdb -n \"__fish_pmdb_using_subcommand {command}\"{option} -k -f -a \"(_{function})\""
        );
    }
    script
}
