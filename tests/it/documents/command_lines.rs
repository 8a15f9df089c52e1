//! Command lines as pmdb would read them.

use clap::error::ErrorKind;
use pmdb::cli::definition;
use regex::Regex;

/// What ends a command in a shell.
const OPERATORS: [&str; 5] = ["&&", "||", "|", ";", ">"];

/// Checks each `pmdb …` and `cargo run -- …` of a line of a shell: the command, its options, and what they are given.
pub fn understood(line: &str) -> Result<(), String> {
    let words = shlex::split(line).ok_or("a quotation mark is not closed")?;
    let setting = Regex::new("^[A-Z_]+=").unwrap();
    for command in words.split(|word| OPERATORS.contains(&word.as_str())) {
        let words: Vec<&str> =
            command.iter().skip_while(|word| setting.is_match(word)).map(String::as_str).collect();
        match words[..] {
            ["pmdb", ref arguments @ ..] | ["cargo", "run", "--", ref arguments @ ..] => {
                read(arguments).map_err(|error| error.to_string())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The same of a mention in a text, which may leave out what a command needs, and name the kind of a value in capitals.
pub fn is_a_mention(line: &str) -> Result<(), String> {
    let words = shlex::split(&line.replace(['[', ']', '…'], "")).ok_or("a quotation mark is not closed")?;
    for command in words.split(|word| OPERATORS.contains(&word.as_str())) {
        let arguments = command.iter().skip_while(|word| *word != "pmdb").skip(1).map(String::as_str);
        match read(&arguments.collect::<Vec<_>>()) {
            Ok(()) => {}
            Err(error) if leaves_something_out(error.kind()) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

fn read(arguments: &[&str]) -> Result<(), clap::Error> {
    let line = std::iter::once("pmdb").chain(arguments.iter().copied());
    definition().try_get_matches_from(line).map(|_| ())
}

fn leaves_something_out(kind: ErrorKind) -> bool {
    use ErrorKind::*;
    matches!(
        kind,
        DisplayHelp
            | DisplayVersion
            | MissingRequiredArgument
            | MissingSubcommand
            | DisplayHelpOnMissingArgumentOrSubcommand
            | InvalidValue
            | ValueValidation
    )
}

#[test]
fn an_option_or_a_command_that_is_not_there_is_found() {
    assert!(understood("export A=b && pmdb up --dry-run # all of it").is_ok());
    assert!(understood("PMDB_DIR=db pmdb up --dry").is_err());
    assert!(understood("pmdb wait && pmdb upp").is_err());
    assert!(understood("cargo run -- up --embeded").is_err());
    assert!(is_a_mention("pmdb schema [TABLE…]").is_ok());
    assert!(is_a_mention("pmdb accept VERSION").is_ok());
    assert!(is_a_mention("pmdb accept VERSION --seedling").is_err());
}
