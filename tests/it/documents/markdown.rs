//! The fenced blocks of a document, and the commands that its text mentions.

use std::fmt;

use regex::Regex;

/// A document.
pub struct Document {
    pub name: &'static str,
    pub text: &'static str,
}

/// A fenced block.
#[derive(Clone)]
pub struct Block {
    pub document: &'static str,
    /// The nearest heading above it.
    pub heading: &'static str,
    /// The line of the document at which it begins.
    line: usize,
    pub language: &'static str,
    /// The file that it shows: the line before ends in the path and a colon.
    pub path: Option<&'static str>,
    pub text: String,
}

impl Document {
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut heading, mut before) = ("", "");
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let indent = line.len() - line.trim_start().len();
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let content = lines.by_ref().map(|(_, line)| line);
                let content = content.take_while(|line| line.trim_start() != "```");
                let text = content.map(|line| line.get(indent..).unwrap_or("").to_owned() + "\n").collect();
                let path = before.strip_suffix("`:").and_then(|text| text.rsplit('`').next());
                blocks.push(Block { document: self.name, heading, line: number + 1, language, path, text });
            } else if line.starts_with('#') {
                heading = line.trim_start_matches(['#', ' ']);
            }
            if !line.is_empty() {
                before = line;
            }
        }
        blocks
    }

    /// Each `pmdb …` between back quotes outside of the blocks.
    pub fn mentions(&self) -> Vec<String> {
        let outside = self.text.split("```").step_by(2).collect::<String>();
        let mention = Regex::new(r"`((?:[A-Z_]+=\S+ )?pmdb\s[^`]+)`").unwrap();
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        mention.captures_iter(&outside).map(|found| folded(&found[1])).collect()
    }
}

impl Block {
    pub fn section(&self) -> (&'static str, &'static str) {
        (self.document, self.heading)
    }

    /// The commands of a session, each with what it prints.
    pub fn session(&self) -> Vec<(&str, &str)> {
        let commands = self.text.strip_prefix("$ ").unwrap_or_else(|| panic!("{self} begins without `$ `"));
        commands.split("\n$ ").map(|command| command.split_once('\n').unwrap_or((command, ""))).collect()
    }

    /// The lines of a shell.
    pub fn command_lines(&self) -> Vec<&str> {
        match self.language {
            "console" => self.session().into_iter().map(|(line, _)| line).collect(),
            _ => self.text.lines().collect(),
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}, {:?}", self.document, self.line, self.heading)
    }
}
