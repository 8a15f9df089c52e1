//! The list endpoint: users filtered, sorted and cut into pages, by a query that is put together from what was asked.
//!
//! ```text
//! cargo run --example dynamic_list
//! cargo run --example dynamic_list -- --filter s --sort full_name:asc
//! cargo run --example dynamic_list -- --page 2 --limit 4
//! cargo run --example dynamic_list -- --filter "'; DELETE FROM users; --"
//! cargo run --example dynamic_list -- --sort password_hash                   refused
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::fmt::Write;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Result;
use clap::Parser;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use support::{Playground, print_table};

/// What every list begins with. The clauses that depend on the request follow.
const LIST: &str = "
    SELECT u.*, to_jsonb(up.*) AS profile
    FROM users u
    LEFT JOIN user_profiles up ON u.id = up.user_id";

/// More users: with these the list has two pages, and names that a careless query would stumble over.
const ADD_USER: &str = "INSERT INTO users (email, full_name, password_hash) VALUES ($1, $2, '-')";

const NEW_USERS: [(&str, &str); 3] = [
    ("bobby@example.com", "'; DELETE FROM users; --"),
    ("percent@example.com", "100% Tea"),
    ("underscore@example.com", "L_nh N\\uyen"),
];

/// What a client of the API may ask for: `GET /v1/users?filter=s&sort=full_name:asc&page=1&limit=10`.
#[derive(Parser)]
struct ListRequest {
    /// Only names that begin so, in capital or small letters
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// By full_name, email or created_at, with a direction: asc or desc
    #[arg(long, value_name = "COLUMN:DIRECTION", default_value = "created_at:desc")]
    sort: Sort,

    /// Which page; the first is 1
    #[arg(long, value_name = "N", default_value = "1")]
    page: Page,

    /// How many users a page has: 1 to 100
    #[arg(long, value_name = "N", default_value = "10")]
    limit: Limit,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("users can be sorted by full_name, email and created_at, not by {0:?}")]
    Column(String),
    #[error("the direction is asc or desc, not {0:?}")]
    Direction(String),
    #[error("pages are whole numbers from 1 on")]
    Page,
    #[error("a page has 1 to {} users", Limit::MOST)]
    Limit,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let request = ListRequest::parse();
    support::run(async |playground| show(playground, &request).await).await
}

async fn show(playground: &Playground, request: &ListRequest) -> Result<()> {
    let client = playground.connect().await?;
    for (email, full_name) in NEW_USERS {
        client.execute(ADD_USER, &[&email, &full_name]).await?;
    }

    println!("The query, with a place for each value:{}\n", request.query().0);
    let users = list(&client, request).await?;
    let rows = users.iter().map(|user| [user.get("full_name"), user.get("email")]);
    print_table(["full_name", "email"], rows);

    let all: i64 = client.query_one("SELECT count(*) FROM users", &[]).await?.get(0);
    println!("{} of {all} users", users.len());
    Ok(())
}

async fn list(client: &Client, request: &ListRequest) -> Result<Vec<Row>, tokio_postgres::Error> {
    let (query, values) = request.query();
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value).collect();
    client.query(&query, &values).await
}

type Values = Vec<Box<dyn ToSql + Sync>>;

impl ListRequest {
    /// The text of the query, and the values for its `$1`, `$2` and so on. Nothing that the client has sent becomes a part
    /// of the text.
    fn query(&self) -> (String, Values) {
        let mut query = LIST.to_owned();
        let mut values: Values = Vec::new();
        let mut place = |value: Box<dyn ToSql + Sync>| {
            values.push(value);
            format!("${}", values.len())
        };
        if let Some(beginning) = &self.filter {
            let beginning = place(Box::new(without_wildcards(beginning)));
            add_line(&mut query, &format!("WHERE u.full_name ILIKE {beginning} || '%'"));
        }
        // Users with the same name, or of the same moment, need a second key: else they could come in another order on
        // the next page, and be seen twice or never.
        add_line(&mut query, &format!("ORDER BY {} {}, u.id", self.sort.column, self.sort.direction));
        let (limit, offset) = (place(Box::new(self.limit.0)), place(Box::new(self.offset())));
        add_line(&mut query, &format!("LIMIT {limit} OFFSET {offset}"));
        (query, values)
    }

    /// How many users come before the page: none before page 1.
    fn offset(&self) -> i64 {
        (self.page.0 - 1).saturating_mul(self.limit.0)
    }
}

fn add_line(query: &mut String, clause: &str) {
    // Writing to a String cannot fail.
    let _ = write!(query, "\n    {clause}");
}

/// `%` and `_` stand for other characters in a pattern. With a backslash before them they are themselves.
fn without_wildcards(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// A column and a direction. No `$1` can hold their place, for they are not values but parts of the query. So they are
/// fixed words, chosen by what the client has sent.
#[derive(Clone)]
struct Sort {
    column: &'static str,
    direction: &'static str,
}

impl FromStr for Sort {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Sort, Refusal> {
        let (column, direction) = text.split_once(':').unwrap_or((text, "asc"));
        let column = match column {
            "full_name" => "u.full_name",
            "email" => "u.email",
            "created_at" => "u.created_at",
            other => return Err(Refusal::Column(other.to_owned())),
        };
        let direction = match direction {
            "asc" => "ASC",
            "desc" => "DESC",
            other => return Err(Refusal::Direction(other.to_owned())),
        };
        Ok(Sort { column, direction })
    }
}

/// The number of a page, from 1 on.
#[derive(Clone)]
struct Page(i64);

impl FromStr for Page {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Page, Refusal> {
        match text.parse() {
            Ok(number) if number >= 1 => Ok(Page(number)),
            _ => Err(Refusal::Page),
        }
    }
}

/// The size of a page. Without a limit to the limit, one request could ask for the whole table.
#[derive(Clone)]
struct Limit(i64);

impl Limit {
    const MOST: i64 = 100;
}

impl FromStr for Limit {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Limit, Refusal> {
        match text.parse() {
            Ok(number) if (1..=Limit::MOST).contains(&number) => Ok(Limit(number)),
            _ => Err(Refusal::Limit),
        }
    }
}
