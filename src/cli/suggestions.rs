//! What to type instead, for who knows another tool: `rollback`, `migrate`, `up 0002`.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::advise::Rule;

/// What other tools call it, without the signs between words, and the command line that does it here.
const OTHER_WORDS: [(&[&str], &str); 12] = [
    (&["migrate", "apply", "run", "deploy", "upgrade", "update", "latest", "push"], "pmdb up"),
    (&["rollback", "undo", "revert", "downgrade"], "pmdb down"),
    (&["goto", "upto"], "pmdb up --to VERSION"),
    (&["downto"], "pmdb down --to VERSION"),
    (
        &["newmigration", "createmigration", "addmigration", "add", "generate", "revision", "make"],
        "pmdb new NAME",
    ),
    (&["stamp", "adopt", "fake"], "pmdb baseline VERSION"),
    (&["list", "info", "history", "current", "version"], "pmdb status"),
    (&["dump", "show", "describe", "tables"], "pmdb schema"),
    (&["clean", "fresh", "recreate"], "pmdb reset"),
    (&["validate", "test"], "pmdb verify"),
    (&["lint", "check", "doctor"], "pmdb advise"),
    (&["serve", "server", "start"], "pmdb dev"),
];

/// Words that other tools put before the one that counts: `migrate run`, `db rollback`.
const FIRST_WORDS: [&str; 4] = ["migrate", "migration", "migrations", "db"];

/// Adds to an error of clap's what was most likely meant. `words` is the command line without `pmdb`.
pub(super) fn add_to(error: &mut Error, words: &[&str]) {
    let tips = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = context(error, ContextKind::InvalidSubcommand);
            Vec::from_iter(word.and_then(|word| instead_of_command(&word, words)))
        }
        ErrorKind::UnknownArgument => {
            let command = words.iter().find(|word| super::is_command(word));
            let word = context(error, ContextKind::InvalidArg);
            command.zip(word).map_or_else(Vec::new, |(command, word)| instead_of_argument(command, &word))
        }
        ErrorKind::MissingRequiredArgument => Vec::from_iter(seed_to_accept(words)),
        _ => return,
    };
    if tips.is_empty() {
        return;
    }
    // What clap suggests looks like the word; this is what the word means.
    error.remove(ContextKind::SuggestedSubcommand);
    let tips = tips.into_iter().map(StyledStr::from).collect();
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    }
}

fn instead_of_command(word: &str, words: &[&str]) -> Option<String> {
    let next = words.iter().skip_while(|other| **other != word).nth(1).map(|next| plain(next));
    let word = plain(word);
    let next = next.filter(|_| FIRST_WORDS.contains(&word.as_str()));
    let line = next.as_deref().and_then(line_for).or_else(|| line_for(&word))?;
    let command = line.split(' ').nth(1)?;
    let about = super::definition().find_subcommand(command)?.get_about()?.to_string();
    let mut letters = about.chars();
    let first = letters.next()?.to_lowercase();
    Some(format!("use `{line}` to {first}{}", letters.as_str()))
}

fn line_for(word: &str) -> Option<String> {
    if super::is_command(word) {
        return Some(format!("pmdb {word}"));
    }
    let (_, line) = OTHER_WORDS.iter().find(|(others, _)| others.contains(&word))?;
    Some((*line).to_owned())
}

/// `db:migrate:New_Migration` is `newmigration`.
fn plain(word: &str) -> String {
    let last = word.rsplit(':').next().unwrap_or(word);
    last.to_lowercase().replace(['_', '-'], "")
}

