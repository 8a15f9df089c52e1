//! Names that `search_path` decides about, in what pmdb sent to the server by itself.

use std::collections::{BTreeSet, HashMap};

use pmdb::migration::sql::{Lexer, StandardStrings, TokenKind};

/// What was found in a log.
pub(super) struct Bare {
    /// How many statements of pmdb's there are.
    pub statements: usize,
    /// Where a bare name stands.
    pub found: BTreeSet<String>,
}

/// A session, as far as it decides what a bare name means.
#[derive(Default)]
struct Session {
    in_block: bool,
    /// Whether the path is pmdb's own, to the end of the transaction or of the session.
    own_path: Option<Lasting>,
}

#[derive(PartialEq)]
enum Lasting {
    Transaction,
    Session,
}

/// Reads a log of every statement whose lines begin with `@@ application|process|`.
pub(super) fn bare_names(log: &str) -> Bare {
    let mut sessions: HashMap<&str, Session> = HashMap::new();
    let mut bare = Bare { statements: 0, found: BTreeSet::new() };
    for entry in log.split("\n@@ ") {
        let mut parts = entry.splitn(3, '|');
        let (Some(application), Some(process), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let text = text.trim_start();
        let Some((_, message)) = text.strip_prefix("LOG:  ").and_then(|text| text.split_once(": ")) else {
            continue;
        };
        let is_statement = text.starts_with("LOG:  statement") || text.starts_with("LOG:  execute");
        if !application.starts_with("pmdb") || !is_statement {
            continue;
        }
        // The server begins each further line with a tab.
        let message = message.replace("\n\t", "\n");
        let session = sessions.entry(process).or_default();
        for statement in statements(&message) {
            bare.statements += 1;
            session.follow(&statement);
            if session.own_path.is_none() {
                bare.found.extend(statement.bare().map(|name| format!("{name:?} in {}", statement.text())));
            }
        }
        if !session.in_block {
            session.end_transaction();
        }
    }
    bare
}

impl Session {
    fn follow(&mut self, statement: &Statement<'_>) {
        let words: Vec<String> = statement.0.iter().take(7).map(|(_, text)| text.to_uppercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["BEGIN", ..] => self.in_block = true,
            ["COMMIT" | "ROLLBACK"] => {
                self.in_block = false;
                self.end_transaction();
            }
            ["SET", "LOCAL", "SEARCH_PATH", "=", "PG_CATALOG", ",", "PG_TEMP"] => {
                self.own_path.get_or_insert(Lasting::Transaction);
            }
            ["SET", "SEARCH_PATH", "=", "PG_CATALOG", ",", "PG_TEMP"] => {
                self.own_path = Some(Lasting::Session)
            }
            ["SET", "LOCAL", "SEARCH_PATH", ..] | ["RESET", "ALL" | "SEARCH_PATH"] => self.own_path = None,
            _ => {}
        }
    }

    fn end_transaction(&mut self) {
        if self.own_path == Some(Lasting::Transaction) {
            self.own_path = None;
        }
    }
}

/// The tokens of a statement that mean something.
struct Statement<'a>(Vec<(TokenKind, &'a str)>);

fn statements(message: &str) -> Vec<Statement<'_>> {
    let mut statements = vec![Statement(Vec::new())];
    for token in Lexer::new(message.as_bytes(), 0, message.len(), StandardStrings::On) {
        match token.kind {
            TokenKind::Semicolon => statements.push(Statement(Vec::new())),
            kind if kind.is_trivia() => {}
            kind => statements.last_mut().unwrap().0.push((kind, &message[token.span])),
        }
    }
    statements.retain(|statement| !statement.0.is_empty());
    statements
}

/// Words that may stand before a parenthesis and call no function.
const NO_FUNCTIONS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "AS",
    "VALUES",
    "JOIN",
    "ON",
    "OPERATOR",
    "EXISTS",
    "ARRAY",
    "COALESCE",
    "EXTRACT",
    "WHEN",
    "THEN",
    "ELSE",
    "OVER",
    "FILTER",
    "LATERAL",
    "ALL",
    "ANY",
    "BY",
    "DISTINCT",
    "EXECUTE",
    "RETURNING",
    "KEY",
    "TABLE",
    "WITH",
    "LIKE",
    "REFERENCES",
    "UNION",
    "ANALYZE",
];

/// Words that call an operator.
const OPERATORS: &[&str] = &["IN", "LIKE", "ILIKE", "BETWEEN", "SIMILAR", "NULLIF", "USING"];

/// Types that are words of the grammar, so that no path decides about them.
const OWN_TYPES: &[&str] = &["INT", "INTEGER", "BIGINT", "SMALLINT", "BOOLEAN", "VARCHAR", "NUMERIC"];

/// Types that are not.
const TYPES: &[&str] = &["TEXT", "TIMESTAMPTZ", "INT4", "INT8", "BOOL", "OID"];

