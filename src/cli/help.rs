//! What stands below the options in the help of each command: how it works, then examples. The man pages are made of it
//! too.
//!
//! The prose stands in long lines, which clap breaks for the terminal; lists keep to 80 characters. Each example is a
//! command line and, two or more blanks later, what it does.

pub(super) const PMDB: &str = "\
Which database: --url, else DATABASE_URL (in the environment or a file .env), else PGHOST, PGPORT, PGUSER, PGDATABASE \
and the other variables that psql reads. Or --embedded: a private server, started from the PostgreSQL programs on \
this machine. Where there are none, they are fetched once, from GitHub or from PMDB_PG_MIRROR, unless PMDB_DOWNLOAD is never.

Where the usual history table is not there, but another one is (in another schema, or another tool's), nothing is done; \
--table says which one is meant.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 something is pending (status --check), or there is something to advise \
(advise --check); 4 history and files, or two schemas, disagree; 5 another pmdb holds the lock; 130 interrupted.

Examples:
  pmdb new create_users      write migrations/0001_create_users.sql
  pmdb up --embedded         apply what is pending, on a private server
  pmdb status --embedded     see what is applied and what is pending
  pmdb help up               how a command works, its options, and examples";

pub(super) const UP: &str = "\
Each file runs as one transaction together with its row in the history, so it is applied wholly or not at all. A file \
marked `-- migrate:up transaction:false` runs statement by statement; after a failure the next `pmdb up` goes on where \
it stopped. A folder without migrations, or a file that is as `pmdb new` has made it, is an error: --allow-empty says that \
it is meant so.

`applied` is final when the run ends. If the server crashes while it still goes on, or an asynchronous standby takes \
over, the last files may be gone again, each wholly and with its row: the next `pmdb up` applies them.

Examples:
  pmdb up                        apply everything that is pending
  pmdb up --dry-run              print the SQL that would run
  pmdb up --to 0005              stop after 0005
  pmdb up --bundled --embedded   the example schema, on a private server";

pub(super) const DOWN: &str = "\
Runs the half below `-- migrate:down` of each migration, newest first. A migration without a down half is refused before \
anything is touched, and so is one without a file here: another project that shares the history, or a newer release, may \
have applied it. With --stored, the half that the history keeps undoes it. If the server is on \
another machine, --all asks for the name of the database; without a terminal, --yes has to be given.

Examples:
  pmdb down                      undo the newest migration
  pmdb down --steps 3            undo the newest three
  pmdb down --to 0005            undo all that are newer than 0005
  pmdb down --stored             undo the newest although its file is gone
  pmdb down --all --dry-run      print the SQL that would undo everything";

pub(super) const REDO: &str = "\
Handy while a migration is being written: change the file, `pmdb redo`, look. What the migration made goes, with the \
data in it.

Examples:
  pmdb redo                      undo the newest migration and apply it again
  pmdb redo --embedded           on the private server";

pub(super) const PLAN: &str = "\
Builds what is applied on a scratch database, runs there what `pmdb up` would run, statement by statement, and tells what the \
server did: which tables it locked and until when, what it rewrote, read and built. The target is only read: its history, and \
how large its tables are. A lock lives to the end of its transaction, so others wait for a table also while the statements \
after it work on another one.

The scratch database is made on a private server that is thrown away, with the roles and settings of the target's server. Or \
on that of --scratch-url. A file that fails there is told with its place; those after it are not tried.

Examples:
  pmdb plan                      what `pmdb up` will do to this database
  pmdb plan --to 0012            what `pmdb up --to 0012` will do
  pmdb plan --down               what `pmdb down` will do
  pmdb plan --json               each statement with its locks and its work
  pmdb plan --format github      in a workflow of GitHub Actions
  pmdb plan --save-sizes prod.json   production's sizes, for a check of pull requests";

pub(super) const STATUS: &str = "\
Reads only: no table is made, no lock is taken. With --check, a folder without migrations is an error unless \
--allow-empty says that it is meant so.

States:
  applied        in the history, and the file is the one that ran
  pending        `pmdb up` will apply it
  late           pending, but a newer one is applied: needs --out-of-order
  changed        applied, but the file now says something else
  file missing   applied, but there is no file
  renumbered     applied, but under another number than the file has: see renumber
  half applied   stopped in the middle; `pmdb up` goes on with it
  half undone    stopped in the middle on the way down

Examples:
  pmdb status                    show the table
  pmdb status --check            decide by the exit code";

pub(super) const SCHEMA: &str = "\
Reads only. The tables of the history are left out. With --dir or --bundled it shows what the files build on a scratch \
database, and needs no other. With --diff it draws what `pmdb diff` names, and the tables around it; what drift.ignore names is \
left out. In the picture, lines that lead to the same table have the same colour; a line ends in two bars \
where exactly one row is meant, in a ring and a bar for at most one, and in a ring and a crow's foot for any number.

Examples:
  pmdb schema                            tables, columns, keys, indexes, triggers
  pmdb schema tasks --depth 1            tasks, and what foreign keys join to it
  pmdb schema --format svg > schema.svg  a picture, for a browser or a README
  pmdb schema --format html > app.html   a page: the picture, each table, who refers to it
  pmdb schema --dir migrations           what the files build
  pmdb schema --diff A B --format svg    what is new, changed and gone, as a picture
  pmdb schema --format mermaid           a diagram that GitHub draws in Markdown
  pmdb schema --format dot | dot -Tpdf -o schema.pdf   a PDF, by Graphviz";

pub(super) const NEW: &str = "\
The number continues the folder's own numbering: 0001, 0002 …, or a time stamp if the newest file has one. Time stamps \
keep branches apart that are written at the same time; --timestamp begins with them.

Examples:
  pmdb new create_users            write migrations/0001_create_users.sql
  pmdb new 'add labels to tasks'   write migrations/0002_add_labels_to_tasks.sql
  pmdb new --timestamp add_teams   write migrations/20261123101500_add_teams.sql";

pub(super) const SEED: &str = "\
Seeds are files like migrations, in a folder and a history of their own. A comment `-- pmdb:fill tasks=100k` in one asks for \
rows on top of its own, which are made as by `pmdb fill`.

Examples:
  pmdb seed                      apply the seeds that are pending
  pmdb seed --down               undo them all
  pmdb seed --bundled            the sample data for the example schema";

pub(super) const FILL: &str = "\
Rows that look like something, for development and for tests with as much data as production has. They keep every constraint: \
what cannot be met is said before a row is written. The same seed gives the same rows. Tables with rows are left alone unless \
they are named. While a table is empty, its indexes and foreign keys are put off, and built when it is full.

Examples:
  pmdb fill                      ten thousand rows, spread over all tables
  pmdb fill --rows 1M            a million
  pmdb fill tasks=500k users=2k  these two, and some for the tables that they refer to
  pmdb fill --truncate --seed 7  other rows instead of those that are there
  pmdb fill --restore            bring back the indexes that a killed run has put off";

pub(super) const ACCEPT: &str = "\
Runs nothing: the history takes over the file's text and checksum, and the difference is shown. Comments, white space \
and line endings never count as a change. To run a changed seed again, `pmdb seed --down` and `pmdb seed`.

Examples:
  pmdb accept 0003               the migration 0003
  pmdb accept --seed 0001        the seed 0001";

pub(super) const RESOLVE: &str = "\
A statement that commits by itself (a CALL, a DO with COMMIT) cannot be recorded together with what it does. If a run is \
killed or loses its connection meanwhile, only a look at the data tells how far it came; until that is said here, `pmdb \
up` stops before it. Runs nothing. For a seed, name the history of the seeds: --table public.schema_seeds.

Examples:
  pmdb resolve 0012 --done       it is done; go on after it
  pmdb resolve 0012 --again      send it again";

pub(super) const BASELINE: &str = "\
For a database that was built by hand or by another tool, and whose files are there. What these files build on a scratch \
database is compared with what is there; where nothing differs, the history gets a row for each version up to this one, as \
`pmdb up` would have written it. No file runs on the database, and `pmdb up` goes on after that version.

Where something differs, nothing is recorded, and every object is named: `+` stands for what the database alone has, `-` \
for what the files alone build, `~` for what is another one there. What is known is left out with --ignore, or with a file \
drift.ignore (see `pmdb drift --help`). Data are not compared, and neither are the tables in which other tools keep their history; once nothing \
uses them any more, drop them.

Examples:
  pmdb baseline 0007 --dry-run   compare, and say what would be recorded
  pmdb baseline 0007             record 0001 to 0007
  pmdb baseline 0007 --force     record them although something differs";

pub(super) const RENUMBER: &str = "\
For a file that was applied and got another number later, as after a merge in which two branches had taken the same one. \
Runs nothing: the history takes over the number and the name of the file, whose up half has to be what was applied. \
Migrations that stand in its way, and have other numbers by now as well, are renumbered with it.

Examples:
  pmdb renumber 0002 0003            what was applied as 0002 is 0003 now
  pmdb renumber 0002 0003 --dry-run  only say so";

pub(super) const ADVISE: &str = "\
Reads the catalog and the statistics only: no table is read, written or locked. --explain says why a rule is there, with \
an example; it needs no database. What is \
known and meant so is left out with --ignore, or with a file advise.ignore in the current folder:

  # the set names every column that is searched
  duplicate-index:public.idx_users_email

Examples:
  pmdb advise                                  all findings
  pmdb advise --check                          decide by the exit code
  pmdb advise --ignore varchar-limit           without the findings of this rule
  pmdb advise --ignore json-column:public.t.a  without this one
  pmdb advise --explain json-column            why json-column is a rule";

pub(super) const CREATE: &str = "\
It is made from template1, as `createdb` does it. The role needs the right to create databases. That the database is there \
already is no error.

Examples:
  pmdb create && pmdb up         a new database with the schema
  pmdb create --url postgresql://postgres@localhost/app";

pub(super) const DROP: &str = "\
All data are lost. A protected database is refused, and one that is in use. If the server is on another machine, the name \
of the database has to be typed; without a terminal, --yes has to be given. That the database is not there is no error.

Examples:
  pmdb drop                      drop the database
  pmdb drop --yes                in a script, on another machine
  pmdb drop --force              even if it is protected or in use";

pub(super) const RESET: &str = "\
All data are lost. What the database has as a whole is kept: owner, encoding and locale, tablespace, settings (also of \
roles in it), privileges, connection limit, comment, and that it is protected. What the role may not give back is named, \
and nothing is changed. Seeds are not loaded: `pmdb seed` does that. If the server is on another machine, the name of the \
database has to be typed; without a terminal, --yes has to be given.

Examples:
  pmdb reset && pmdb seed        begin anew, with the sample data
  pmdb reset --yes               in a script, on another machine
  pmdb reset --force             even if it is protected or in use";

pub(super) const DRIFT: &str = "\
Builds what the history says was applied on a scratch database, and names every object that is not the same in the \
target: `+` stands for what the target alone has, `-` for what is missing from it, `~` for what is another one there. \
Reads only. Exits with 4 if something was changed by hand. Without a history nothing is applied, and whatever is there \
counts.

What ran is taken from the file, or from the history where the file is gone or has changed since. Data, pmdb's own \
tables, and what belongs to the database as a whole (its owner, privileges, comment and settings) are not compared. The \
order of columns, and white space and comments in function bodies, are shown, but count with --strict only.

The scratch database is made on a private server that is thrown away, with the roles of the target's server (without \
passwords), each migration running as the role that applied it. Or on that of --scratch-url, where everything runs as \
the role of that URL, and the roles and extensions that the migrations need have to be there. Nothing else there changes. \
What the migrations need and do not make is made by SQL in the folder scratch/.

What is known is left out with --ignore, or with a file drift.ignore in the current folder:

  schema:auth                # a schema with what is in it
  table:public.orders_*      # tables with their parts

Examples:
  pmdb drift                     what was changed by hand
  pmdb drift --strict --json     for a pipeline that looks every night
  pmdb drift --scratch-url postgresql://postgres@localhost/postgres   built there";

pub(super) const DIFF: &str = "\
Names every object that is not the same in both databases, with what differs: `+` stands for what B alone has, `-` for \
what A alone has, `~` for what is another one there. Reads only. pmdb's own tables do not count. Exits with 4 if the \
schemas differ.

With --to, A is compared with what the files up to and with that version build on a scratch database, as in `pmdb \
drift`; --to 0 is an empty one.

The order of columns, and white space and comments in function bodies, are shown, but count with --strict only.

Examples:
  pmdb diff postgresql://localhost/app postgresql://localhost/staging
  pmdb diff 'dbname=app' 'dbname=staging' --strict   the order of columns counts
  pmdb diff 'dbname=app' --to 0012                   with what the files build";

pub(super) const VERIFY: &str = "\
Tries each migration on a scratch database: up, down, and the schema must be what it was; up again, and it must be what \
the first up made. At last all are undone, and the seeds, if there are any, must leave no rows. The target is only \
read: on a private server, its name and roles are taken over.

The databases are made on a private server that is thrown away; what migrations do to roles is compared, too. Or on that \
of --scratch-url, where they are called pmdb_scratch_… and dropped again: whatever changes anything else there is refused \
without --allow-shared. What the migrations need and do not make is made by SQL in the folder scratch/. Exits with 1 if \
a down half is wrong. A migration without a down half is irreversible by intent, and no failure. The order of columns, white space and comments, and data that an up half drops, are told, but \
count with --strict only. Several databases are used side by side where no migration reaches out of its own; --jobs sets \
their number, and with more than one does not suit migrations that make roles, which belong to the whole server.

Examples:
  pmdb verify                    all of them
  pmdb verify --only 0012        the one that is being written
  pmdb verify --format github    in a workflow of GitHub Actions";

pub(super) const WAIT: &str = "\
Where the connection string names several servers, or asks for one with target_session_attrs, it waits for that: after a \
failover, for the one that can be written to.

Examples:
  pmdb wait && pmdb up           in a container that starts with its database
  pmdb wait --timeout 5m         for a server that recovers first";

pub(super) const INIT: &str = "\
Writes into migrations/ and seeds/, or the folders that --dir and --seeds name; they have to be empty.

Examples:
  pmdb init && pmdb dev          write the example and try it out
  pmdb init --dir db/migrations --seeds db/seeds";

pub(super) const DEV: &str = "\
Prints the URL for psql or an application on stdout. The data, the port and the password stay in .pmdb/ until the next \
time, so the URL may stand in .env. Meanwhile the other commands use the same server with --embedded.

With --watch, a file that is new, changed or gone is noticed: everything from it on is undone, as it was applied, and \
what is there now is applied, seeds included. What fails is told, and the next change is tried again. Files whose up half \
is still empty wait.

With --exec, signals are passed on to the command, and pmdb ends with its exit code.

Examples:
  pmdb dev                       with this project's migrations and seeds
  pmdb dev --watch               while migrations are being written
  pmdb dev --exec 'npm start'    an application, with DATABASE_URL set
  pmdb dev --bundled             with the example schema and sample data";

pub(super) const COMPLETIONS: &str = "\
Bash, zsh and fish also complete what the files in the folders have: the versions of migrations and seeds, and the tables.

Examples:
  pmdb completions bash > ~/.local/share/bash-completion/completions/pmdb
  pmdb completions zsh > ~/.zfunc/_pmdb     with ~/.zfunc in the fpath
  pmdb completions fish > ~/.config/fish/completions/pmdb.fish";

pub(super) const MAN: &str = "\
Writes pmdb.1, and a page such as pmdb-up.1 for each command. The folder is made if it is not there.

Examples:
  pmdb man ~/.local/share/man/man1   then `man pmdb` and `man pmdb-up`";
