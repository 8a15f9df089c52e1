//! Where the usual history table is not there: is there another one that this database has been migrated with? To begin a
//! second one beside it would apply everything again.

use std::fmt;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

use super::HistoryTable;

/// A table in which something else than the usual history table records what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHistory {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whose it looks like: `Flyway's`.
    pub whose: &'static str,
    /// Whether pmdb can go on with it.
    pub takeover: Takeover,
}

/// Whether pmdb can go on with a table that it has not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// It can.
    Possible,
    /// It can't: the table has another shape.
    Impossible,
}

/// Other histories.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Some of them, those first that pmdb can go on with.
    pub list: Vec<OtherHistory>,
    /// How many there are in all.
    pub total: usize,
}

/// A history table as a tool makes it.
struct KnownHistory {
    whose: &'static str,
    takeover: Takeover,
    /// How it is found.
    found: OtherHistories,
    /// Columns that it has among others, with their types where these tell it from another tool's.
    columns: &'static [&'static str],
}

/// How a table is found among all others.
#[derive(Clone, Copy)]
enum OtherHistories {
    /// By what the tool calls it.
    Name(&'static str),
    /// Under any name, by a column that hardly any other table has.
    Column(&'static str),
    /// Under any name, by this column alone: it has no other.
    OnlyColumn(&'static str),
}

const PMDB: KnownHistory = KnownHistory {
    whose: "pmdb's",
    takeover: Takeover::Possible,
    found: OtherHistories::Column("statements_total"),
    columns: &["version", "checksum", "up_sql", "down_sql", "statements_done", "statements_total"],
};

/// The first that fits a table says whose it is.
const KNOWN: &[KnownHistory] = &[
    PMDB,
    other("Supabase's", "schema_migrations", &["version text", "statements"]),
    ours("dbmate's or Rails'", "schema_migrations", &["version character varying"]),
    ours("dbmate's", "schema_migrations", &["version text"]),
    other("golang-migrate's", "schema_migrations", &["version bigint", "dirty"]),
    anywhere("golang-migrate's", "dirty", &["version bigint", "dirty boolean"]),
    other("Ecto's", "schema_migrations", &["version bigint", "inserted_at"]),
    other("goose's", "goose_db_version", &["version_id", "is_applied"]),
    other("Flyway's", "flyway_schema_history", &["installed_rank", "version", "script"]),
    other("Flyway's", "schema_version", &["installed_rank", "version", "script"]),
    anywhere(
        "Flyway's",
        "installed_rank",
        &["installed_rank integer", "version character varying", "script"],
    ),
    other("tern's", "schema_version", &["version integer"]),
    other("Atlas's", "atlas_schema_revisions", &["version", "description", "applied", "total"]),
    other("graphile-migrate's", "migrations", &["hash", "previous_hash", "filename"]),
    other("pgroll's", "migrations", &["schema", "name", "migration", "parent", "done"]),
    other("sqlx's", "_sqlx_migrations", &["version", "checksum", "success"]),
    other("refinery's", "refinery_schema_history", &["version", "applied_on", "checksum"]),
    other("Diesel's", "__diesel_schema_migrations", &["version", "run_on"]),
    other("Prisma's", "_prisma_migrations", &["migration_name", "checksum", "finished_at"]),
    other("Drizzle's", "__drizzle_migrations", &["hash", "created_at"]),
    other("Sqitch's", "changes", &["change_id", "change", "project", "planned_at"]),
    other("Liquibase's", "databasechangelog", &["id", "author", "filename", "md5sum"]),
    other("Alembic's", "alembic_version", &["version_num"]),
    other("node-pg-migrate's", "pgmigrations", &["name", "run_on"]),
    other("Knex's", "knex_migrations", &["name", "batch", "migration_time"]),
    other("Django's", "django_migrations", &["app", "name", "applied"]),
    other("Sequelize's", "SequelizeMeta", &["name"]),
    other("TypeORM's", "migrations", &["timestamp bigint", "name"]),
    other("Laravel's", "migrations", &["migration", "batch"]),
    other("db-migrate's", "migrations", &["name", "run_on"]),
    other("MikroORM's", "mikro_orm_migrations", &["name", "executed_at"]),
    other("Entity Framework's", "__EFMigrationsHistory", &["MigrationId", "ProductVersion"]),
    other("sql-migrate's", "gorp_migrations", &["id", "applied_at"]),
    other("yoyo's", "_yoyo_migration", &["migration_hash", "migration_id"]),
    // Under a name that was given with an option: nothing else is left to tell it by.
    KnownHistory {
        whose: "dbmate's",
        takeover: Takeover::Possible,
        found: OtherHistories::OnlyColumn("version"),
        columns: &["version character varying"],
    },
];

const fn ours(whose: &'static str, name: &'static str, columns: &'static [&'static str]) -> KnownHistory {
    KnownHistory { whose, takeover: Takeover::Possible, found: OtherHistories::Name(name), columns }
}

const fn other(whose: &'static str, name: &'static str, columns: &'static [&'static str]) -> KnownHistory {
    KnownHistory { whose, takeover: Takeover::Impossible, found: OtherHistories::Name(name), columns }
}

const fn anywhere(
    whose: &'static str,
    column: &'static str,
    columns: &'static [&'static str],
) -> KnownHistory {
    KnownHistory { whose, takeover: Takeover::Impossible, found: OtherHistories::Column(column), columns }
}

/// At most this many are read: there may be one for each of thousands of tenants.
const AT_MOST: usize = 100;

