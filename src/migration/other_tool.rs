//! Files that another tool's migrations are written in: known by their names, or by the comments that steer that tool.

use std::path::Path;

/// Whose format a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTool {
    /// `V1__create_users.sql`
    Flyway,
    /// `20261123101500_init/migration.sql`
    Prisma,
    /// `2026-11-23-101500_create_users/up.sql`
    Diesel,
    /// `0001_create_users.up.sql`
    GolangMigrate,
    /// `deploy/create_users.sql`
    Sqitch,
    /// `-- +goose Up`
    Goose,
    /// `-- +migrate Up`
    SqlMigrate,
    /// `--liquibase formatted sql`
    Liquibase,
    /// `-- Up Migration`
    NodePgMigrate,
    /// `---- create above / drop below ----`
    Tern,
    /// `--> statement-breakpoint`
    Drizzle,
}

/// What a migration of pmdb looks like, for somebody who comes from another tool.
pub(crate) const WHAT_IS_EXPECTED: &str = "pmdb expects one file for each migration, named like \
                                           0001_create_users.sql, with the line `-- migrate:up` above its SQL and \
                                           `-- migrate:down` above the SQL that undoes it";

/// How the comments begin that steer a tool, white space left out and in lower case.
const COMMENTS: [(&str, OtherTool); 6] = [
    ("--+goose", OtherTool::Goose),
    ("--+migrate", OtherTool::SqlMigrate),
    ("--liquibaseformattedsql", OtherTool::Liquibase),
    ("--upmigration", OtherTool::NodePgMigrate),
    ("----createabove/dropbelow----", OtherTool::Tern),
    ("-->statement-breakpoint", OtherTool::Drizzle),
];

impl OtherTool {
    /// Whose it is, for a sentence: "it looks like …".
    pub fn whose(self) -> &'static str {
        match self {
            OtherTool::Flyway => "Flyway's or refinery's",
            OtherTool::Prisma => "Prisma's",
            OtherTool::Diesel => "Diesel's",
            OtherTool::GolangMigrate => "golang-migrate's or sqlx's",
            OtherTool::Sqitch => "Sqitch's",
            OtherTool::Goose => "goose's",
            OtherTool::SqlMigrate => "sql-migrate's",
            OtherTool::Liquibase => "Liquibase's",
            OtherTool::NodePgMigrate => "node-pg-migrate's",
            OtherTool::Tern => "tern's",
            OtherTool::Drizzle => "Drizzle's",
        }
    }

    /// Known by the path of a file.
    pub(crate) fn by_name(path: &Path) -> Option<OtherTool> {
        let name = path.file_name()?.to_str()?;
        let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
        let folder = folder.unwrap_or_default();
        match name {
            "migration.sql" => Some(OtherTool::Prisma),
            "up.sql" | "down.sql" => Some(OtherTool::Diesel),
            _ if is_flyway(name) => Some(OtherTool::Flyway),
            _ if name.ends_with(".up.sql") || name.ends_with(".down.sql") => Some(OtherTool::GolangMigrate),
            _ if matches!(folder, "deploy" | "revert" | "verify") => Some(OtherTool::Sqitch),
            _ => None,
        }
    }

    /// Known by a line of a file's text, with the offset of that line.
    pub(crate) fn by_comment(text: &str) -> Option<(OtherTool, usize)> {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some(tool) = steered_by(line) {
                return Some((tool, at));
            }
            at += line.len();
        }
        None
    }
}

/// `V1__a.sql`, `U1.2__a.sql`, `R__a.sql`: two underscores part the version from the description.
fn is_flyway(name: &str) -> bool {
    let Some((version, _)) = name.split_once("__") else { return false };
    match version.as_bytes() {
        [b'R'] => true,
        [b'V' | b'U' | b'B', digits @ ..] => digits.first().is_some_and(u8::is_ascii_digit),
        _ => false,
    }
}

fn steered_by(line: &str) -> Option<OtherTool> {
    if !line.starts_with("--") {
        return None;
    }
    let longest = COMMENTS.iter().map(|(comment, _)| comment.len()).max().unwrap_or(0);
    let line: String =
        line.chars().filter(|c| !c.is_whitespace()).take(longest).map(|c| c.to_ascii_lowercase()).collect();
    COMMENTS.iter().find(|(comment, _)| line.starts_with(comment)).map(|(_, tool)| *tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_the_names_of_its_files() {
        for (path, tool) in [
            ("V1__a.sql", Some(OtherTool::Flyway)),
            ("sub/V2026.11.23__a.sql", Some(OtherTool::Flyway)),
            ("R__views.sql", Some(OtherTool::Flyway)),
            ("20261123101500_init/migration.sql", Some(OtherTool::Prisma)),
            ("2026-11-23-101500_a/down.sql", Some(OtherTool::Diesel)),
            ("0001_a.up.sql", Some(OtherTool::GolangMigrate)),
            ("deploy/users.sql", Some(OtherTool::Sqitch)),
            ("0001_a.sql", None),
            ("Views__a.sql", None),
            ("V__a.sql", None),
            ("upset.sql", None),
        ] {
            assert_eq!(OtherTool::by_name(Path::new(path)), tool, "{path}");
        }
    }

    #[test]
    fn a_tool_is_known_by_the_comments_that_steer_it() {
        for (line, tool) in [
            ("-- +goose Up", Some(OtherTool::Goose)),
            ("--+goose StatementBegin\r", Some(OtherTool::Goose)),
            ("-- +migrate Up", Some(OtherTool::SqlMigrate)),
            ("--liquibase formatted sql", Some(OtherTool::Liquibase)),
            ("-- Liquibase Formatted SQL", Some(OtherTool::Liquibase)),
            ("-- Up Migration", Some(OtherTool::NodePgMigrate)),
            ("---- create above / drop below ----", Some(OtherTool::Tern)),
            ("--> statement-breakpoint", Some(OtherTool::Drizzle)),
            ("-- as goose has it", None),
            ("SELECT '-- +goose Up'", None),
        ] {
            let text = format!("-- é\n{line}\n");
            assert_eq!(OtherTool::by_comment(&text), tool.map(|tool| (tool, 6)), "{line}");
        }
    }
}
