//! Every command, among traps.

use super::bare::bare_names;
use super::{DATABASE, Trapped, Traps};

#[test]
fn no_command_uses_what_others_put_into_public() {
    no_command_is_caught(&Trapped::new(Traps::InPublic));
}

#[test]
fn no_command_uses_what_stands_before_the_names_of_the_server() {
    no_command_is_caught(&Trapped::new(Traps::First));
}

fn no_command_is_caught(trapped: &Trapped) {
    run_every_command(trapped);
    let caught = trapped.caught();
    assert!(caught.is_empty(), "{} were caught:\n{}", caught.len(), caught.join("\n\n"));
    let bare = bare_names(&trapped.server.log());
    assert!(bare.statements > 100, "{} statements", bare.statements);
    let found: Vec<String> = bare.found.into_iter().collect();
    assert!(found.is_empty(), "names that a path decides about:\n{}", found.join("\n"));
}

/// The files hold no bare name themselves, so that all that was logged can be checked.
fn write_files(trapped: &Trapped) {
    let files = [
        ("0001_a", "", "CREATE TABLE public.a (id int PRIMARY KEY, name varchar);", "DROP TABLE public.a;"),
        ("0002_b", "", "CREATE TABLE public.b (id int REFERENCES public.a);", "DROP TABLE public.b;"),
        ("0003_c", "", "CREATE INDEX a_name ON public.a (name);", "DROP INDEX public.a_name;"),
        (
            "0004_i",
            " transaction:false",
            "CREATE INDEX CONCURRENTLY b_id ON public.b (id);",
            "DROP INDEX CONCURRENTLY public.b_id;",
        ),
        ("0005_copy", "", "COPY public.a FROM stdin;\n1\tx\n\\.", "TRUNCATE public.a, public.b;"),
        ("0006_r", " transaction:false", "REINDEX TABLE CONCURRENTLY public.b;", "VACUUM public.b;"),
        (
            "0007_p",
            "",
            "CREATE PROCEDURE public.p() LANGUAGE plpgsql AS 'BEGIN END';",
            "DROP PROCEDURE public.p;",
        ),
        ("0008_call", " transaction:false", "CALL public.p();", "CALL public.p();"),
        (
            "0009_two",
            " transaction:false",
            "CREATE TABLE public.d ();\nDROP TABLE IF EXISTS public.gone;",
            "DROP TABLE public.d;",
        ),
        (
            "0010_set",
            "",
            "SET LOCAL search_path = public;\nCREATE TABLE public.e ();",
            "DROP TABLE public.e;",
        ),
        ("0011_view", "", "CREATE VIEW public.v AS SELECT id FROM public.a;", "DROP VIEW public.v;"),
        (
            "0012_f",
            "",
            "CREATE TABLE public.f (); CREATE TABLE public.g ();",
            "DROP TABLE public.f; DROP TABLE public.g;",
        ),
    ];
    for (name, mode, up, down) in files {
        let text = format!("-- migrate:up{mode}\n{up}\n\n-- migrate:down{mode}\n{down}\n");
        trapped.project.migration(&format!("{name}.sql"), &text);
    }
    trapped.project.write(
        "seeds/0001_s.sql",
        "-- migrate:up\nINSERT INTO public.a VALUES (2, 'y');\n-- migrate:down\n\
         DELETE FROM public.a WHERE id OPERATOR(pg_catalog.=) 2;\n",
    );
}

fn run_every_command(trapped: &Trapped) {
    write_files(trapped);
    let (url, scratch) = (trapped.server.url(DATABASE), trapped.server.url("postgres"));
    // What goes wrong shows as a trap, or as a statement.
    let run = |args: &[&str]| {
        let outcome = trapped.run(args);
        let expected = [Some(0), Some(4)].contains(&outcome.code);
        let caught = trapped.caught();
        assert!(
            expected && caught.is_empty(),
            "{args:?}: {:?}\n{}\n{}\n{}",
            outcome.code,
            outcome.stdout,
            outcome.stderr,
            caught.join("\n\n")
        );
    };
    run(&["create"]);
    run(&["wait"]);
    run(&["status"]);
    run(&["up", "--dry-run"]);
    run(&["up", "--to", "1"]);
    run(&["up"]);
    for in_flight in ["0004", "0006", "0008"] {
        trapped.sql(&format!(
            "UPDATE public.schema_migrations SET statements_done = -1, statements_total = 1 WHERE version = '{in_flight}'"
        ));
        if in_flight == "0008" {
            run(&["resolve", "8", "--done"]);
        }
        run(&["up"]);
    }
    trapped.sql("UPDATE public.schema_migrations SET statements_done = 1 WHERE version = '0009'");
    run(&["up"]);
    run(&["status", "--check"]);
    run(&["status", "--json"]);
    run(&["seed"]);
    run(&["seed", "--down"]);
    for format in ["tree", "mermaid", "dot", "svg"] {
        run(&["schema", "--format", format]);
    }
    run(&["schema", "--json"]);
    run(&["advise"]);
    run(&["drift", "--scratch-url", &scratch]);
    run(&["diff", &url, "--to", "12", "--scratch-url", &scratch]);
    run(&["diff", &url, &scratch]);
    run(&["verify", "--scratch-url", &scratch]);
    run(&["redo"]);
    run(&["down", "--dry-run"]);
    run(&["down", "--steps", "2"]);
    run(&["up"]);
    trapped.project.migration(
        "0012_f.sql",
        "-- migrate:up\nCREATE TABLE public.f ();\n-- migrate:down\nDROP TABLE public.f;\n",
    );
    run(&["accept", "12"]);
    std::fs::rename(
        trapped.project.path().join("migrations/0012_f.sql"),
        trapped.project.path().join("migrations/0013_f.sql"),
    )
    .unwrap();
    run(&["renumber", "12", "13", "--dry-run"]);
    run(&["renumber", "12", "13"]);
    trapped.sql("DELETE FROM public.schema_migrations WHERE version = '0001'");
    run(&["baseline", "13", "--force", "--dry-run", "--scratch-url", &scratch]);
    run(&["baseline", "13", "--force", "--scratch-url", &scratch]);
    run(&["down", "--all"]);
    trapped.sql("CREATE TABLE public.old (version varchar PRIMARY KEY)");
    run(&["status", "--table", "public.old"]);
    run(&["up", "--table", "public.old"]);
    run(&["down", "--all", "--table", "public.old"]);
    run(&["up", "--table", "later.history"]);
    run(&["reset", "--force"]);
    run(&["drop", "--force"]);
}
