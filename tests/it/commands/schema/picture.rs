//! The picture: read as any viewer would read it.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::{ODD, bundled, form, odd, schema};
use crate::support::{Database, Project};

/// The box of a table, with its four sides.
#[derive(Debug)]
struct Card {
    title: String,
    texts: Vec<String>,
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

/// What a picture shows.
struct Picture {
    cards: Vec<Card>,
    /// The text of all of it.
    texts: Vec<String>,
    /// Where each line begins and ends, by what it says when it is pointed at.
    lines: BTreeMap<String, [(i64, i64); 2]>,
    size: (i64, i64),
}

impl Picture {
    fn of(db: &Database) -> Picture {
        Picture::read(&form(db, "svg"))
    }

    fn read(svg: &str) -> Picture {
        let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error} in {svg}"));
        let root = document.root_element();
        let groups = || root.descendants().filter(|node| node.has_tag_name("g"));
        let is_table =
            |node: &Node<'_, '_>| node.attribute("class").is_some_and(|class| class.starts_with("table"));
        let lines = groups().filter_map(|group| {
            let path = group.children().find(|child| child.has_tag_name("path"))?;
            let title = group.children().find(|child| child.has_tag_name("title"))?.text()?;
            path.attribute("class")?.starts_with("line").then(|| (title.to_owned(), ends(path)))
        });
        Picture {
            cards: groups().filter(is_table).map(card).collect(),
            lines: lines.collect(),
            texts: texts(root),
            size: (number(root, "width"), number(root, "height")),
        }
    }

    fn card(&self, title: &str) -> &Card {
        self.cards.iter().find(|card| card.title == title).unwrap_or_else(|| panic!("no table {title}"))
    }

    /// The beginning and the end of the line of a foreign key.
    fn line(&self, key: &str) -> [(i64, i64); 2] {
        let found = self.lines.iter().find(|(title, _)| title.starts_with(&format!("{key}: ")));
        *found.unwrap_or_else(|| panic!("no line {key} in {:?}", self.lines.keys())).1
    }

    fn assert_sound(&self) {
        for (index, card) in self.cards.iter().enumerate() {
            assert!(
                card.left >= 0 && card.top >= 0 && card.right <= self.size.0 && card.bottom <= self.size.1
            );
            for other in &self.cards[..index] {
                let apart = card.right <= other.left
                    || other.right <= card.left
                    || card.bottom <= other.top
                    || other.bottom <= card.top;
                assert!(apart, "{card:?} lies on {other:?}");
            }
        }
        for (title, ends) in &self.lines {
            for end in ends {
                assert!(self.cards.iter().any(|card| card.touches(*end)), "{title} ends nowhere, at {end:?}");
            }
        }
    }
}

impl Card {
    fn touches(&self, (x, y): (i64, i64)) -> bool {
        (x == self.left || x == self.right) && (self.top..=self.bottom).contains(&y)
    }
}

fn number(node: Node<'_, '_>, attribute: &str) -> i64 {
    node.attribute(attribute)
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{attribute} of {node:?}"))
}

fn card(group: Node<'_, '_>) -> Card {
    let place = group.attribute("transform").unwrap().trim_start_matches("translate(").trim_end_matches(')');
    let (left, top) = place.split_once(' ').unwrap();
    let (left, top): (i64, i64) = (left.parse().unwrap(), top.parse().unwrap());
    let frame = group.children().find(|child| child.has_tag_name("rect")).unwrap();
    let texts = texts(group);
    let (right, bottom) = (left + number(frame, "width"), top + number(frame, "height"));
    Card { title: texts[0].clone(), texts, left, top, right, bottom }
}

fn texts(node: Node<'_, '_>) -> Vec<String> {
    let texts = node.descendants().filter(|child| child.has_tag_name("text"));
    texts.map(|text| text.text().unwrap().to_owned()).collect()
}

