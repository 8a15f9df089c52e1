//! Looking for what the rules of [`crate::advise`] advise against: one query a rule, all of them in one message. Those about
//! Citus are asked in a second one, where the first has seen it.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::{Client, SimpleQueryRow};

use super::citus::{CITUS, Citus};
use super::history::HistoryTable;
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use super::sql_error::SqlError;
use crate::advise::{Advice, Rule};

/// What each query chooses from.
const WHAT_IS_OURS: &str = include_str!("what_is_ours.sql");

/// All of it sees the database at one point in time and writes nothing. Names come out qualified, since no schema of
/// theirs is on the search path. Compiling such queries takes longer than running them. The planner guesses a few rows
/// where there are thousands; then a nested loop takes a hundred times as long as a hash join, and never is it much
/// better.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const SETTINGS: &str =
    "SET LOCAL quote_all_identifiers = off; SET LOCAL jit = off; SET LOCAL enable_nestloop = off;\n";

/// Looks for all that there is to be advised, in one round trip, or two on Citus: rule by rule, and by object within a
/// rule. History tables are pmdb's own and are left out.
///
/// # Errors
/// What the server said.
pub async fn advise(client: &Client, history: &[HistoryTable]) -> Result<Vec<Advice>, SqlError> {
    let mut found = rows(client, &message(history, Citus::Absent)).await?;
    if found.iter().any(|row| Citus::of(row) == Citus::Present) {
        found.extend(rows(client, &message(history, Citus::Present)).await?);
    }
    Ok(found.iter().filter_map(finding).collect())
}

/// Asks for what is advised anywhere, and whether there is Citus; or for what is advised on Citus alone.
fn message(history: &[HistoryTable], of: Citus) -> String {
    let names: Vec<String> = history
        .iter()
        .map(|table| format!("({}, {})", escape_literal(table.schema()), escape_literal(table.name())))
        .collect();
    let ours = format!("WITH history (schema, name) AS (VALUES {}),\n{WHAT_IS_OURS}", names.join(", "));
    let rules = Rule::ALL.into_iter().filter(|rule| rule.is_of_citus() == (of == Citus::Present));
    let queries = rules.map(|rule| {
        format!(
            "{ours}SELECT {} AS rule, object, why, fix FROM (\n{}) AS found ORDER BY object COLLATE pg_catalog.\"C\";\n",
            escape_literal(rule.id()),
            query(rule)
        )
    });
    let all = SETTINGS.to_owned() + &queries.collect::<String>();
    let queries = by_own_path(Lasting::ForTheTransaction, &all);
    let look = match of {
        Citus::Absent => format!("SELECT {CITUS};\n"),
        Citus::Present => String::new(),
    };
    format!("{BEGIN}; {queries}{look}COMMIT")
}

/// The query of a rule with its thresholds.
fn query(rule: Rule) -> String {
    let text = match rule {
        Rule::ForeignKeyWithoutIndex => include_str!("foreign_key_without_index.sql"),
        Rule::DuplicateIndex => include_str!("duplicate_index.sql"),
        Rule::RedundantIndex => include_str!("redundant_index.sql"),
        Rule::UnusedIndex => include_str!("unused_index.sql"),
        Rule::SequentialScans => include_str!("sequential_scans.sql"),
        Rule::KeyNearItsEnd => include_str!("key_near_its_end.sql"),
        Rule::NoPrimaryKey => include_str!("no_primary_key.sql"),
        Rule::NullableColumns => include_str!("nullable_columns.sql"),
        Rule::UpdatedAtWithoutTrigger => include_str!("updated_at_without_trigger.sql"),
        Rule::MixedCaseName => include_str!("mixed_case_name.sql"),
        Rule::PublicationWithHistory => include_str!("publication_with_history.sql"),
        Rule::CharColumn => include_str!("char_column.sql"),
        Rule::VarcharLimit => include_str!("varchar_limit.sql"),
        Rule::TimestampWithoutTimeZone => include_str!("timestamp_without_time_zone.sql"),
        Rule::JsonColumn => include_str!("json_column.sql"),
        Rule::MoneyColumn => include_str!("money_column.sql"),
        Rule::FloatPrice => include_str!("float_price.sql"),
        Rule::KeyWithoutDistributionColumn => include_str!("key_without_distribution_column.sql"),
        Rule::ForeignKeyToDistributedTable => include_str!("foreign_key_to_distributed_table.sql"),
        Rule::NotCoLocated => include_str!("not_co_located.sql"),
    };
    let thresholds = rule.about().thresholds.iter();
    thresholds.fold(text.to_owned(), |text, threshold| {
        text.replace(&format!(":{}", threshold.name), &threshold.value.to_string())
    })
}

/// `None` for a row without one of the four columns, which no query gives.
fn finding(row: &SimpleQueryRow) -> Option<Advice> {
    let text = |column| row.try_get(column).ok().flatten();
    Some(Advice {
        rule: Rule::by_id(text("rule")?)?,
        object: text("object")?.to_owned(),
        why: text("why")?.to_owned(),
        fix: text("fix")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_any_encoding_can_read_the_message() {
        for of in [Citus::Absent, Citus::Present] {
            assert!(message(&[HistoryTable::migrations()], of).is_ascii());
        }
    }

    #[test]
    fn every_threshold_stands_in_the_query_of_its_rule_and_no_other_does() {
        for rule in Rule::ALL {
            let query = query(rule);
            assert!(!query.contains(":least"), "{rule}: {query}");
            for threshold in rule.about().thresholds {
                assert!(query.contains(&threshold.value.to_string()), "{rule}: {}", threshold.name);
            }
        }
    }
}
