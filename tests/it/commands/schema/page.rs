//! The page for a browser, read as text and looked at in a browser.

use serde_json::json;

use super::picture::sixty_tables;
use super::{bundled, form, schema};
use crate::commands::pmdb;
use crate::support::{Browser, Database, Project};

/// What a page says of a table, as it is printed: without a browser, and so without its script.
fn part<'p>(page: &'p str, table: &str) -> &'p str {
    let heading = format!("<span class=\"name\">{table}</span></h2>");
    let place = page.find(&heading).unwrap_or_else(|| panic!("no {table} in {page}"));
    let begin = page[..place].rfind("<section").unwrap();
    let end = page[place..].find("</section>").unwrap();
    &page[begin..place + end]
}

#[test]
fn the_page_is_one_file_that_loads_nothing() {
    let db = bundled();
    let page = form(&db, "html");
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';";
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains(policy), "{page}");
    for loads in [" src=", "<link", "@import", "url(", "fetch("] {
        assert!(!page.contains(loads), "{loads}");
    }
    let foreign = page.match_indices("://").map(|(place, _)| &page[place - 5..place + 20]);
    let foreign: Vec<&str> = foreign.filter(|text| !text.contains("http://www.w3.org")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(page == form(&db, "html"), "the same schema gives the same page");
}

#[test]
fn without_its_script_the_page_has_the_picture_and_all_that_is_known_of_each_table() {
    let db = bundled();
    db.sql("COMMENT ON TABLE tasks IS E'What is to be done.\n\nAnd when.'; COMMENT ON COLUMN tasks.due_date IS 'a day'");
    let page = form(&db, "html");
    let (picture, _) = page.split_once("</svg>").unwrap();
    assert_eq!(picture.matches("<g class=\"table").count(), 5);
    let tasks = part(&page, "tasks");
    for text in [
        "What is to be done.\n\nAnd when.",
        "<td class=\"prose\">a day</td>",
        "<a href=\"#enum-2\"><code>task_status</code></a>",
        "CHECK (((priority &gt;= 1) AND (priority &lt;= 5)))",
        "CREATE INDEX idx_tasks_status",
        "CREATE TRIGGER trg_tasks_updated",
        "<code>users</code></a> <code>id</code> <span class=\"faint\">one-to-many, may be none, on delete set null",
    ] {
        assert!(tasks.contains(text), "{text} in {tasks}");
    }
    let users = part(&page, "users");
    let (_, referring) = users.split_once("<h3>Referred to by</h3>").unwrap();
    assert!(
        referring.contains("<code>user_profiles</code>") && referring.contains("one-to-one"),
        "{referring}"
    );
}

#[test]
fn the_page_names_the_migrations_that_touched_a_table_under_whatever_name_it_had() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("0001_make.sql", "-- migrate:up\nCREATE TABLE old (id int PRIMARY KEY);\n");
    project.migration("0002_other.sql", "-- migrate:up\nCREATE TABLE other (old int REFERENCES old);\n");
    project.migration("0003_name.sql", "-- migrate:up\nALTER TABLE old RENAME TO things;\n");
    project.migration("0004_index.sql", "-- migrate:up\nCREATE INDEX i ON public.things (id);\n");
    pmdb(&project, &db, &["up"]).success();
    let migrations = |page: &str, table: &str| {
        let (_, list) = part(page, table).split_once("<h3>Migrations</h3>").unwrap();
        let (list, _) = list.split_once("</ul>").unwrap();
        let names = ["0001 make", "0002 other", "0003 name", "0004 index"];
        names.into_iter().filter(|name| list.contains(&format!("<code>{name}</code>"))).collect::<Vec<_>>()
    };
    let from_history = form(&db, "html");
    let from_files =
        project.pmdb(&["schema", "--dir", "migrations", "--format", "html"]).run().success().stdout;
    for page in [&from_history, &from_files] {
        assert_eq!(migrations(page, "things"), ["0001 make", "0003 name", "0004 index"]);
        assert_eq!(migrations(page, "other"), ["0002 other"]);
    }
    assert!(from_history.contains(" by postgres</span>") && !from_files.contains(" by postgres</span>"));
}