/// `M100 20L…L300 40`
fn ends(path: Node<'_, '_>) -> [(i64, i64); 2] {
    let way = path.attribute("d").unwrap();
    let pairs: Vec<(i64, i64)> = way
        .split(['M', 'L', 'Q'])
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut numbers = pair.split(' ').map(|number| number.parse().unwrap());
            (numbers.next().unwrap(), numbers.next().unwrap())
        })
        .collect();
    [pairs[0], pairs[pairs.len() - 1]]
}

#[test]
fn the_picture_in_the_readme_is_what_the_command_prints() {
    let printed = Project::new().pmdb(&["schema", "--bundled", "--format", "svg"]).run().success().stdout;
    assert!(
        printed == include_str!("../../../../docs/schema.svg"),
        "make it anew: cargo run -- schema --bundled --format svg > docs/schema.svg"
    );
}

#[test]
fn the_bundled_picture_has_every_table_and_every_line_at_its_rows() {
    let picture = Picture::of(&bundled());
    picture.assert_sound();
    assert_eq!((picture.cards.len(), picture.lines.len()), (5, 6));
    let tasks = picture.card("tasks");
    assert_eq!(tasks.texts[..4], ["tasks", "PK", "id", "uuid"]);
    assert!(tasks.texts.contains(&"uuid null".to_owned()), "{tasks:?}");
    let members = picture.card("project_members");
    assert_eq!(members.texts[1], "many-to-many: projects, users");

    let [from, to] = picture.line("tasks.tasks_assigned_to_fkey");
    assert!(picture.card("users").touches(from) && tasks.touches(to));
    assert!(from.0 < to.0, "the table that is referred to stands to the left");
}

#[test]
fn odd_names_stand_in_the_picture_as_they_are() {
    let picture = Picture::of(&odd());
    picture.assert_sound();
    let title = format!("\"My \"\"App\"\".x\".\"{}\"", ODD.replace('"', "\"\""));
    let card = picture.card(&title);
    for text in ["new\u{fffd}line", "a;b#c", "größe", "\u{fffd}[31mred"] {
        assert!(card.texts.iter().any(|shown| shown == text), "{text} in {card:?}");
    }
    assert_eq!(picture.lines.len(), 1, "the line of a table to itself");
}

#[test]
fn sixty_tables_are_drawn_without_one_lying_on_another() {
    let db = Database::new();
    sixty_tables(&db);
    let picture = Picture::of(&db);
    picture.assert_sound();
    let keys: usize = db.value("SELECT count(*) FROM pg_constraint WHERE contype = 'f'").parse().unwrap();
    assert_eq!((picture.cards.len(), picture.lines.len()), (60, keys));
    let (width, height) = picture.size;
    assert!(width < 3 * height && height < 2 * width, "{width} x {height}");
    assert_eq!(form(&db, "svg"), form(&db, "svg"));
}

#[test]
fn the_picture_has_a_title_indexes_and_the_words_of_enums() {
    let db = bundled();
    let picture = Picture::of(&db);
    assert_eq!(picture.texts[..2], [db.name(), "5 tables, 3 enums, 1 function"]);
    let tasks = picture.card("tasks");
    assert!(tasks.texts.contains(&"index (created_at DESC)".to_owned()), "{tasks:?}");
    for word in ["task_status", "enum", "in_progress", "cancelled"] {
        assert!(picture.texts.contains(&word.to_owned()), "{word}");
    }
    let titled = schema(&db, &["--format", "svg", "--title", "What <we> have"]).success().stdout;
    assert_eq!(Picture::read(&titled).texts[0], "What <we> have");
}

#[test]
fn lines_to_different_tables_have_different_colours_and_those_to_one_table_the_same() {
    let svg = form(&bundled(), "svg");
    let document = Document::parse(&svg).unwrap();
    let mut colours: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in document.descendants().filter(|node| node.attribute("class") == Some("key")) {
        let line = key.children().find(|child| child.has_tag_name("path")).unwrap();
        let parent = key.attribute("data-parent").unwrap().to_owned();
        colours.entry(parent).or_default().push(line.attribute("class").unwrap().to_owned());
    }
    let colours: Vec<Vec<String>> = colours.into_values().collect();
    assert_eq!(colours.len(), 2, "users and projects: {colours:?}");
    assert!(colours.iter().all(|lines| lines.iter().all(|line| *line == lines[0])), "{colours:?}");
    assert_ne!(colours[0][0], colours[1][0]);
}

