//! Whether rows that are made up meet checks: the server evaluates the very expressions.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::{ask_as_for_rows, ask_once};
use crate::connect::Session;
use crate::fill::{AskedRow, FillColumn, FillError, FillTable};
use crate::postgres::citus::Citus;
use crate::postgres::sql_error::SqlError;

/// How many rows are asked about at once.
pub(super) const AT_ONCE: usize = 2000;

/// How often a question is cut in halves since an expression fails for one of its rows, before the rest of them is given up.
const MOST_CUTS: u32 = 200;

/// Why the values of a plan could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What the server said.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// Nothing meets a check.
    #[error(transparent)]
    Fill(#[from] FillError),
}

/// What is asked: checks over some columns of a table.
pub(super) struct CheckQuestion<'t> {
    pub table: &'t FillTable,
    /// The checks, by their places.
    pub checks: Vec<usize>,
    /// The columns whose values are given, by their places.
    pub columns: Vec<usize>,
    /// A condition beside the checks.
    pub also: Option<String>,
}

/// Which of the checks a row meets, and at the end the condition beside them.
pub(super) type Met = Vec<bool>;

impl CheckQuestion<'_> {
    /// Asks about some rows, and gives an answer for each. A row for which an expression fails meets nothing.
    pub async fn ask(
        &self,
        session: &Session,
        citus: Citus,
        rows: &[AskedRow],
    ) -> Result<Vec<Met>, AskError> {
        let mut met = vec![Vec::new(); rows.len()];
        let mut left = vec![(0, rows.len())];
        let mut cuts = 0;
        while let Some((from, to)) = left.pop() {
            let Some(some) = rows.get(from..to).filter(|some| !some.is_empty()) else { continue };
            let middle = from + (to - from).min(AT_ONCE) / 2;
            if to - from > AT_ONCE {
                left.extend([(from + AT_ONCE, to), (from, from + AT_ONCE)]);
                continue;
            }
            let answer = match self.answer(session, citus, some).await {
                Ok(answer) => answer,
                Err(error) if fails_for_a_value(&error) => {
                    cuts += 1;
                    if some.len() > 1 && cuts < MOST_CUTS {
                        left.extend([(middle, to), (from, middle)]);
                    }
                    continue;
                }
                Err(error) if is_about_objects(&error) => {
                    return Err(self.not_computed(session, citus, some, error).await);
                }
                Err(error) => return Err(error.into()),
            };
            for row in &answer {
                let place = row.get(0).and_then(|text| text.parse::<usize>().ok());
                if let Some(slot) = place.and_then(|place| met.get_mut(from + place)) {
                    *slot = (1..row.len()).map(|at| row.get(at) == Some("t")).collect();
                }
            }
        }
        Ok(met)
    }

    /// By the server's own path; where something is missing there, as it would be when rows are written.
    async fn answer(
        &self,
        session: &Session,
        citus: Citus,
        rows: &[AskedRow],
    ) -> Result<Vec<SimpleQueryRow>, SqlError> {
        match ask_once(session, citus, &self.query(rows)).await {
            Err(error) if is_about_objects(&error) => {
                // What is missing there as well is told as it was at first.
                let answer = ask_as_for_rows(session, citus, &self.query(rows)).await;
                answer.map_err(|other| if is_about_objects(&other) { error } else { other })
            }
            answer => answer,
        }
    }

    /// Names the check which the server cannot compute.
    async fn not_computed(
        &self,
        session: &Session,
        citus: Citus,
        rows: &[AskedRow],
        error: SqlError,
    ) -> AskError {
        for check in &self.checks {
            let (checks, columns) = (vec![*check], self.columns.clone());
            let alone = CheckQuestion { table: self.table, checks, columns, also: None };
            // A part of the check may be asked about some of the rows alone.
            let answer = alone.answer(session, citus, rows).await;
            if let (Err(error), Some(check)) = (answer, self.table.checks.get(*check)) {
                return FillError::NotComputed {
                    table: self.table.shown(),
                    constraint: check.name.clone().into(),
                    said: error.message,
                }
                .into();
            }
        }
        error.into()
    }

    /// Whether an answer is that all is met.
    pub fn is_all(&self, met: &Met) -> bool {
        met.len() == self.checks.len() + usize::from(self.also.is_some()) && met.iter().all(|one| *one)
    }

    fn query(&self, rows: &[AskedRow]) -> String {
        let table = self.table;
        let number = free_name("pmdb_number", table);
        let columns: Vec<&FillColumn> =
            self.columns.iter().filter_map(|column| table.columns.get(*column)).collect();
        let names: Vec<String> = (0..columns.len()).map(|at| format!("pmdb_{at}")).collect();
        // Not the domain: it would refuse what its check says instead of answering.
        let typed = columns.iter().zip(&names);
        let typed: String = typed
            .map(|(column, name)| format!(", CAST({name} AS {}) AS {}", column.base_name, column.sql))
            .collect();
        let values = rows.iter().enumerate().map(|(place, row)| {
            let values: String = row.iter().map(|value| format!(", {}", literal(value.as_deref()))).collect();
            format!("({place}{values})")
        });
        let values: Vec<String> = values.collect();
        let checks = self.checks.iter().filter_map(|check| table.checks.get(*check));
        let conditions = checks.map(|check| check.expression.as_str()).chain(self.also.as_deref());
        let met: String = conditions.map(|one| format!(", ({one}) IS NOT FALSE")).collect();
        format!(
            "SELECT {number}{met} FROM (SELECT *{} FROM (SELECT {number}{typed} FROM (VALUES {}) AS pmdb_values ({})) AS {alias}) \
             AS {alias}",
            self.computed(),
            values.join(", "),
            [number.clone()].into_iter().chain(names).collect::<Vec<String>>().join(", "),
            alias = table.alias(),
        )
    }

    /// What the server would compute from the columns.
    fn computed(&self) -> String {
        let of = |column: &FillColumn| {
            let computed = column.computed.as_ref()?;
            let is_known = computed.columns.iter().all(|column| self.columns.contains(column));
            is_known.then(|| {
                format!(", CAST(({}) AS {}) AS {}", computed.expression, column.base_name, column.sql)
            })
        };
        self.table.columns.iter().filter_map(of).collect()
    }
}

/// A name that no column has.
fn free_name(name: &str, table: &FillTable) -> String {
    let mut name = name.to_owned();
    while table.columns.iter().any(|column| column.name == name) {
        name.push('_');
    }
    name
}

/// Whether it is a value that an expression cannot be computed for, as with a division by zero or a cast.
fn fails_for_a_value(error: &SqlError) -> bool {
    error.is_of_class("22") || error.is(&SqlState::RAISE_EXCEPTION)
}

/// Whether something is missing, or not allowed. A function in SQL that names its tables without their schema finds none when the question
/// is planned, which puts its body in its place.
fn is_about_objects(error: &SqlError) -> bool {
    error.is_of_class("42") || error.is_of_class("3F")
}

fn literal(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| escape_literal(text).trim_start().to_owned())
}