fn instead_of_argument(command: &str, word: &str) -> Vec<String> {
    let is_version = word.starts_with(|c: char| c.is_ascii_digit());
    let is_count = word.parse::<u32>().is_ok() && !word.starts_with('0');
    let is_name = word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let lines: &[(&str, &str)] = match command {
        "up" if word == "all" => &[("pmdb up", "apply all that are pending")],
        "up" if is_count => {
            &[("pmdb up --to {}", "stop after version {}"), ("pmdb up --steps {}", "apply the next {}")]
        }
        "up" if is_version => &[("pmdb up --to {}", "stop after version {}")],
        "down" if word == "all" => &[("pmdb down --all", "undo all of them")],
        "down" if is_count => &[
            ("pmdb down --to {}", "undo everything newer than version {}"),
            ("pmdb down --steps {}", "undo the newest {}"),
        ],
        "down" if is_version => &[("pmdb down --to {}", "undo everything newer than version {}")],
        "verify" if is_version => &[("pmdb verify --only {}", "verify this version alone")],
        "advise" if Rule::by_id(word).is_some() => &[("pmdb advise --explain {}", "read about this rule")],
        "create" if is_name => &[("pmdb new {}", "write an empty migration file of this name")],
        _ => &[],
    };
    lines.iter().map(|(line, purpose)| format!("use `{line}` to {purpose}").replace("{}", word)).collect()
}

/// `accept --seeds 0001`: `--seeds` names the folder.
fn seed_to_accept(words: &[&str]) -> Option<String> {
    let (_, version) = words.iter().zip(words.iter().skip(1)).find(|(word, _)| **word == "--seeds")?;
    let is_meant = words.contains(&"accept") && version.starts_with(|c: char| c.is_ascii_digit());
    is_meant
        .then(|| format!("use `pmdb accept --seed {version}` to accept this seed; --seeds names the folder"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    /// What the error says after "tip:", for each tip.
    fn tips(line: &str) -> Vec<String> {
        let error = Cli::read(std::iter::once("pmdb").chain(line.split(' '))).unwrap_err().to_string();
        error.lines().filter_map(|line| line.trim().strip_prefix("tip: ").map(str::to_owned)).collect()
    }

    #[test]
    fn the_words_of_other_tools_lead_to_the_command() {
        let down = "use `pmdb down` to undo the newest migration, or several";
        let up = "use `pmdb up` to apply pending migrations";
        let new = "use `pmdb new NAME` to write an empty migration file with the next number";
        for (word, tip) in [
            ("rollback", down),
            ("undo", down),
            ("revert", down),
            ("db:rollback", down),
            ("help rollback", down),
            ("migrate down", down),
            ("--quiet migrate revert", down),
            ("migrate", up),
            ("apply", up),
            ("migration run", up),
            ("new_migration", new),
            ("NewMigration", new),
            ("dump", "use `pmdb schema` to show the tables and how they relate, as text or as a picture"),
        ] {
            assert_eq!(tips(word), [tip], "{word}");
        }
    }

    #[test]
    fn an_argument_of_another_tool_leads_to_the_option() {
        for (line, expected) in [
            ("up 0002", vec!["use `pmdb up --to 0002` to stop after version 0002"]),
            (
                "up 2",
                vec![
                    "use `pmdb up --to 2` to stop after version 2",
                    "use `pmdb up --steps 2` to apply the next 2",
                ],
            ),
            ("down --dry-run all", vec!["use `pmdb down --all` to undo all of them"]),
            (
                "accept --seeds 0001",
                vec!["use `pmdb accept --seed 0001` to accept this seed; --seeds names the folder"],
            ),
            ("verify 0012", vec!["use `pmdb verify --only 0012` to verify this version alone"]),
            ("advise json-column", vec!["use `pmdb advise --explain json-column` to read about this rule"]),
            (
                "create add_users",
                vec!["use `pmdb new add_users` to write an empty migration file of this name"],
            ),
        ] {
            assert_eq!(tips(line), expected, "{line}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_leads_to_what_looks_like_it() {
        assert_eq!(tips("stauts"), ["a similar subcommand exists: 'status'"]);
        assert_eq!(tips("up --dryrun"), ["a similar argument exists: '--dry-run'"]);
        assert!(tips("frobnicate").is_empty() && tips("up extra").is_empty());
    }

    #[test]
    fn each_line_that_is_suggested_is_one_that_pmdb_takes() {
        let lines = OTHER_WORDS.map(|(_, line)| line.replace("VERSION", "0001"));
        for line in lines {
            assert!(Cli::read(line.split(' ')).is_ok(), "{line}");
        }
    }
}