#[test]
fn each_schema_has_a_frame_with_its_tables_where_there_are_several() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE users (id int PRIMARY KEY);
         CREATE SCHEMA billing;
         CREATE TABLE billing.invoices (id int PRIMARY KEY, user_id int REFERENCES users);
         CREATE TABLE billing.lines (invoice int REFERENCES billing.invoices, payer int REFERENCES users)",
    );
    let picture = Picture::of(&db);
    picture.assert_sound();
    assert_eq!((picture.cards.len(), picture.lines.len()), (3, 3));
    let (frames, names) = frames(&form(&db, "svg"));
    assert_eq!(names, ["billing", "public"]);
    for card in &picture.cards {
        let own = usize::from(!card.title.starts_with("billing."));
        let (top, bottom) = frames[own];
        assert!(top < card.top && card.bottom < bottom, "{card:?} in {frames:?}");
    }
    assert!(frames[0].1 < frames[1].0, "{frames:?}");
    assert!(form(&db, "dot").contains("subgraph cluster_0 { label=\"billing\""));
}

/// The top and the bottom of each frame, and the names.
fn frames(svg: &str) -> (Vec<(i64, i64)>, Vec<String>) {
    let document = Document::parse(svg).unwrap();
    let groups = document.descendants().filter(|node| node.attribute("class") == Some("schema"));
    let frame = |group: Node<'_, '_>| {
        let rect = group.children().find(|child| child.has_tag_name("rect")).unwrap();
        let top = number(rect, "y");
        ((top, top + number(rect, "height")), texts(group)[0].clone())
    };
    groups.map(frame).unzip()
}

/// A schema such as grows over years: two tables that nearly all others refer to, chains, a circle, tables that refer to
/// themselves and that link two others, one very wide, and some that stand alone.
pub(super) fn sixty_tables(db: &Database) {
    db.sql(
        "DO $$ BEGIN
             FOR i IN 1..60 LOOP
                 EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i);
                 FOR j IN 1..(i * 7 % 12 + 1) LOOP
                     EXECUTE format('ALTER TABLE t%s ADD c%s text', i, j);
                 END LOOP;
                 CONTINUE WHEN i % 9 = 0;
                 IF i > 2 AND i % 2 = 0 THEN
                     EXECUTE format('ALTER TABLE t%s ADD hub int NOT NULL REFERENCES t1', i);
                 END IF;
                 IF i > 2 AND i % 3 = 0 THEN
                     EXECUTE format('ALTER TABLE t%s ADD other_hub int REFERENCES t2', i);
                 END IF;
                 IF i > 20 AND i % 5 > 1 THEN
                     EXECUTE format('ALTER TABLE t%s ADD up int REFERENCES t%s', i, i / 2);
                 END IF;
                 IF i % 10 = 1 THEN
                     EXECUTE format('ALTER TABLE t%s ADD itself int REFERENCES t%s', i, i);
                 END IF;
                 IF i % 11 = 0 AND i > 30 THEN
                     EXECUTE format('ALTER TABLE t%s DROP id, ADD l int REFERENCES t3, ADD r int REFERENCES t%s,
                                     ADD PRIMARY KEY (l, r)', i, i - 1);
                 END IF;
             END LOOP;
             FOR j IN 20..80 LOOP
                 EXECUTE format('ALTER TABLE t40 ADD a_rather_long_name_of_a_column_%s numeric(12, 2)', j);
             END LOOP;
             ALTER TABLE t3 ADD circle int REFERENCES t4;
             ALTER TABLE t4 ADD circle int UNIQUE REFERENCES t5;
             ALTER TABLE t5 ADD circle int REFERENCES t3, ADD again int REFERENCES t3;
         END $$",
    );
}
