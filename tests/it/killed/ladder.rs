//! Migrations of all kinds, and the question whether history and schema agree.

use std::time::{Duration, Instant};

use crate::support::Setup;

/// How many there are where nothing else is said.
pub const FILES: usize = 20;

/// Where each run of a statement leaves a row: `up 1`, `up 2`, `down 1`, `down 2`.
const LOG: &str = "CREATE TABLE log (n int, what text)";

/// Migrations that can go up and down, and that tell of each statement that ran.
pub struct Ladder {
    pub setup: Setup,
    files: usize,
}

/// What the history says of a file that runs outside a transaction: it has four statements, up and down.
enum Standing {
    Pending,
    Up(i32),
    Down(i32),
}

impl Ladder {
    pub fn new(setup: Setup) -> Ladder {
        Ladder::of(setup, FILES)
    }

    /// One of this many migrations.
    pub fn of(setup: Setup, files: usize) -> Ladder {
        setup.database.sql(LOG);
        for n in 1..=files {
            setup.project.migration(&format!("{n:04}_n.sql"), &file(n));
        }
        Ladder { setup, files }
    }

    /// How long a whole run takes.
    pub fn time(&self, direction: &[&str]) -> Duration {
        let start = Instant::now();
        self.setup.run(direction).success();
        start.elapsed()
    }

    /// Waits until the server has noticed that nobody is there any more.
    #[track_caller]
    pub fn settle(&self) {
        self.setup.wait_until(
            "NOT EXISTS (SELECT FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'pmdb')",
        );
    }

    /// Asserts that what is there is what the history says, and that nothing ran twice. Returns how many migrations
    /// have a row in the history.
    #[track_caller]
    pub fn check(&self) -> usize {
        let rows = self.setup.database.sql(&query(self.files));
        for row in &rows {
            let problem = problem(row);
            assert_eq!(problem, None, "{row:?}\nall: {rows:?}");
        }
        rows.iter().filter(|row| row[1].as_deref() == Some("t")).count()
    }

    /// The command that goes on from here: up until all are applied, then down until none is.
    pub fn direction(applied: usize, now: &'static [&'static str]) -> &'static [&'static str] {
        match applied {
            0 => &["up"],
            FILES => &["down", "--all"],
            _ => now,
        }
    }
}

fn is_outside(n: usize) -> bool {
    n % 4 == 3
}

fn file(n: usize) -> String {
    let options = if is_outside(n) { " transaction:false" } else { "" };
    let index = "CREATE INDEX CONCURRENTLY";
    let (up, down) = match n % 4 {
        // Two halves outside a transaction, with a statement in each that no transaction may hold.
        3 => (
            format!(
                "CREATE TABLE t_{n} (id int);\nINSERT INTO log VALUES ({n}, 'up 1');\n\
                 {index} t_{n}_i ON t_{n} (id);\nINSERT INTO log VALUES ({n}, 'up 2');\n"
            ),
            format!(
                "DROP INDEX CONCURRENTLY t_{n}_i;\nINSERT INTO log VALUES ({n}, 'down 1');\n\
                 DROP TABLE t_{n};\nINSERT INTO log VALUES ({n}, 'down 2');\n"
            ),
        ),
        // One transaction in several messages.
        2 => (
            format!("CREATE TABLE t_{n} (id int);\nCOPY log FROM stdin;\n{n}\tup 1\n\\.\n"),
            format!("DROP TABLE t_{n};\nCOPY log FROM stdin;\n{n}\tdown 1\n\\.\n"),
        ),
        // Those that travel together.
        _ => (
            format!(
                "CREATE TABLE t_{n} (id int);\nINSERT INTO log VALUES ({n}, 'up 1');\nSELECT pg_sleep(0.002);\n"
            ),
            format!("DROP TABLE t_{n};\nINSERT INTO log VALUES ({n}, 'down 1');\nSELECT pg_sleep(0.002);\n"),
        ),
    };
    format!("-- migrate:up{options}\n{up}-- migrate:down{options}\n{down}")
}

/// Per file: its number, whether it has a row, statements done and in all, whether its table exists, whether its index
/// is valid, and how often each logging statement ran, less how often it was undone.
fn query(files: usize) -> String {
    let net = |what: &str| {
        format!(
            "(SELECT count(*) FILTER (WHERE what = 'up {what}') - count(*) FILTER (WHERE what = 'down {what}') \
             FROM log WHERE log.n = f.n)"
        )
    };
    format!(
        "SELECT f.n, h.version IS NOT NULL, h.statements_done, h.statements_total, \
         to_regclass('t_' || f.n) IS NOT NULL, \
         (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('t_' || f.n || '_i')), {}, {} \
         FROM generate_series(1, {files}) AS f (n) LEFT JOIN schema_migrations h ON h.version::int = f.n ORDER BY f.n",
        net("1"),
        net("2")
    )
}

/// What is wrong with a row of that query, if anything is.
fn problem(row: &[Option<String>]) -> Option<&'static str> {
    let number = |column: usize| row[column].as_deref().map(|text| text.parse::<i32>().unwrap());
    let has_row = row[1].as_deref() == Some("t");
    let has_table = row[4].as_deref() == Some("t");
    let index = row[5].as_deref().map(|valid| valid == "t");
    let (first, second) = (number(6)?, number(7)?);
    let wrong = |is_wrong: bool, what| is_wrong.then_some(what);
    if !is_outside(usize::try_from(number(0)?).unwrap()) {
        return wrong(has_row != has_table, "the table is not there iff the row is")
            .or_else(|| wrong(first != i32::from(has_row), "the statement did not run once"));
    }
    // While a statement is in flight, the number of those before it plus one has the other sign.
    let (forward, total) = match (number(2), number(3)) {
        (Some(done), Some(total)) if total < 0 => (Some(-done), Some(total)),
        both => both,
    };
    let in_flight = forward.is_some_and(|forward| forward < 0);
    let done = forward.map(|forward| if in_flight { -forward - 1 } else { forward });
    let standing = match (has_row, done, total) {
        (false, ..) => Standing::Pending,
        (true, Some(done), Some(total)) if total < 0 => Standing::Down(done),
        (true, Some(done), Some(_)) => Standing::Up(done),
        (true, ..) => return Some("a row without its progress"),
    };
    // Whether the table, the first and the second row of the log, and the index should be there. While a statement that no
    // transaction may hold is in flight, both is right.
    let (table, one, two, valid) = match standing {
        Standing::Pending => (false, false, false, Some(false)),
        Standing::Up(done) => (done >= 1, done >= 2, done >= 4, (!in_flight).then_some(done > 2)),
        Standing::Down(done) => (done < 3, done < 2, done < 4, (!in_flight).then_some(done == 0)),
    };
    wrong(has_table != table, "the table is not as the progress says")
        .or_else(|| wrong(first != i32::from(one), "the first statement did not run once"))
        .or_else(|| wrong(second != i32::from(two), "the second statement did not run once"))
        .or_else(|| wrong(valid == Some(true) && index != Some(true), "there is no valid index"))
        .or_else(|| wrong(valid == Some(false) && index.is_some(), "there is an index too many"))
}