impl Statement<'_> {
    fn text(&self) -> String {
        self.0.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ").chars().take(600).collect()
    }

    fn word(&self, at: Option<usize>) -> String {
        at.and_then(|at| self.0.get(at)).map_or_else(String::new, |(_, text)| text.to_uppercase())
    }

    fn bare(&self) -> impl Iterator<Item = &str> {
        (0..self.0.len()).filter(|at| self.is_bare(*at)).map(|at| self.0[at].1)
    }

    /// Whether the path decides what this token means.
    fn is_bare(&self, at: usize) -> bool {
        let (kind, text) = self.0[at];
        let (before, first) = (self.word(at.checked_sub(1)), self.word(Some(0)));
        let (after, upper) = (self.word(Some(at + 1)), text.to_uppercase());
        let defines = ["CREATE", "ALTER", "DROP", "GRANT", "COPY", "CALL", "SET", "REINDEX", "COMMENT"]
            .contains(&first.as_str());
        match kind {
            TokenKind::Operator if text == "::" => {
                after != "PG_CATALOG" && !OWN_TYPES.contains(&after.as_str())
            }
            TokenKind::Operator => {
                let is_qualified =
                    before == "." && self.word(at.checked_sub(2)) == "PG_CATALOG" && after == ")";
                let is_star =
                    text == "*" && ["SELECT", "(", ".", ",", "ALL", "UNLISTEN"].contains(&before.as_str());
                let is_sign = text == "-"
                    && ["(", ",", "=", ")"].contains(&before.as_str())
                    && self.0[at + 1].0 == TokenKind::Number;
                !(is_qualified || is_star || is_sign || defines || text == "=" && self.is_assignment(at))
            }
            TokenKind::Word if OPERATORS.contains(&upper.as_str()) => {
                !(defines || upper == "IN" && ["ALTER", "LOCK"].contains(&first.as_str()))
            }
            TokenKind::Word if upper == "FROM" && before == "DISTINCT" => true,
            TokenKind::Word if upper == "CASE" => after != "WHEN",
            TokenKind::Word if TYPES.contains(&upper.as_str()) && (defines || first == "PREPARE") => {
                before != "."
            }
            TokenKind::Word if after == "(" => {
                let is_list =
                    ["AS", "INTO", "WITH", ".", "TABLE", "PREPARE", "EXECUTE"].contains(&before.as_str());
                let qualified = before == "."
                    && (self.word(at.checked_sub(2)) == "PG_CATALOG" || defines || first == "INSERT");
                let calls = !NO_FUNCTIONS.contains(&upper.as_str());
                calls && !qualified && !defines && (before == "." || !is_list)
            }
            TokenKind::Word | TokenKind::QuotedIdentifier
                if ["FROM", "JOIN", "INTO", "UPDATE"].contains(&before.as_str()) =>
            {
                let before_that = self.word(at.checked_sub(2));
                let is_list = upper == "(" || upper == "ONLY" || upper == "LATERAL" || upper == "SELECT";
                let own = !is_list && after != "." && !self.is_of_a_with(text) && before_that != "ON";
                own && !defines && upper != "CURRENT"
            }
            _ => false,
        }
    }

    /// `SET a = …, b = …` of an UPDATE, or of a setting.
    fn is_assignment(&self, at: usize) -> bool {
        let before = self.word(at.checked_sub(2));
        let set = (0..at)
            .rev()
            .map(|at| self.word(Some(at)))
            .find(|word| ["SET", "WHERE", "FROM"].contains(&word.as_str()));
        set.as_deref() == Some("SET") && ["SET", ",", "LOCAL", "."].contains(&before.as_str())
    }

    /// Whether a WITH has given this name.
    fn is_of_a_with(&self, name: &str) -> bool {
        (0..self.0.len()).any(|at| {
            let is_name = self.0[at].1 == name
                && ["WITH", ",", "RECURSIVE"].contains(&self.word(at.checked_sub(1)).as_str());
            is_name && ["AS", "("].contains(&self.word(Some(at + 1)).as_str())
        })
    }
}

#[test]
fn bare_names_are_found_and_qualified_ones_are_not() {
    let names = |sql: &str| statements(sql)[0].bare().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        names(
            "SELECT a = 1, now(), x::text, NULLIF(a, b) FROM t WHERE a IN (1) AND CASE a WHEN 1 THEN 2 END"
        ),
        ["=", "now", "::", "NULLIF", "t", "IN", "CASE"]
    );
    assert_eq!(
        names(
            "WITH t (a) AS (VALUES (1)) SELECT pg_catalog.count(*), x::pg_catalog.text, -1 FROM t \
             JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.a WHERE CASE WHEN true THEN 1 END IS NULL"
        ),
        [""; 0]
    );
    assert_eq!(names("UPDATE public.a SET b = 1, c = -2 WHERE d = 3"), ["="]);
    assert_eq!(names("CREATE TABLE public.t (a text, b pg_catalog.text)"), ["text"]);
}
