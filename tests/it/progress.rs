//! Which file is told to be at work: where several travel in one message, the answers come when all of it is done.

use std::thread;

use pmdb::migration::Step;
use pmdb::{Event, Goal, Migrator, Session, Target, load_folder};

use crate::support::Setup;

const FILES: usize = 10;

/// One of the files waits in both directions for a lock that another session may hold.
fn one_waits(place: usize) -> Setup {
    let setup = Setup::new();
    for number in 1..=FILES {
        let wait = if number == place { "SELECT pg_advisory_xact_lock(7);\n" } else { "" };
        let content = format!(
            "-- migrate:up\nCREATE TABLE t_{number} ();\n{wait}-- migrate:down\n{wait}DROP TABLE t_{number};\n"
        );
        setup.project.migration(&format!("{number:04}_t_{number}.sql"), &content);
    }
    setup
}

/// The notes about locks of a command that waits for another session's.
fn notes(setup: &Setup, arguments: &[&str]) -> Vec<String> {
    let held = setup.hold("SELECT pg_advisory_lock(7)");
    let running = setup.pmdb(arguments).spawn();
    running.wait_for_stderr("waiting for a lock");
    drop(held);
    let stderr = running.wait().success().stderr;
    let notes = stderr.lines().filter_map(|line| line.split_once(": waiting for a lock; held by pid "));
    notes.map(|(file, _)| file.to_owned()).collect()
}

#[test]
fn a_note_about_a_lock_names_the_file_that_waits_at_whatever_place() {
    thread::scope(|scope| {
        for place in 1..=FILES {
            scope.spawn(move || {
                let setup = one_waits(place);
                let expected = [format!("note: {place:04} t_{place}")];
                assert_eq!(notes(&setup, &["up"]), expected);
                assert_eq!(notes(&setup, &["down", "--all"]), expected);
            });
        }
    });
}

#[test]
fn where_the_history_cannot_be_read_beside_the_run_a_note_says_which_files_it_may_be() {
    let setup = one_waits(6);
    // It has locked the history itself.
    let locks = "-- migrate:up\nLOCK TABLE schema_migrations;\nSELECT pg_advisory_xact_lock(7);\n";
    setup.project.migration("0006_t_6.sql", locks);
    assert_eq!(notes(&setup, &["up"]), ["note: 0004 t_4 … 0007"]);
}

/// What was told to be at work, as first and last version.
async fn told(setup: &Setup, place: usize) -> Vec<(usize, usize)> {
    let session = Session::connect(&Target::from_url(setup.database.url()).unwrap()).await.unwrap();
    let set = load_folder(&setup.project.path().join("migrations")).unwrap();
    let mut held = Some(setup.hold("SELECT pg_advisory_lock(7)"));
    let mut told = Vec::new();
    let number = |step: &Step| step.version().as_str().parse().unwrap();
    let mut listener = |event: Event<'_>| match event {
        Event::Started(steps) | Event::Running(steps) => {
            let (first, last) = (number(&steps[0]), number(&steps[steps.len() - 1]));
            told.push((first, last));
            if matches!(event, Event::Running(_)) || (first, last) == (place, place) {
                held.take();
            }
        }
        _ => {}
    };
    Migrator::new(session, set).run(&Goal::newest(), &mut listener).await.unwrap();
    told
}

#[tokio::test]
async fn progress_names_the_files_of_a_message_and_then_the_one_that_the_server_is_at() {
    // Messages hold 1, 2, 4 and at most 8 files.
    for (place, expected) in [
        (1, [(1, 1), (2, 3), (4, 7), (8, 10)].as_slice()),
        (3, &[(1, 1), (2, 3), (3, 3), (4, 7), (8, 10)]),
        (6, &[(1, 1), (2, 3), (4, 7), (6, 7), (8, 10)]),
        (10, &[(1, 1), (2, 3), (4, 7), (8, 10), (10, 10)]),
    ] {
        assert_eq!(told(&one_waits(place), place).await, expected, "place {place}");
    }
}
