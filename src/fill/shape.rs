//! The shape of a database: how many rows, and how the values of each column are spread, without the values.
//!
//! All of it comes from what ANALYZE has left in the catalog. Of values, only the labels of enums and the two of a boolean are
//! in it, which the schema names anyway: so it may be kept in a file and given to people without access to the database.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known of a database's rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The server's version: `15.18`.
    pub server_version: String,
    /// Its tables: by schema, then by name, as the catalog has them. A partitioned table stands for its partitions.
    pub tables: BTreeMap<String, BTreeMap<String, TableShape>>,
    /// What could not be seen, or is not what it seems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<ShapeGap>,
}

impl Shape {
    /// What is known of a table, by schema and name.
    pub fn table(&self, schema: &str, name: &str) -> Option<&TableShape> {
        self.tables.get(schema)?.get(name)
    }
}

/// What is known of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableShape {
    /// Rows, as the planner estimates them; `None` where nobody has counted.
    pub rows: Option<u64>,
    /// The columns that have statistics, by name.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnShape>,
}

/// How the values of a column are spread. Shares are those of all rows of the table, from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnShape {
    /// The share of rows where it is NULL.
    pub nulls: f64,
    /// How many different values there are.
    pub distinct: Distinct,
    /// For each of the most common values, the share of rows that have it, the most common first; not which values these are.
    /// The other values share evenly in the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequencies: Vec<f64>,
    /// The same for an enum or a boolean, where the value is given: `active`, `true`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, f64>,
    /// Bytes of a value on average, with the header of a variable length.
    pub width: u32,
    /// From -1 to 1: whether the rows stand in the table in the order of this column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    /// How many elements an array has on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<f64>,
    /// Where numbers and times crowd; only for a column with many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

/// How many different values there are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distinct {
    /// This many, however many rows there are: the number of countries.
    Count(f64),
    /// This share of the rows: 1 for a column without duplicates.
    Share(f64),
}

impl Distinct {
    /// How many that are in a table with this number of rows.
    pub fn of(self, rows: u64) -> f64 {
        match self {
            Distinct::Count(count) => count.min(rows as f64),
            Distinct::Share(share) => share * rows as f64,
        }
    }
}

/// Where the values crowd, between their first and their last hundredth: the smallest and the largest, which belong to single
/// rows, are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// For each tenth of the values, in their order, the part of the range that they take, in hundredths: ten times 0.1 when
    /// they are spread evenly.
    pub tenths: Vec<f64>,
    /// How large the values are.
    pub magnitude: Magnitude,
}

/// How large values are, roughly enough that none of them can be told from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Magnitude {
    /// Numbers from 0 up to ten to the power of this.
    Digits(i32),
    /// The same, and negative ones.
    SignedDigits(i32),
    /// Times within two to the power of this many days.
    DaysLog2(i32),
}

/// Something that is not known of the database. Tables are by schema and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum ShapeGap {
    /// ANALYZE has never seen them.
    NeverAnalyzed {
        /// Which.
        tables: Vec<(String, String)>,
    },
    /// The role may not read all their columns, so that it does not see these columns' statistics.
    Hidden {
        /// Which.
        tables: Vec<(String, String)>,
    },
    /// Row security keeps rows from the role, and with them the statistics.
    RowSecurity {
        /// Which.
        tables: Vec<(String, String)>,
    },
    /// Partitioned tables that ANALYZE has never seen as a whole: their largest partition stands for them.
    OnlyPartitions {
        /// Which.
        tables: Vec<(String, String)>,
    },
    /// Tables that Citus keeps on its workers: these count the rows, and what ANALYZE has found of the values stays there.
    OnCitus {
        /// Which.
        tables: Vec<(String, String)>,
    },
}

impl ShapeGap {
    /// The tables that it is about.
    pub fn tables(&self) -> &[(String, String)] {
        match self {
            ShapeGap::NeverAnalyzed { tables }
            | ShapeGap::Hidden { tables }
            | ShapeGap::RowSecurity { tables }
            | ShapeGap::OnlyPartitions { tables }
            | ShapeGap::OnCitus { tables } => tables,
        }
    }
}

impl fmt::Display for ShapeGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShapeGap::NeverAnalyzed { tables } => {
                write!(f, "{} never analyzed, so that nothing is known of the values: ANALYZE", were(tables))
            }
            ShapeGap::Hidden { tables } => {
                write!(
                    f,
                    "columns of {} are hidden from this role: GRANT SELECT or pg_read_all_data",
                    names(tables)
                )
            }
            ShapeGap::RowSecurity { tables } => write!(
                f,
                "row security hides the statistics of {} from this role: read them as the owner, or with BYPASSRLS",
                names(tables)
            ),
            ShapeGap::OnlyPartitions { tables } => write!(
                f,
                "{} never analyzed as a whole, and the statistics of the largest partition are taken instead: ANALYZE",
                were(tables)
            ),
            ShapeGap::OnCitus { tables } => write!(
                f,
                "the statistics of {} are on the workers of Citus, so that only the rows are counted",
                names(tables)
            ),
        }
    }
}

fn were(tables: &[(String, String)]) -> String {
    names(tables) + if tables.len() == 1 { " was" } else { " were" }
}

fn names(tables: &[(String, String)]) -> String {
    const MOST_SHOWN: usize = 5;
    let shown = tables.iter().take(MOST_SHOWN).map(|(schema, name)| format!("{schema}.{name}"));
    let shown: Vec<String> = shown.collect();
    match tables.len().saturating_sub(MOST_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
