//! Who may do what: a role that owns and migrates, one that reads and writes rows, and one that reads.
//!
//! An application that connects as the owner of its tables can drop them, and so can an attacker who finds a hole in
//! it. Here it may do what it has to and no more, and it sees only the rows of the user for whom it works right now.
//! Making roles takes the right to (a superuser's, or CREATEROLE); nothing else does.
//!
//! ```text
//! cargo run --example roles
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod support;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use include_dir::{Dir, include_dir};
use pmdb::postgres::HistoryTable;
use pmdb::{Session, load_compiled};
use tokio_postgres::{Client, Error, SimpleQueryMessage};
use uuid::Uuid;

use support::{MemberRole, Playground, ProjectStatus, TaskStatus, print_table};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/roles/migrations");

/// Jonas works on two of the five projects.
const JONAS: Uuid = Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0005);
const HIS_PROJECT: Uuid = Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0001);
const ANOTHER: Uuid = Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0005);

/// The names of the roles. They belong to the whole server, so each run of this example has its own.
struct Roles {
    owner: String,
    app: String,
    reader: String,
}

impl Roles {
    fn of(database: &str) -> Roles {
        let name = |what| format!("{database}_{what}");
        Roles { owner: name("owner"), app: name("app"), reader: name("reader") }
    }

    /// A member of a role may do things as that role; here we are a member of all three. In production each part logs
    /// in for itself: the application as a role that is a member of the second one and of nothing else.
    fn create(&self, database: &str) -> String {
        let Roles { owner, app, reader } = self;
        format!(
            "CREATE ROLE {owner}; CREATE ROLE {app}; CREATE ROLE {reader};
             GRANT {owner}, {app}, {reader} TO CURRENT_USER;
             -- As it is from PostgreSQL 15 on, where the owner of the database alone can make tables there.
             REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             GRANT CREATE ON SCHEMA public TO {owner};
             ALTER DATABASE {database} OWNER TO {owner};"
        )
    }

    /// What the owner gives to the other two. DEFAULT PRIVILEGES are for the tables that are still to come.
    fn grant(&self) -> String {
        let Roles { app, reader, .. } = self;
        format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
             -- Only the owner needs to know what was applied.
             REVOKE ALL ON schema_migrations, schema_seeds, schema_roles FROM {app};

             GRANT SELECT ON projects, tasks, project_members TO {reader};
             -- All but the hashes of the passwords.
             GRANT SELECT (id, email, full_name, created_at) ON users TO {reader};
             -- Reports are about all projects.
             CREATE POLICY reports ON projects FOR SELECT TO {reader} USING (true);
             CREATE POLICY reports ON tasks FOR SELECT TO {reader} USING (true);"
        )
    }
}

/// Something that somebody tries.
struct Attempt {
    what: &'static str,
    statement: &'static str,
}

const OF_THE_APPLICATION: [Attempt; 11] = [
    Attempt { what: "see projects", statement: "SELECT FROM projects" },
    Attempt { what: "see tasks", statement: "SELECT FROM tasks" },
    Attempt {
        what: "change a task",
        statement: "UPDATE tasks SET priority = 5 WHERE id = '30000000-0000-4000-8000-000000000001'",
    },
    Attempt {
        what: "change tasks of others",
        statement: "UPDATE tasks SET priority = 5 WHERE project_id = '20000000-0000-4000-8000-000000000005'",
    },
    Attempt {
        what: "join a project of others",
        statement: "INSERT INTO project_members (project_id, user_id)
            VALUES ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000005')",
    },
    Attempt { what: "turn row security off", statement: "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY" },
    Attempt { what: "read past row security", statement: "SET LOCAL row_security = off; SELECT FROM tasks" },
    Attempt { what: "make a table", statement: "CREATE TABLE mine (id int)" },
    Attempt { what: "drop a table", statement: "DROP TABLE tasks" },
    Attempt { what: "empty a table", statement: "TRUNCATE tasks" },
    Attempt { what: "rewrite the history", statement: "DELETE FROM schema_migrations" },
];

const OF_THE_READER: [Attempt; 5] = [
    Attempt { what: "see projects", statement: "SELECT FROM projects" },
    Attempt { what: "see people", statement: "SELECT email, full_name FROM users" },
    Attempt { what: "see passwords", statement: "SELECT password_hash FROM users" },
    Attempt { what: "change a task", statement: "UPDATE tasks SET priority = 5" },
    Attempt { what: "become the owner of a table", statement: "ALTER TABLE tasks OWNER TO CURRENT_USER" },
];

const OF_THE_OWNER: [Attempt; 3] = [
    Attempt { what: "see projects", statement: "SELECT FROM projects" },
    Attempt { what: "change a table", statement: "ALTER TABLE tasks ADD COLUMN estimate interval" },
    Attempt { what: "make a role", statement: "CREATE ROLE mine" },
];

