//! The migrations, as files for pmdb and dbmate and as scripts for psql.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use tempfile::TempDir;

use crate::server::folder;

/// A project folder: `migrations/` beside `up.sql`, `down.sql` and `up_down_up.sql`, which say the same to psql.
pub struct Workload {
    folder: TempDir,
}

impl Workload {
    /// This many files, each of which makes a table.
    pub fn of_tables(files: usize) -> Workload {
        let halves = (1..=files).map(|number| {
            let up = format!("CREATE TABLE t_{number} (id bigint PRIMARY KEY, name text NOT NULL);\n");
            (up, format!("DROP TABLE t_{number};\n"))
        });
        Workload::new(halves.collect())
    }

    /// This many files of a few statements, as projects grow by: a table that refers to the one before it, an index, a
    /// comment, and a new column for the table before it. A down half that is not right leaves that column.
    pub fn of_steps(files: usize, is_right: &dyn Fn(usize) -> bool) -> Workload {
        let halves = (1..=files).map(|number| {
            let before = number - 1;
            let (reference, add, drop) = match before {
                0 => Default::default(),
                _ => (
                    format!(" REFERENCES items_{before} (id)"),
                    format!("ALTER TABLE items_{before} ADD COLUMN note text;\n"),
                    format!("ALTER TABLE items_{before} DROP COLUMN note;\n"),
                ),
            };
            let up = format!(
                "CREATE TABLE items_{number} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 parent_id bigint{reference},\n    name text NOT NULL CHECK (name <> ''),\n    \
                 created_at timestamptz NOT NULL DEFAULT now()\n);\n\
                 CREATE INDEX items_{number}_parent_id_idx ON items_{number} (parent_id);\n\
                 COMMENT ON TABLE items_{number} IS 'Items of step {number}';\n{add}"
            );
            (up, format!("{drop}DROP TABLE items_{number};\n"))
        });
        let workload = Workload::new(halves.collect());
        for number in (1..=files).filter(|number| !is_right(*number)) {
            let file = workload.path().join(format!("migrations/{number:05}_step.sql"));
            let text = fs::read_to_string(&file).unwrap();
            let column = format!("ALTER TABLE items_{} DROP COLUMN note;\n", number - 1);
            fs::write(file, text.replace(&column, "")).unwrap();
        }
        workload
    }

    /// One file with this many statements.
    pub fn of_statements(statements: usize) -> Workload {
        let mut up = "CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL);\n".to_owned();
        for number in 1..statements {
            let _ = writeln!(up, "INSERT INTO t (id, name) VALUES ({number}, 'the name of {number}');");
        }
        Workload::new(vec![(up, "DROP TABLE t;\n".to_owned())])
    }

    /// One file with about this many bytes of data for COPY.
    pub fn of_copy(bytes: usize) -> std::io::Result<Workload> {
        let folder = folder();
        fs::create_dir(folder.path().join("migrations"))?;
        let files = [
            ("migrations/00001_copy.sql", "-- migrate:up\n", "-- migrate:down\nDROP TABLE t;\n"),
            ("up.sql", "BEGIN;\n", "COMMIT;\n"),
        ];
        for (name, before, after) in files {
            let mut file = BufWriter::new(File::create(folder.path().join(name))?);
            write!(
                file,
                "{before}CREATE TABLE t (id bigint, at timestamptz, name text, price numeric);\nCOPY t FROM stdin;\n"
            )?;
            let mut written = 0;
            for id in 0.. {
                let name = "the name of something ".repeat(id % 7 + 1);
                let row = format!("{id}\t2026-01-31 12:00:{:02}+00\t{name}\t{}.25\n", id % 60, id % 1000);
                file.write_all(row.as_bytes())?;
                written += row.len();
                if written > bytes {
                    break;
                }
            }
            write!(file, "\\.\n{after}")?;
            file.flush()?;
        }
        Ok(Workload { folder })
    }

    fn new(halves: Vec<(String, String)>) -> Workload {
        let folder = folder();
        let migrations = folder.path().join("migrations");
        fs::create_dir(&migrations).unwrap();
        let transaction = |sql: &String| format!("BEGIN;\n{sql}COMMIT;\n");
        for (index, (up, down)) in halves.iter().enumerate() {
            let file = migrations.join(format!("{:05}_step.sql", index + 1));
            fs::write(file, format!("-- migrate:up\n{up}\n-- migrate:down\n{down}")).unwrap();
        }
        let up: String = halves.iter().map(|(up, _)| transaction(up)).collect();
        let down: String = halves.iter().rev().map(|(_, down)| transaction(down)).collect();
        let up_down_up = |(up, down): &(String, String)| {
            let (up, down) = (transaction(up), transaction(down));
            format!("{up}{down}{up}")
        };
        let up_down_up: String = halves.iter().map(up_down_up).collect();
        fs::write(folder.path().join("up.sql"), up).unwrap();
        fs::write(folder.path().join("up_down_up.sql"), up_down_up).unwrap();
        fs::write(folder.path().join("down.sql"), down).unwrap();
        Workload { folder }
    }

    /// Adds this many files to those of [`of_steps`](Self::of_steps), each of which changes the table of a step.
    pub fn add_changes(&self, files: usize) {
        for number in 1..=files {
            let change = match number % 4 {
                0 => format!("CREATE UNIQUE INDEX ON items_{number} (name);"),
                1 => format!("ALTER TABLE items_{number} ADD CHECK (id > 0);"),
                2 => format!(
                    "ALTER TABLE items_{number} ADD COLUMN n int DEFAULT 0;\nUPDATE items_{number} SET n = 1;"
                ),
                _ => format!("ALTER TABLE items_{number} DROP COLUMN note;"),
            };
            let file = self.path().join(format!("migrations/{}_change.sql", 90_000 + number));
            fs::write(file, format!("-- migrate:up\n{change}\n-- migrate:down\n")).unwrap();
        }
    }

    /// The project folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
