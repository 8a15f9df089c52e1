//! `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`, and what of its answer matters here.

use anyhow::{Context, Result};
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

/// Runs a query, and says how this table was read.
pub async fn explain(
    client: &Client,
    query: &str,
    values: &[&(dyn ToSql + Sync)],
    table: &str,
) -> Result<Plan> {
    let question = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}");
    let answer: Value = client.query_one(&question, values).await?.try_get(0)?;
    Plan::read(&answer, table).context("the plan does not read the table")
}

/// How a query was carried out.
pub struct Plan {
    /// How the rows of the table were found and put in order: `Sort > Seq Scan`. Joins and limits are left out.
    pub steps: String,
    /// The index that the table was read by.
    pub index: Option<String>,
    /// What the planner thought that it would cost. The unit is one page read in order.
    pub cost: f64,
    /// How long it took.
    pub milliseconds: f64,
    /// How many pages of 8 kB were read, from the cache of the server or from the disk.
    pub pages: u64,
}

impl Plan {
    /// Reads the answer. None: it says nothing of this table.
    fn read(answer: &Value, table: &str) -> Option<Plan> {
        let whole = &answer[0];
        let root = &whole["Plan"];
        let nodes = path_to(root, table)?;
        let kinds = nodes.iter().filter_map(|node| node["Node Type"].as_str());
        let steps: Vec<&str> =
            kinds.filter(|kind| kind.ends_with("Sort") || kind.ends_with("Scan")).collect();
        let index = nodes.iter().find_map(|node| node["Index Name"].as_str());
        Some(Plan {
            steps: steps.join(" > "),
            index: index.map(str::to_owned),
            cost: root["Total Cost"].as_f64()?,
            milliseconds: whole["Execution Time"].as_f64()?,
            pages: root["Shared Hit Blocks"].as_u64()? + root["Shared Read Blocks"].as_u64()?,
        })
    }
}

/// The nodes from this one down to the one that reads the table. A bitmap scan has one more below it: the one that
/// reads the index.
fn path_to<'a>(node: &'a Value, table: &str) -> Option<Vec<&'a Value>> {
    let children = || node["Plans"].as_array().into_iter().flatten();
    if node["Relation Name"] == table {
        return Some([node].into_iter().chain(children()).collect());
    }
    let mut below = children().find_map(|child| path_to(child, table))?;
    below.insert(0, node);
    Some(below)
}