const MY_PROJECTS: &str = "
    SELECT p.name, p.status, m.role
    FROM projects p JOIN project_members m ON m.project_id = p.id
    WHERE m.user_id = $1
    ORDER BY p.name";

const NEW_TASK: &str = "INSERT INTO tasks (project_id, title, status) VALUES ($1, 'Ask the tasters', $2)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    support::run_on_empty(show).await
}

async fn show(playground: &Playground) -> Result<()> {
    let database = playground.target().database();
    let roles = Roles::of(database);
    playground.connect().await?.batch_execute(&roles.create(database)).await?;

    // From here on nothing is done that takes a right which the owner does not have.
    let owner = playground.target().with_role(&roles.owner);
    playground.migrate_on(&owner).await?;
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let row_security = load_compiled(files, Path::new("examples/roles/migrations"))?;
    playground.apply_on(&owner, row_security, HistoryTable::new("public", "schema_roles")).await?;
    playground.seed_on(&owner).await?;
    let owner = Session::connect(&owner).await?.into_client();
    owner.batch_execute(&roles.grant()).await?;

    let as_role = async |role: &str| -> Result<Client> {
        Ok(Session::connect(&playground.target().with_role(role)).await?.into_client())
    };
    let (mut app, reader) = (as_role(&roles.app).await?, as_role(&roles.reader).await?);

    println!("The application sees what its user may see: nothing, until it has said who that is.");
    work_as_jonas(&mut app).await?;

    println!("42501 is \"insufficient privilege\". 0 rows: what one may not see, one cannot change either.");
    let mut rows = Vec::new();
    rows.extend(all_attempts("the application, for nobody", &app, None, &OF_THE_APPLICATION[..2]).await?);
    rows.extend(all_attempts("the application, for Jonas", &app, Some(JONAS), &OF_THE_APPLICATION).await?);
    rows.extend(all_attempts("the reader", &reader, None, &OF_THE_READER).await?);
    rows.extend(all_attempts("the owner", &owner, None, &OF_THE_OWNER).await?);
    print_table(["who", "tries to", "outcome", "what the server says"], rows);
    Ok(())
}

/// A request that Jonas has sent: what it may see and do is set for its transaction, and ends with it.
async fn work_as_jonas(app: &mut Client) -> Result<()> {
    let request = app.transaction().await?;
    request.execute("SELECT set_config('app.user_id', $1, true)", &[&JONAS.to_string()]).await?;
    let mut rows = Vec::new();
    for row in request.query(MY_PROJECTS, &[&JONAS]).await? {
        let (status, role): (ProjectStatus, MemberRole) = (row.try_get("status")?, row.try_get("role")?);
        rows.push([row.try_get("name")?, format!("{status:?}"), format!("{role:?}")]);
    }
    print_table(["project", "status", "Jonas is"], rows);
    let added = request.execute(NEW_TASK, &[&HIS_PROJECT, &TaskStatus::Pending]).await?;
    println!("A task more in his own project: {added} row. One in a project of others:");
    if let Err(refusal) = request.execute(NEW_TASK, &[&ANOTHER, &TaskStatus::Pending]).await {
        println!("{}\n", in_words(&refusal));
    }
    Ok(request.rollback().await?)
}

/// Each in a transaction of its own, which is taken back.
async fn all_attempts(
    who: &str,
    client: &Client,
    user: Option<Uuid>,
    attempts: &[Attempt],
) -> Result<Vec<[String; 4]>> {
    let mut rows = Vec::new();
    for Attempt { what, statement } in attempts {
        let user = user.map(|user| format!("SET LOCAL app.user_id = '{user}';")).unwrap_or_default();
        client.batch_execute(&format!("BEGIN; {user}")).await?;
        let (outcome, words) = match client.simple_query(statement).await {
            Ok(messages) => (what_came_of(statement, &messages), String::new()),
            Err(error) => (sqlstate(&error), in_words(&error)),
        };
        client.batch_execute("ROLLBACK").await?;
        rows.push([who.to_owned(), (*what).to_owned(), outcome, words]);
    }
    Ok(rows)
}

/// How many rows were found or changed.
fn what_came_of(statement: &str, messages: &[SimpleQueryMessage]) -> String {
    match messages.last() {
        Some(SimpleQueryMessage::CommandComplete(rows)) if !statement.starts_with("ALTER") => {
            format!("{rows} rows")
        }
        _ => "done".to_owned(),
    }
}

fn sqlstate(error: &Error) -> String {
    error.code().map_or_else(|| "no answer".to_owned(), |code| code.code().to_owned())
}

fn in_words(error: &Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |refusal| refusal.message().to_owned())
}
