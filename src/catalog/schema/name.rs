//! Names of tables and the like.

use std::fmt;

use serde::Serialize;

/// A name in its schema, both as they are, without quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DisplayName {
    /// The schema.
    pub schema: String,
    /// The name.
    pub name: String,
}

impl DisplayName {
    /// From SQL: `public."My table"`. What stands in the schema `public` may do without it.
    pub fn from_sql(text: &str) -> DisplayName {
        let parts = parts(text);
        match parts.as_slice() {
            [name] => DisplayName { schema: "public".to_owned(), name: name.clone() },
            [schema, name, ..] => DisplayName { schema: schema.clone(), name: name.clone() },
            [] => DisplayName::default(),
        }
    }
}

/// As people write it: without the schema `public`, and with quotes only where the name could be misread.
impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema != "public" {
            write!(f, "{}.", quoted(&self.schema))?;
        }
        f.write_str(&quoted(&self.name))
    }
}

/// A single name without its quotes.
pub(super) fn unquoted(text: &str) -> String {
    parts(text).into_iter().next().unwrap_or_default()
}

/// Cuts at the dots outside quotes, and takes the quotes away.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(part) = parts.last_mut() else { break };
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => part.push('"'),
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => part.push(letter),
        }
    }
    parts
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    if plain && !name.is_empty() { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: &str, name: &str) -> DisplayName {
        DisplayName { schema: schema.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_name_is_read_from_sql() {
        assert_eq!(DisplayName::from_sql("public.tasks"), name("public", "tasks"));
        assert_eq!(DisplayName::from_sql("tasks"), name("public", "tasks"));
        assert_eq!(DisplayName::from_sql(r#""My.App"."a ""b"".c""#), name("My.App", r#"a "b".c"#));
        assert_eq!(DisplayName::from_sql("public.\"\n😀\""), name("public", "\n😀"));
        assert_eq!(DisplayName::from_sql(""), name("public", ""));
    }

    #[test]
    fn a_name_is_shown_with_quotes_only_where_it_could_be_misread() {
        assert_eq!(name("public", "tasks").to_string(), "tasks");
        assert_eq!(name("app", "order").to_string(), "app.order");
        assert_eq!(name("a.b", r#"x "y""#).to_string(), r#""a.b"."x ""y""""#);
    }
}
