//! SQL in the sources that names something without its schema: a statement is found that no test sends.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn sql_in_rust_names_everything_with_its_schema() {
    let (mut texts, mut found) = (0, Vec::new());
    for path in rust_files(Path::new("src/postgres")) {
        for text in string_literals(&fs::read_to_string(&path).unwrap()) {
            if !is_sql(&text) {
                continue;
            }
            texts += 1;
            found.extend(
                bare_names(&text).into_iter().map(|name| format!("{name} in {}: {text}", path.display())),
            );
        }
    }
    assert!(texts > 80, "only {texts} texts are taken for SQL");
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn a_bare_name_is_told_from_a_qualified_one() {
    for (sql, bare) in [
        ("SELECT a FROM {} WHERE a = {}", "="),
        ("SELECT 1 WHERE a < b", "<"),
        ("SELECT a || b", "||"),
        ("SELECT 2 * a", "*"),
        ("SELECT -1 WHERE a IN (1)", "IN"),
        ("SELECT CASE a WHEN 1 THEN 2 END", "CASE"),
        ("SELECT a IS DISTINCT FROM b", "DISTINCT"),
        ("SELECT NULLIF(a, b)", "NULLIF"),
        ("SELECT a FROM b JOIN c USING (d)", "USING"),
        ("SELECT a::text", "::"),
        ("SELECT a::text, count(*)", ":: count"),
        ("SELECT pg_backend_pid()", "pg_backend_pid"),
        ("SELECT a FROM pg_class", "pg_class"),
        ("UPDATE {} SET a = 1, b = 2 WHERE c = 3", "="),
        ("SELECT 1 COLLATE \"C\"", "COLLATE"),
        ("CREATE TABLE {} (version text PRIMARY KEY)", "text"),
    ] {
        assert_eq!(bare_names(sql).join(" "), bare, "{sql}");
    }
    for sql in [
        "SELECT a OPERATOR(pg_catalog.=) 'b = c', pg_catalog.count(*), {x}, x.*, * FROM pg_catalog.pg_class AS c (a, b)",
        "UPDATE {} SET a = 1, b = -2 WHERE coalesce(c, 0)::pg_catalog.int8 OPERATOR(pg_catalog.<>) ALL ('{1}'::pg_catalog.oid[])",
        "SELECT DISTINCT ON (a) CASE WHEN b THEN extract(epoch FROM c) END, 'x'::pg_catalog.\"char\"",
        "SET LOCAL lock_timeout = {}",
    ] {
        assert_eq!(bare_names(sql), [""; 0], "{sql}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What stands between quotes in the code of a file, except for its unit tests and its comments.
fn string_literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut literals = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (before, from) = rest.split_at(at);
        if from.starts_with("//") {
            rest = from.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(text) = from.strip_prefix('"') {
            let hashes = "#".repeat(before.len() - before.trim_end_matches('#').len());
            let is_raw =
                before.trim_end_matches('#').ends_with('r') && (!hashes.is_empty() || before.ends_with('r'));
            let end = if is_raw { text.find(&format!("\"{hashes}")) } else { end_of_literal(text) };
            let (literal, after) = text.split_at(end.unwrap_or(text.len()));
            literals.push(literal.replace("\\\n", " ").replace("\\\"", "\""));
            rest = after.get(1..).unwrap_or_default();
        } else if let Some(character) =
            ["'\"'", "'/'", "'\\''"].iter().find(|character| from.starts_with(**character))
        {
            rest = &from[character.len()..];
        } else {
            rest = &from[1..];
        }
    }
    literals
}

fn end_of_literal(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// A message for people may hold SQL between backticks.
fn is_sql(text: &str) -> bool {
    let words = [
        "SELECT ",
        "WHERE ",
        "JOIN ",
        "RETURNING ",
        "UPDATE {",
        "DELETE FROM",
        "INSERT INTO",
        "PREPARE ",
        "CASE WHEN ",
        "CREATE TABLE",
        "ADD COLUMN",
        "OPERATOR(",
        "pg_catalog.",
    ];
    !text.contains('`') && words.iter().any(|word| text.contains(word))
}

/// What the search path decides about in a piece of SQL, with `{…}` for what is filled in.
fn bare_names(sql: &str) -> Vec<String> {
    let sql = without_strings(sql);
    let tokens = tokens(&sql);
    let text = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut bare = Vec::new();
    // Where `=` gives something a value.
    let mut sets = false;
    for (at, token) in tokens.iter().copied().enumerate() {
        let (before, after) = (at.checked_sub(1).map_or("", text), text(at + 1));
        match token {
            "SET" => sets = true,
            "WHERE" | "FROM" | "SELECT" | "CASE" | "RETURNING" => sets = false,
            _ => {}
        }
        let is_bare = match token {
            "=" => !sets,
            "::" => !["pg_catalog", "{}"].contains(&after),
            "*" => !["SELECT", "(", ".", ",", "UNLISTEN"].contains(&before),
            "-" => ![",", "(", "=", "SELECT"].contains(&before),
            // `LOCK TABLE … IN ACCESS SHARE MODE`
            "IN" => after != "ACCESS",
            "ILIKE" | "BETWEEN" | "NULLIF" | "SIMILAR" | "USING" => true,
            // `CREATE TABLE … (LIKE …)`
            "LIKE" => before != "(",
            "DISTINCT" => before == "IS" || before == "NOT",
            "CASE" => after != "WHEN",
            "COLLATE" => after != "pg_catalog",
            "text" | "timestamptz" | "oid" | "name" | "regclass" if before != "." => {
                ["PRIMARY", "DEFAULT"].contains(&after) && before != ","
            }
            token if token.starts_with("pg_") => before != "." && after != ".",
            token if is_operator(token) => true,
            // A list of columns stands after a blank.
            token if token.starts_with(|c: char| c.is_ascii_lowercase()) && after == "(" => {
                !["coalesce", "extract"].contains(&token)
                    && before != "."
                    && sql.contains(&format!("{token}("))
            }
            _ => false,
        };
        if is_bare {
            bare.push(token.to_owned());
        }
    }
    bare
}

fn is_operator(token: &str) -> bool {
    token.starts_with(['<', '>', '~', '!', '|', '+', '/', '%', '&', '@', '^'])
}

/// The text without the insides of SQL's strings, of qualified operators and of what is filled in.
fn without_strings(sql: &str) -> String {
    let mut outside = String::new();
    for (number, piece) in sql.split('\'').enumerate() {
        outside.push_str(if number % 2 == 0 { piece } else { "''" });
    }
    let mut text = String::new();
    let mut rest = outside.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str(" {} ");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let mut pieces = text.split("OPERATOR(pg_catalog.");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once(')').map_or("", |(_, after)| after))
}

/// Words, operators, `{}`, and everything else character by character.
fn tokens(sql: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_symbol = |c: char| "=<>~!|+-*/%&@^:".contains(c);
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' => 2,
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '*' => 1,
            first if is_symbol(first) => rest.find(|c| !is_symbol(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length.min(rest.len()));
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}
