//! Completion scripts: what clap makes of the definition, and the versions of the migrations, as the files have them.
//!
//! Versions need no server, so that the scripts look for them by themselves. clap's own way to complete values by asking the
//! program is not stable yet.

use std::any::TypeId;
use std::fmt::Write;

use clap::{Arg, Command};
use clap_complete::Shell;

use super::definition;
use crate::migration::Version;

/// The completion script for a shell.
pub fn completion_script(shell: Shell) -> String {
    let mut definition = definition();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, "pmdb", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => with_versions_in_bash(&script, &definition),
        Shell::Zsh => with_versions_in_zsh(&script, &definition),
        Shell::Fish => with_versions_in_fish(script, &definition),
        _ => script,
    }
}

/// The arguments that are versions, each with its command.
fn versions(definition: &Command) -> Vec<(&str, &Arg)> {
    let commands = definition.get_subcommands();
    let arguments = commands.flat_map(|one| one.get_arguments().map(move |arg| (one.get_name(), arg)));
    arguments.filter(|(_, arg)| arg.get_value_parser().type_id() == TypeId::of::<Version>()).collect()
}

const BASH: &str = r#"
# The versions of the migrations, as the files in the folder have them.
_pmdb_versions() {
    local dir="${PMDB_DIR:-migrations}" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ "${COMP_WORDS[i]}" == --dir ]]; then
            dir="${COMP_WORDS[i + 1]}"
        fi
    done
    find "$dir" -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n
}

_pmdb_with_versions() {
    case "$3" in
        PLACES)
            if [[ "$2" != -* ]]; then
                COMPREPLY=($(compgen -W "$(_pmdb_versions)" -- "$2"))
                return 0
            fi
            ;;
    esac
    _pmdb "$@"
}
"#;

fn with_versions_in_bash(script: &str, definition: &Command) -> String {
    let mut places: Vec<String> = versions(definition)
        .into_iter()
        .map(|(command, arg)| arg.get_long().map_or_else(|| command.to_owned(), |long| format!("--{long}")))
        .collect();
    places.sort_unstable();
    places.dedup();
    let script = script.replace("complete -F _pmdb ", "complete -F _pmdb_with_versions ");
    script + &BASH.replace("PLACES", &places.join(" | "))
}

const ZSH: &str = r#"
# The versions of the migrations, as the files in the folder have them.
_pmdb_versions() {
    local dir=${PMDB_DIR:-migrations}
    local -a typed=(${(z)BUFFER})
    local at=${typed[(I)--dir]}
    (( at )) && dir=${(Q)typed[at + 1]}
    compadd -V versions -- ${(f)"$(find $dir -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n)"}
}
"#;

/// What ends the script calls its function, which therefore has to stand before.
const END_IN_ZSH: &str = "\nif [ \"$funcstack[1]\" = \"_pmdb\" ]; then";

fn with_versions_in_zsh(script: &str, definition: &Command) -> String {
    let begins: Vec<String> = versions(definition)
        .into_iter()
        .map(|(_, arg)| {
            arg.get_long().map_or_else(|| format!("':{} -- ", arg.get_id()), |long| format!("--{long}=["))
        })
        .collect();
    let is_version = |line: &str| begins.iter().any(|begin| line.contains(begin.as_str()));
    let lines = script.lines().map(|line| match is_version(line) {
        true => line.replace(":_default'", ":_pmdb_versions'") + "\n",
        false => format!("{line}\n"),
    });
    lines.collect::<String>().replacen(END_IN_ZSH, &format!("{ZSH}{END_IN_ZSH}"), 1)
}

const FISH: &str = r#"
# The versions of the migrations, as the files in the folder have them.
function __fish_pmdb_versions
    set -l dir migrations
    set -q PMDB_DIR; and set dir $PMDB_DIR
    set -l words (commandline -opc)
    set -l place (contains -i -- --dir $words); and set dir $words[(math $place + 1)]
    find $dir -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n
end
"#;

fn with_versions_in_fish(mut script: String, definition: &Command) -> String {
    script.push_str(FISH);
    for (command, arg) in versions(definition) {
        let option = arg.get_long().map_or_else(String::new, |long| format!(" -l {long} -r"));
        let _ = writeln!(
            script,
            "complete -c pmdb -n \"__fish_pmdb_using_subcommand {command}\"{option} -k -f -a \"(__fish_pmdb_versions)\""
        );
    }
    script
}
