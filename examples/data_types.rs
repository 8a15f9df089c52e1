//! The types of PostgreSQL that an application needs, and what each makes of what it is given.
//!
//! ```text
//! cargo run --example data_types
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;
// The many small questions.
#[path = "data_types/probes.rs"]
mod probes;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use include_dir::{Dir, include_dir};
use pmdb::load_compiled;
use pmdb::postgres::HistoryTable;
use serde_json::json;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};

use probes::{NUMBERS, OTHERS, Probe};
use support::{Playground, explain, print_table};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/data_types/migrations");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let samples = load_compiled(files, Path::new("examples/data_types/migrations"))?;
    playground.apply(samples, HistoryTable::new("public", "schema_samples")).await?;
    let client = playground.connect().await?;

    println!("Numbers. Money is numeric: it counts as people do. 22003 is \"numeric value out of range\".");
    show_probes(&client, "number", NUMBERS).await?;
    show_speed(&client).await?;
    show_texts(&client).await?;
    show_moments(&client).await?;
    show_documents(&client).await?;
    println!("The others. 22P02 is \"invalid text representation\", 22008 \"field value out of range\".");
    show_probes(&client, "question", OTHERS).await
}

async fn show_probes(client: &Client, title: &str, probes: &[Probe]) -> Result<()> {
    let mut rows = Vec::new();
    for probe in probes {
        let values: Vec<&(dyn ToSql + Sync)> = probe.given.iter().map(|text| text as _).collect();
        let outcome = ask(client, probe.query, &values).await?;
        rows.push([probe.what.to_owned(), probe.of_type.to_owned(), probe.given.join(" and "), outcome]);
    }
    print_table([title, "type", "given", "outcome"], rows);
    Ok(())
}

/// The text that a query returns, or the SQLSTATE with which the server refuses it.
async fn ask(client: &Client, query: &str, values: &[&(dyn ToSql + Sync)]) -> Result<String, Error> {
    match client.query_one(query, values).await {
        Ok(row) => row.try_get(0),
        Err(error) => match error.code() {
            Some(sqlstate) => Ok(sqlstate.code().to_owned()),
            None => Err(error),
        },
    }
}

/// The price of being exact.
async fn show_speed(client: &Client) -> Result<()> {
    let numeric = time(client, "SELECT sum(n::numeric * 1.1) FROM generate_series(1, $1) AS n").await?;
    let double = time(client, "SELECT sum(n::float8 * 1.1::float8) FROM generate_series(1, $1) AS n").await?;
    println!("Exactness costs time. 300,000 multiplications, and the sum:");
    print_table(
        ["reckoned in", "time"],
        [("numeric", numeric), ("double precision", double)]
            .map(|(of_type, took)| [of_type.to_owned(), format!("{} ms", took.as_millis())]),
    );
    Ok(())
}

async fn time(client: &Client, query: &str) -> Result<Duration, Error> {
    let begin = Instant::now();
    client.query_one(query, &[&300_000]).await?;
    Ok(begin.elapsed())
}

async fn show_texts(client: &Client) -> Result<()> {
    let mut rows = Vec::new();
    for (of_type, column) in [("char(10)", "padded"), ("varchar(255)", "limited"), ("text", "free")] {
        // The names of columns are ours. Values never become part of a query's text.
        let store = |value| {
            format!("INSERT INTO words ({column}) VALUES ({value}) RETURNING octet_length({column})::text")
        };
        rows.push([
            of_type.to_owned(),
            ask(client, &store("$1"), &[&"ab"]).await?,
            ask(client, &store("repeat($1, 256)"), &[&"x"]).await?,
        ]);
    }
    println!("How many bytes are stored: char(n) is filled up with spaces. 22001 is \"too long\".");
    print_table(["text type", "of 'ab'", "of 256 letters"], rows);
    Ok(())
}

/// A noon in India, stored once, and read in two places.
async fn show_moments(client: &Client) -> Result<()> {
    let store = "INSERT INTO moments VALUES ($1::text::timestamptz, $1::text::timestamp)";
    client.execute(store, &[&"2026-03-01 12:00:00+05:30"]).await?;
    let mut rows = Vec::new();
    for zone in ["Asia/Kolkata", "America/New_York"] {
        client.execute("SELECT set_config('TimeZone', $1, false)", &[&zone]).await?;
        rows.push([
            zone.to_owned(),
            ask(client, "SELECT with_zone::text FROM moments", &[]).await?,
            ask(client, "SELECT without_zone::text FROM moments", &[]).await?,
        ]);
    }
    println!(
        "Given 2026-03-01 12:00:00+05:30. timestamptz is a point in time, and is shown as the clock of the reader has"
    );
    println!(
        "it; the zone that was given is not kept. timestamp ignores the zone: nobody can tell any more when it was."
    );
    print_table(["read in", "timestamptz", "timestamp"], rows);
    Ok(())
}

/// json keeps the text. jsonb keeps the meaning, and can be searched by an index.
async fn show_documents(client: &Client) -> Result<()> {
    let fill = "
        INSERT INTO documents (as_json, as_jsonb)
        SELECT document::json, document::jsonb
        FROM generate_series(1, $1) AS n, format('{\"tea\": \"number %s\",  \"n\": 0, \"n\": %s}', n, n) AS document";
    client.execute(fill, &[&20_000]).await?;
    let mut rows = Vec::new();
    for (of_type, column) in [("json", "as_json"), ("jsonb", "as_jsonb")] {
        let first = ask(client, &format!("SELECT {column}::text FROM documents LIMIT 1"), &[]).await?;
        let index =
            match client.batch_execute(&format!("CREATE INDEX ON documents USING gin ({column})")).await {
                Ok(()) => "made".to_owned(),
                Err(error) => error.code().context("the connection is gone")?.code().to_owned(),
            };
        rows.push([of_type.to_owned(), first, index]);
    }
    client.batch_execute("ANALYZE documents").await?;
    let searches = [
        explain(client, "SELECT * FROM documents WHERE as_json ->> 'tea' = $1", &[&"number 7"], "documents")
            .await?,
        explain(
            client,
            "SELECT * FROM documents WHERE as_jsonb @> $1",
            &[&json!({"tea": "number 7"})],
            "documents",
        )
        .await?,
    ];
    println!("20,000 documents, in both ways. 42704: there is no GIN index for json.");
    print_table(
        ["document", "what is read back", "GIN index", "a search", "time"],
        rows.into_iter().zip(searches).map(|([of_type, first, index], plan)| {
            [of_type, first, index, plan.steps, format!("{:.3} ms", plan.milliseconds)]
        }),
    );
    Ok(())
}
