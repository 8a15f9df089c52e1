//! All users with their profiles, in one query: LEFT JOIN keeps the user who has no profile, INNER JOIN loses her.
//!
//! ```text
//! cargo run --example list_users
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Client, Error, Row};
use uuid::Uuid;

use support::{Playground, print_table};

/// Read it from FROM on: all users, with the profile that belongs to each, if there is one. The whole profile is folded
/// into one JSON value, so that the caller gets a user with a profile inside. Without ORDER BY the order could be
/// another one each time; the id decides between users who were made at the same moment.
const WITH_LEFT_JOIN: &str = "
    SELECT u.*, to_jsonb(up.*) AS profile
    FROM users u
    LEFT JOIN user_profiles up ON u.id = up.user_id
    ORDER BY u.created_at DESC, u.id";

/// The same except for one word: only users who have a profile.
const WITH_INNER_JOIN: &str = "
    SELECT u.*, to_jsonb(up.*) AS profile
    FROM users u
    INNER JOIN user_profiles up ON u.id = up.user_id
    ORDER BY u.created_at DESC, u.id";

/// One user. The id is never part of the text: `$1` holds its place, and the value is sent beside it.
const BY_ID: &str = "
    SELECT u.*, to_jsonb(up.*) AS profile
    FROM users u
    LEFT JOIN user_profiles up ON u.id = up.user_id
    WHERE u.id = $1";

struct User {
    id: Uuid,
    full_name: String,
    created_at: Timestamp,
    /// Absent for a user who has never made one.
    profile: Option<Value>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let client = playground.connect().await?;

    println!("LEFT JOIN: every user, newest first.");
    let users = list(&client, WITH_LEFT_JOIN).await?;
    print_users(&users);

    println!("INNER JOIN: the user without a profile has vanished, and no error tells of it.");
    let with_profile = list(&client, WITH_INNER_JOIN).await?;
    print_table(
        ["join", "users"],
        [("LEFT JOIN", &users), ("INNER JOIN", &with_profile)]
            .map(|(join, users)| [join.to_owned(), users.len().to_string()]),
    );

    if let Some(oldest) = users.last()
        && let Some(user) = find(&client, oldest.id).await?
    {
        println!("WHERE u.id = $1: one user, {}, with her profile as the client gets it.", user.full_name);
        println!("{:#}", user.profile.unwrap_or_default());
    }
    Ok(())
}

async fn list(client: &Client, query: &str) -> Result<Vec<User>, Error> {
    client.query(query, &[]).await?.iter().map(User::from_row).collect()
}

async fn find(client: &Client, id: Uuid) -> Result<Option<User>, Error> {
    client.query_opt(BY_ID, &[&id]).await?.as_ref().map(User::from_row).transpose()
}

impl User {
    fn from_row(row: &Row) -> Result<User, Error> {
        Ok(User {
            id: row.try_get("id")?,
            full_name: row.try_get("full_name")?,
            created_at: row.try_get("created_at")?,
            profile: row.try_get("profile")?,
        })
    }
}

fn print_users(users: &[User]) {
    let rows = users.iter().map(|user| {
        let bio = match &user.profile {
            Some(profile) => profile["bio"].to_string(),
            None => "no profile".to_owned(),
        };
        [user.full_name.clone(), user.created_at.strftime("%F %R").to_string(), bio]
    });
    print_table(["full_name", "created_at (UTC)", "profile.bio"], rows);
}