#[test]
fn a_role_that_may_not_read_the_history_gets_the_page_without_migrations() {
    let db = bundled();
    let role = format!("reader_of_{}", db.name());
    db.sql(&format!("CREATE ROLE {role} LOGIN"));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    let outcome = Project::new().pmdb(&["schema", "--format", "html", "--url", &url]).run().success();
    assert!(outcome.stderr.contains("note: the page names no migrations"), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("<h3>Migrations</h3>"));
    db.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn the_page_has_what_pmdb_advises_except_what_is_known() {
    let (project, db) = (Project::new(), Database::new());
    db.sql("CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE notes (by_user int REFERENCES users, price float)");
    let page = pmdb(&project, &db, &["schema", "--format", "html"]).success().stdout;
    let notes = part(&page, "notes");
    for rule in ["no-primary-key", "foreign-key-without-index", "float-price"] {
        assert!(notes.contains(&format!("<b>{rule}</b>")), "{rule} in {notes}");
    }
    std::fs::write(project.path().join("advise.ignore"), "no-primary-key\n").unwrap();
    let page = pmdb(&project, &db, &["schema", "--format", "html"]).success().stdout;
    assert!(!page.contains("<b>no-primary-key</b>") && page.contains("<b>float-price</b>"));
}

/// Names that would do something, were they not escaped.
const ATTACKS: [&str; 6] = [
    "</script><script>owned()</script>",
    "\"><img src=x onerror=owned()>",
    "' onmouseover='owned()",
    "</title></style></svg><script>owned()</script>",
    "&lt;b&gt; &amp; &#60;",
    "<!-- ]]> ${owned()}",
];

fn attacked() -> Database {
    let db = Database::new();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for (number, attack) in ATTACKS.iter().enumerate() {
        let (name, text) = (quoted(attack), literal(attack));
        db.sql(&format!(
            "CREATE SCHEMA {name};
             CREATE TYPE {name}.{name} AS ENUM ({text});
             CREATE TABLE {name}.t{number} ({name} {name}.{name} DEFAULT {text} UNIQUE, other text CHECK (other <> {text}));
             CREATE TABLE {name}.\"t{{\" ({name} {name}.{name} CONSTRAINT {name} REFERENCES {name}.t{number} ({name}));
             CREATE INDEX {name} ON {name}.t{number} (({text} || other));
             COMMENT ON TABLE {name}.t{number} IS {text}; COMMENT ON COLUMN {name}.t{number}.{name} IS {text};
             CREATE VIEW {name}.v AS SELECT 1 AS {name};
             CREATE FUNCTION {name}.{name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER {name} BEFORE INSERT ON {name}.t{number} FOR EACH ROW EXECUTE FUNCTION {name}.{name}()"
        ));
    }
    db
}

#[test]
fn nothing_that_comes_from_the_database_becomes_a_part_of_the_page() {
    let db = attacked();
    let title = ["schema", "--format", "html", "--title", ATTACKS[3]];
    let page = pmdb(&Project::new(), &db, &title).success().stdout;
    for tag in ["<script", "<img", "</script", "</style", "<title>", "</title>"] {
        let whole = page.matches(tag).count();
        let in_pictures = page.matches("<title>").count();
        let expected = match tag {
            "<img" => 0,
            "<title>" | "</title>" => in_pictures,
            _ => 1,
        };
        assert_eq!(whole, expected, "{tag}");
    }
    let Some(browser) = Browser::find() else { return };
    let answer = browser.ask(
        &page,
        "const names = [...document.querySelectorAll('nav a')].map((link) => link.textContent);
         const handlers = [...document.querySelectorAll('*')].filter((element) =>
             [...element.attributes].some((attribute) => attribute.name.startsWith('on')));
         return { names, handlers: handlers.length, images: document.images.length,
             scripts: document.scripts.length, title: document.title, heading: document.querySelector('h1').textContent,
             schemas: [...document.querySelectorAll('nav h2')].map((heading) => heading.textContent) };",
    );
    assert_eq!((&answer["handlers"], &answer["images"]), (&json!(0), &json!(0)), "{answer:#}");
    // The page's own, and the one that asks.
    assert_eq!(answer["scripts"], 2);
    assert_eq!((&answer["title"], &answer["heading"]), (&json!(ATTACKS[3]), &json!(ATTACKS[3])));
    let mut schemas = ATTACKS;
    schemas.sort_unstable();
    assert_eq!(answer["schemas"], json!(schemas));
}

#[test]
fn the_browser_runs_the_script_of_the_page() {
    let Some(browser) = Browser::find() else { return };
    let dom = browser.open(&form(&bundled(), "html"));
    assert!(dom.contains("<html lang=\"en\" class=\"script\">"), "{}", &dom[..200]);
}

#[test]
fn search_finds_tables_by_their_names_and_by_those_of_their_columns() {
    let Some(browser) = Browser::find() else { return };
    let page = form(&bundled(), "html");
    let search = |text: &str| {
        let ask = format!(
            "const search = document.querySelector('#search');
             search.value = {};
             search.dispatchEvent(new Event('input'));
             const shown = [...document.querySelectorAll('nav li')].filter((entry) => entry.offsetParent);
             const parts = [...document.querySelectorAll('.part[data-table]')].filter((part) => !part.hidden);
             search.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter' }}));
             const here = document.querySelector('.erd .here .title');
             return [shown.map((entry) => entry.textContent).join(' '), parts.length,
                 document.querySelectorAll('.erd .hit').length, document.querySelector('.found').textContent,
                 here && here.textContent];",
            json!(text)
        );
        browser.ask(&page, &ask)
    };
    assert_eq!(search("TASK"), json!(["tasks", 1, 1, "1 of 5 tables", "tasks"]));
    let found = search("user");
    assert_eq!(found, json!(["project_members user_profiles users", 3, 3, "3 of 5 tables", "user_profiles"]));
    assert_eq!(search("<nothing>"), json!(["", 0, 0, "0 of 5 tables", null]));
}

#[test]
fn a_table_that_is_pointed_at_is_lit_with_its_neighbours() {
    let Some(browser) = Browser::find() else { return };
    let answer = browser.ask(
        &form(&bundled(), "html"),
        "const titles = () => [...document.querySelectorAll('.erd .table.near, .erd .table.here')]
             .map((table) => table.querySelector('.title').textContent).join(' ');
         const table = (name) => [...document.querySelectorAll('.erd .table')]
             .find((table) => table.querySelector('.title').textContent === name);
         const point = (name) => table(name).querySelector('.name').dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
         const answer = [titles()];
         point('user_profiles');
         answer.push(titles(), document.querySelectorAll('.erd .key.near').length);
         point('projects');
         answer.push(titles(), document.querySelectorAll('.erd .key.near').length);
         const faint = table('user_profiles');
         faint.style.transition = faint.querySelector('.box').style.transition = 'none';
         answer.push(Number(getComputedStyle(faint).opacity) < 0.5);
         document.querySelector('.erd').dispatchEvent(new MouseEvent('mouseleave'));
         answer.push(titles());
         table('tasks').querySelector('a').focus();
         answer.push(titles());
         dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
         answer.push(titles());
         return answer;",
    );
    assert_eq!(
        answer,
        json!([
            "",
            "user_profiles users",
            1,
            "project_members projects tasks users",
            3,
            true,
            "",
            "projects tasks users",
            ""
        ])
    );
}

#[test]
fn keys_zoom_and_the_picture_moves_to_a_table_that_is_asked_for() {
    let Some(browser) = Browser::find() else { return };
    let db = Database::new();
    sixty_tables(&db);
    let answer = browser.ask(
        &form(&db, "html"),
        "const press = (key) => dispatchEvent(new KeyboardEvent('keydown', { key }));
         const width = () => Math.round(document.querySelector('.picture svg').getBoundingClientRect().width);
         press('1');
         const natural = width();
         press('+');
         const larger = width() > natural;
         press('0');
         const fits = width() <= document.querySelector('.picture').clientWidth;
         const part = [...document.querySelectorAll('.part')].find((part) => part.querySelector('h2').textContent === 't57');
         part.querySelector('.show').click();
         const table = document.querySelector('.erd .here').getBoundingClientRect();
         const frame = document.querySelector('.picture').getBoundingClientRect();
         const inside = table.left >= frame.left && table.right <= frame.right && table.top >= frame.top && table.top < frame.bottom;
         press('/');
         return { larger, fits, inside, focus: document.activeElement.id };",
    );
    assert_eq!(answer, json!({ "larger": true, "fits": true, "inside": true, "focus": "search" }));
}

/// In each box: whether a text lies on another one, or leaves the box.
const OVERLAPS: &str = "
    const bad = [];
    for (const box of document.querySelectorAll('.erd .table, .erd .enum[transform]')) {
        const frame = box.querySelector('.box').getBBox();
        const texts = [...box.querySelectorAll('text')].map((text) => [text.textContent, text.getBBox()]);
        texts.forEach(([one, a], index) => {
            if (a.x < 0 || a.x + a.width > frame.width || a.y < 0 || a.y + a.height > frame.height) bad.push(one);
            for (const [other, b] of texts.slice(index + 1)) {
                const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y + 2 || b.y + b.height <= a.y + 2;
                if (!apart) bad.push(`${one} on ${other}`);
            }
        });
    }
    return bad;";

#[test]
fn no_text_lies_on_another_one() {
    let Some(browser) = Browser::find() else { return };
    let db = Database::new();
    sixty_tables(&db);
    for page in [form(&db, "html"), form(&bundled(), "html"), form(&attacked(), "html")] {
        assert_eq!(browser.ask(&page, OVERLAPS), json!([]));
    }
}

/// As many tables as a large application has, in four schemas.
fn many_tables(db: &Database) {
    db.sql(
        "DO $$ BEGIN
             FOR s IN 0..3 LOOP EXECUTE format('CREATE SCHEMA s%s', s); END LOOP;
             FOR i IN 0..152 LOOP
                 EXECUTE format('CREATE TABLE s%s.t%s (id int PRIMARY KEY)', i % 4, i);
                 FOR j IN 1..(i * 7 % 12 + 1) LOOP
                     EXECUTE format('ALTER TABLE s%s.t%s ADD column_%s text NOT NULL', i % 4, i, j);
                 END LOOP;
                 IF i > 3 THEN
                     EXECUTE format('ALTER TABLE s%s.t%s ADD up int REFERENCES s%s.t%s', i % 4, i, i % 4, i / 8 * 4 + i % 4 - i / 8 % 2 * 4);
                     EXECUTE format('ALTER TABLE s%s.t%s ADD hub int REFERENCES s0.t0', i % 4, i);
                 END IF;
             END LOOP;
         END $$",
    );
}

#[test]
fn a_page_of_153_tables_is_whole_and_small_enough_to_open_at_once() {
    let Some(browser) = Browser::find() else { return };
    let db = Database::new();
    many_tables(&db);
    let page = form(&db, "html");
    assert_eq!(page.matches("<section class=\"part\" id=\"table-").count(), 153);
    // How long a browser takes depends on what it has to lay out. With these it opens in 0.5 s on two cores.
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    let elements = browser.ask(&page, "return document.querySelectorAll('*').length").as_u64().unwrap();
    assert!(elements < 30_000, "{elements} elements");
}

#[test]
fn a_part_of_the_schema_makes_a_page_too() {
    let page =
        schema(&bundled(), &["tasks", "--format", "html", "--title", "Tasks & <more>"]).success().stdout;
    assert!(page.contains("<title>Tasks &amp; &lt;more&gt;</title>"));
    assert_eq!(page.matches("<section class=\"part\" id=\"table-").count(), 1);
    // It names tables that are not shown, and leads to none of them.
    assert!(part(&page, "tasks").contains("→ <code>users</code>"), "{page}");
}