impl HistoryTable {
    /// A query for other histories, with a row for each. Every name in it is qualified, since `search_path` may lead
    /// anywhere.
    ///
    /// This table itself does not count: another runner may have just made it.
    ///
    /// Only tables count, not views, and of them those that this role may read. The seeds have a history of their own: beside
    /// it only other histories of seeds count, and beside that of the migrations all but these.
    pub(super) fn query_for_others(&self) -> String {
        let seeds = HistoryTable::seeds().name;
        let (known, is_one) = if self.name == seeds { (&KNOWN[..1], "=") } else { (KNOWN, "<>") };
        let known: Vec<String> = known.iter().enumerate().map(|(place, known)| known.value(place)).collect();
        format!(
            "WITH known (place, name, marker, is_alone, columns) AS (VALUES {known}), \
             candidates AS (\
             SELECT k.place, k.is_alone, k.columns, c.oid FROM known k \
             JOIN pg_catalog.pg_class c ON c.relname OPERATOR(pg_catalog.=) k.name \
             UNION ALL \
             SELECT k.place, k.is_alone, k.columns, c.oid FROM known k \
             JOIN pg_catalog.pg_attribute a ON a.attname OPERATOR(pg_catalog.=) k.marker \
             JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid WHERE c.relname OPERATOR(pg_catalog.{is_one}) {seeds}), \
             others AS (\
             SELECT DISTINCT ON (c.oid) n.nspname, c.relname, k.place FROM candidates k \
             JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) k.oid \
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
             WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,p}}'::pg_catalog.\"char\"[]) \
             AND NOT (n.nspname OPERATOR(pg_catalog.=) {schema} AND c.relname OPERATOR(pg_catalog.=) {name}) \
             AND NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_') \
             AND (NOT k.is_alone OR c.relnatts OPERATOR(pg_catalog.=) 1::pg_catalog.int2) \
             AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
             AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             AND ARRAY(SELECT pg_catalog.unnest(ARRAY[a.attname::pg_catalog.text, \
             pg_catalog.concat(a.attname, ' ', pg_catalog.format_type(a.atttypid, NULL))]) \
             FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND NOT a.attisdropped) \
             OPERATOR(pg_catalog.@>) k.columns \
             ORDER BY c.oid, k.place) \
             SELECT nspname AS other_schema, relname AS other_name, place, pg_catalog.count(*) OVER () AS total \
             FROM others ORDER BY place, nspname, relname LIMIT {AT_MOST}",
            known = known.join(", "),
            seeds = escape_literal(&seeds),
            schema = escape_literal(&self.schema),
            name = escape_literal(&self.name),
        )
    }
}

impl KnownHistory {
    /// As a row of VALUES.
    fn value(&self, place: usize) -> String {
        let (name, marker) = match self.found {
            OtherHistories::Name(name) => (escape_literal(name), "NULL".to_owned()),
            OtherHistories::Column(column) | OtherHistories::OnlyColumn(column) => {
                ("NULL".to_owned(), escape_literal(column))
            }
        };
        let is_alone = matches!(self.found, OtherHistories::OnlyColumn(_));
        let columns: Vec<String> = self.columns.iter().map(|column| escape_literal(column)).collect();
        format!(
            "({place}, {name}::pg_catalog.name, {marker}::pg_catalog.name, {is_alone}, ARRAY[{}]::pg_catalog.text[])",
            columns.join(", ")
        )
    }
}

impl Others {
    /// From the rows of a message that may have given back others, too.
    pub(super) fn of(rows: &[SimpleQueryRow]) -> Others {
        let list: Vec<OtherHistory> = rows.iter().filter_map(OtherHistory::of).collect();
        let total = rows.iter().filter_map(|row| row.try_get("total").ok().flatten());
        let total = total.filter_map(|total| total.parse().ok()).next().unwrap_or(list.len());
        Others { list, total }
    }
}

impl OtherHistory {
    /// The table.
    pub fn table(&self) -> HistoryTable {
        HistoryTable::new(&self.schema, &self.name)
    }

    fn of(row: &SimpleQueryRow) -> Option<OtherHistory> {
        let text = |column| row.try_get(column).ok().flatten();
        let known = KNOWN.get(text("place")?.parse::<usize>().ok()?)?;
        Some(OtherHistory {
            schema: text("other_schema")?.to_owned(),
            name: text("other_name")?.to_owned(),
            whose: known.whose,
            takeover: known.takeover,
        })
    }
}

impl fmt::Display for OtherHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} ({})", self.schema, self.name, self.whose)
    }
}

/// What was found, in one sentence; a long list is cut.
pub(super) fn message(table: &str, others: &[OtherHistory], total: usize) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = others.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = match total.saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = if total == 1 { "what looks like another history" } else { "what look like other histories" };
    format!("there is no {table}, but {what}: {}{more}", shown.join(", "))
}

/// What to type: one of the tables, or the usual one by its name.
pub(super) fn hint(table: &str, others: &[OtherHistory]) -> String {
    let anew = format!("`--table {table}` begins a history of pmdb's own, in which every file is pending");
    match others.iter().find(|other| other.takeover == Takeover::Possible) {
        Some(OtherHistory { schema, name, .. }) => {
            format!("`--table {schema}.{name}` goes on with that one; {anew}")
        }
        None => format!(
            "pmdb cannot go on with it; `pmdb baseline VERSION` records what the database has as applied, and runs \
             nothing; {anew}"
        ),
    }
}
