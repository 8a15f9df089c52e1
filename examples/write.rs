//! Writing: INSERT that returns the new row, and PATCH, an UPDATE of the fields that were sent and no others.
//!
//! ```text
//! cargo run --example write
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use support::{Playground, print_table};

/// The server fills in what the client does not send: the id and both times. RETURNING brings them back in the same
/// round trip.
const INSERT_USER: &str = "
    INSERT INTO users (email, full_name, password_hash)
    VALUES ($1, $2, $3)
    RETURNING *";

const INSERT_PROFILE: &str = "
    INSERT INTO user_profiles (user_id, bio, phone)
    VALUES ($1, $2, $3)
    RETURNING *";

const FIND_PROFILE: &str = "SELECT * FROM user_profiles WHERE user_id = $1";

/// The body of `PATCH /v1/users/:id/profile`. Three different things can be said of each field:
///
/// - absent: `None`, the field stays as it is;
/// - null: `Some(None)`, the field becomes empty;
/// - a value: `Some(Some(value))`, the field gets it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfilePatch {
    #[serde(default, deserialize_with = "sent")]
    avatar_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    bio: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    phone: Option<Option<String>>,
}

/// This runs for a field that was sent, be it null; `default` is for one that was not. Left to itself, serde takes null
/// for absent.
fn sent<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("there is a user with the address {0} already")]
    EmailTaken(String),
    #[error("the body cannot be read: {0}")]
    Body(#[from] serde_json::Error),
    #[error("this user has no profile")]
    NoProfile,
    #[error("the database failed")]
    Database(#[from] tokio_postgres::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let client = playground.connect().await?;

    println!("INSERT … RETURNING: the client gets an id and times that it did not send.");
    let user = insert_user(&client, "nadia@example.com", "Nadia Haddad").await?;
    let id: Uuid = user.try_get("id")?;
    let created_at: Timestamp = user.try_get("created_at")?;
    print_table(
        ["id", "email", "full_name", "created_at"],
        [[id.to_string(), user.try_get("email")?, user.try_get("full_name")?, created_at.to_string()]],
    );
    let again = insert_user(&client, "nadia@example.com", "Nadia Haddad").await;
    print_refusal("The same address again", again);

    println!("PATCH: one body after the other, what it makes the UPDATE set, and the profile after it.");
    client.execute(INSERT_PROFILE, &[&id, &"Likes tea.", &"555 0113"]).await?;
    let bodies =
        [r#"{"bio": "Likes oolong."}"#, r#"{"phone": null}"#, r#"{"bio": "", "phone": "555 0199"}"#, "{}"];
    let mut rows = Vec::new();
    for body in bodies {
        let profile = patch_profile(&client, id, body).await?;
        let updated_at: Timestamp = profile.try_get("updated_at")?;
        let set = serde_json::from_str::<ProfilePatch>(body)?.assignments().0.join(", ");
        let [bio, phone] = ["bio", "phone"].map(|column| profile.get::<_, Option<String>>(column));
        rows.push([body.to_owned(), set, or_null(bio), or_null(phone), updated_at.to_string()]);
    }
    print_table(["body", "SET", "bio", "phone", "updated_at"], rows);

    let of_another =
        patch_profile(&client, id, r#"{"user_id": "10000000-0000-4000-8000-000000000001"}"#).await;
    print_refusal("A field that nobody may change", of_another);
    let nobody = patch_profile(&client, Uuid::nil(), r#"{"bio": "Who am I?"}"#).await;
    print_refusal("A user who is not there", nobody);
    Ok(())
}

async fn insert_user(client: &Client, email: &str, full_name: &str) -> Result<Row, WriteError> {
    let no_password = "-";
    let inserted = client.query_one(INSERT_USER, &[&email, &full_name, &no_password]).await;
    inserted.map_err(|error| match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => WriteError::EmailTaken(email.to_owned()),
        _ => error.into(),
    })
}

/// Changes what the body says, and returns the profile as it is then.
async fn patch_profile(client: &Client, user: Uuid, body: &str) -> Result<Row, WriteError> {
    let patch: ProfilePatch = serde_json::from_str(body)?;
    let (assignments, mut values) = patch.assignments();
    let query = match assignments.as_slice() {
        // An UPDATE without an assignment is a syntax error. There is nothing to write: reading is enough.
        [] => FIND_PROFILE.to_owned(),
        some => format!(
            "UPDATE user_profiles SET {} WHERE user_id = ${} RETURNING *",
            some.join(", "),
            values.len() + 1
        ),
    };
    values.push(&user);
    client.query_opt(&query, &values).await?.ok_or(WriteError::NoProfile)
}

impl ProfilePatch {
    /// `bio = $1` and the like for the fields that were sent, and the values for their places. The names of the columns
    /// stand here; nothing that was sent becomes a part of the query.
    fn assignments(&self) -> (Vec<String>, Vec<&(dyn ToSql + Sync)>) {
        let fields = [("avatar_url", &self.avatar_url), ("bio", &self.bio), ("phone", &self.phone)];
        let mut assignments = Vec::new();
        let mut values: Vec<&(dyn ToSql + Sync)> = Vec::new();
        for (column, field) in fields {
            if let Some(value) = field {
                values.push(value);
                assignments.push(format!("{column} = ${}", values.len()));
            }
        }
        (assignments, values)
    }
}

fn or_null(value: Option<String>) -> String {
    value.map_or("null".to_owned(), |text| format!("{text:?}"))
}

fn print_refusal(what: &str, result: Result<Row, WriteError>) {
    match result {
        Ok(_) => println!("{what}: written\n"),
        Err(error) => println!("{what}: refused, {error}\n"),
    }
}
