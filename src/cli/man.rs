//! The man pages, made of the same texts as the help.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{definition, layout};

/// A man page.
#[derive(Debug)]
pub struct ManPage {
    /// `pmdb-up.1`.
    pub file_name: String,
    /// In the language of troff.
    pub text: String,
}

/// The page of pmdb, and one for each command.
///
/// # Errors
/// When a page cannot be put into words, which is a mistake in the definition.
pub fn man_pages() -> std::io::Result<Vec<ManPage>> {
    let mut pmdb = definition().disable_help_subcommand(true);
    pmdb.build();
    let commands = pmdb.get_subcommands().map(|command| page(command, &see_pmdb()));
    std::iter::once(page(&pmdb, &list_of_commands(&pmdb))).chain(commands).collect()
}

fn page(command: &Command, more: &Roff) -> std::io::Result<ManPage> {
    let man = Man::new(command.clone()).source(concat!("pmdb ", env!("CARGO_PKG_VERSION")));
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (description, examples) = help.split_once("Examples:\n").unwrap_or((&help, ""));
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    paragraphs(description).to_writer(&mut text)?;
    man.render_options_section(&mut text)?;
    let mut section = Roff::new();
    section.control("SH", ["EXAMPLES"]);
    section.to_writer(&mut text)?;
    paragraphs(examples).to_writer(&mut text)?;
    more.to_writer(&mut text)?;
    Ok(ManPage { file_name: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() })
}

/// Lines that are indented stay as they are; all else flows.
fn paragraphs(text: &str) -> Roff {
    let mut page = Roff::new();
    for paragraph in text.trim_end().split("\n\n") {
        page.control("PP", []);
        let mut flows = true;
        for line in paragraph.lines() {
            match (flows, line.starts_with("  ")) {
                (true, true) => drop(page.control("nf", [])),
                (false, false) => drop(page.control("fi", [])),
                _ => {}
            }
            flows = !line.starts_with("  ");
            page.text([roman(line)]);
        }
        if !flows {
            page.control("fi", []);
        }
    }
    page
}

fn list_of_commands(pmdb: &Command) -> Roff {
    let mut page = Roff::new();
    page.control("SH", ["COMMANDS"]);
    for (title, names) in layout::groups() {
        page.control("SS", [title]);
        for command in names.into_iter().filter_map(|name| pmdb.find_subcommand(name)) {
            page.control("TP", []);
            page.text([roman(format!("pmdb-{}(1)", command.get_name()))]);
            page.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
        }
    }
    page
}

fn see_pmdb() -> Roff {
    let mut page = Roff::new();
    page.control("SH", ["SEE ALSO"]);
    page.text([roman("pmdb(1), which says which database is meant, and what the exit codes are")]);
    page
}
