//! The plan of a backfill's statement: the server makes one only where all is there that the statement needs.

use postgres_protocol::escape::escape_identifier;

use crate::migration::{Backfill, BatchKey, Half};

/// A question for the plan of a backfill. It changes nothing.
pub fn explain(half: &Half, backfill: &Backfill) -> String {
    let sql = with_condition(half, backfill, |alias| for_any_row(&backfill.key, alias));
    format!("EXPLAIN (VERBOSE, FORMAT JSON) {sql}\n")
}

/// The statement of a backfill with a condition in each place of the batch, made for the alias there.
pub fn with_condition(
    half: &Half,
    backfill: &Backfill,
    condition: impl Fn(Option<&str>) -> String,
) -> String {
    let Some(statement) = half.statements().first() else { return String::new() };
    let mut sql = half.text(statement).to_owned();
    for place in backfill.places.iter().rev() {
        let at = |offset: usize| offset.saturating_sub(statement.span.start);
        let condition = condition(place.alias.as_deref());
        sql.replace_range(at(place.span.start)..at(place.span.end), &condition);
    }
    sql
}

/// A condition that stands for a batch: any row meets it, and it needs all columns of the key.
fn for_any_row(key: &BatchKey, alias: Option<&str>) -> String {
    let alias = alias.map_or_else(String::new, |alias| escape_identifier(alias) + ".");
    let columns: Vec<String> =
        key.columns.iter().map(|column| format!("{alias}{}", escape_identifier(column))).collect();
    format!("(ROW({}) IS NOT NULL)", columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Direction;

    #[test]
    fn each_place_of_the_batch_is_a_condition_on_its_key() {
        let file = "-- migrate:up batch:t(a, \"B\")\n\
                    UPDATE t AS x SET c = 1 FROM t WHERE :batch AND :batch(x) -- all\n;\n";
        let half = Half::from_stored(file, Direction::Up).unwrap();
        assert_eq!(
            explain(&half, half.backfill().unwrap()).trim_end_matches([';', '\n']),
            "EXPLAIN (VERBOSE, FORMAT JSON) UPDATE t AS x SET c = 1 FROM t WHERE (ROW(\"a\", \"B\") IS NOT NULL) \
             AND (ROW(\"x\".\"a\", \"x\".\"B\") IS NOT NULL) -- all"
        );
    }
}
